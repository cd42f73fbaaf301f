package conf

import (
	"os"
	"strings"
)

// APIKey is one stanza of a keys file.
type APIKey struct {
	ID      string   `toml:"-"`
	Digest  Digests  `toml:"digest" required:"yes" doc:"digest of the key; two while it is being replaced"`
	Scopes  []string `toml:"scopes" doc:"what it may do"`
	Expires Time     `toml:"expires" doc:"from when on it is not good any more; never when not written"`
	Owner   string   `toml:"owner" doc:"whose it is, for people"`
}

// Digests are the digests of one or two keys, as "sallyport keys new" prints them.
type Digests []string

// DigestPrefix is what a digest begins with; 64 hexadecimal digits follow.
const DigestPrefix = "sha256:"

func (ds *Digests) fromNode(d *decoder, n *node) {
	const right = `a digest such as "` + DigestPrefix + `0123...", or a list of two`
	for _, one := range n.oneOrMore() {
		hex, found := strings.CutPrefix(one.text, DigestPrefix)
		if one.kind != kindString || !found || len(hex) != 64 || strings.Trim(hex, "0123456789abcdef") != "" {
			d.wrong(&node{key: n.key, kind: one.kind, text: one.text, place: one.place}, right)
			return
		}
		*ds = append(*ds, one.text)
	}
	if len(*ds) == 0 || len(*ds) > 2 {
		d.errorf(n.place, "%s has %d digests; it takes %s", n.key, len(*ds), right)
	}
}

// LoadKeys reads a keys file: a table for each key, named by its id. The error is Problems that holds every mistake.
func LoadKeys(path string) (map[string]*APIKey, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, Problems{{File: path, Message: readError(err)}}
	}
	s, err := newSource(path, text)
	if err != nil {
		return nil, Problems{{File: path, Message: err.Error()}}
	}
	root, problems := s.parse()
	if problems != nil {
		return nil, problems
	}
	var d decoder
	keys := map[string]*APIKey{}
	for _, id := range root.keys {
		k := &APIKey{ID: id}
		d.into(root.table[id], k)
		keys[id] = k
	}
	if mistakes := d.problems.Sorted().Errors(); mistakes != nil {
		return nil, mistakes
	}
	return keys, nil
}
