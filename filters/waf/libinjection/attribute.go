package libinjection

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed attributes.txt
var attributeList string // a letter for what the value can do, and the name in capitals

//go:embed tags.txt
var tagList string

// danger is what the value of an attribute can do.
type danger byte

const (
	harmless     danger = 0
	runsScript   danger = '!'
	namesURL     danger = 'u'
	setsStyle    danger = 's'
	setsAnything danger = 'i' // the value is the name of another attribute
)

type names struct {
	attributes map[string]danger
	tags       map[string]bool
}

var loadNames = sync.OnceValue(func() *names {
	n := &names{attributes: map[string]danger{"XMLNS": runsScript, "XLINK": runsScript}, tags: map[string]bool{}}
	for line := range strings.Lines(attributeList) {
		line = strings.TrimSuffix(line, "\n")
		if len(line) > 5 || line[0] != byte(runsScript) { // shorter than five letters no event is looked for
			n.attributes[line[1:]] = danger(line[0])
		}
	}
	for line := range strings.Lines(tagList) {
		n.tags[strings.TrimSuffix(line, "\n")] = true
	}
	return n
})

// maxName is longer than any name that means something.
const maxName = 64

// capital copies a name without its NULs in capitals. ok is false when it is too long to mean something.
func capital(buf *[maxName]byte, name []byte) (upper []byte, ok bool) {
	n := 0
	for _, c := range name {
		if c == 0 {
			continue
		}
		if n == len(buf) {
			return nil, false
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		buf[n] = c
		n++
	}
	return buf[:n], true
}

func attributeDanger(name []byte) danger {
	var buf [maxName]byte
	upper, ok := capital(&buf, name)
	if !ok || len(upper) < 2 {
		return harmless
	}
	return loadNames().attributes[string(upper)]
}

func isBadTag(name []byte) bool {
	if len(name) < 3 {
		return false
	}
	var buf [maxName]byte
	upper, ok := capital(&buf, name)
	if !ok {
		return false
	}
	return loadNames().tags[string(upper)] || len(upper) >= 3 && (string(upper[:3]) == "SVG" || string(upper[:3]) == "XSL")
}
