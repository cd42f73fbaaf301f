package engine

import (
	"bytes"
	"regexp"
	"regexp/syntax"
	"strings"

	"sallyport/filters/waf/seclang"
	"sallyport/filters/waf/transform"
)

// collection numbers the collections that a request fills.
type collection uint8

const (
	argsGet collection = iota
	argsPost
	argsPath
	requestHeaders
	requestCookies
	responseHeaders
	files
	filesNames
	filesSizes
	multipartFilename
	multipartFilenameCharset
	multipartFilenameLanguage
	multipartName
	multipartPartHeaders
	matchedVars
	xmlValues
	numCollections
	noCollection = numCollections
)

// entry is one member of a collection.
type entry struct {
	key    []byte
	folded []byte // the key in lower case
	value  []byte
}

// collectionsOf returns the collections that a variable is made of.
func collectionsOf(v seclang.Variable) (a, b, c collection) {
	a, b, c = noCollection, noCollection, noCollection
	switch v {
	case seclang.Args, seclang.ArgsNames:
		a, b, c = argsGet, argsPost, argsPath
	case seclang.ArgsGet, seclang.ArgsGetNames:
		a = argsGet
	case seclang.ArgsPost, seclang.ArgsPostNames:
		a = argsPost
	case seclang.ArgsPath:
		a = argsPath
	case seclang.RequestHeaders, seclang.RequestHeadersNames:
		a = requestHeaders
	case seclang.RequestCookies, seclang.RequestCookiesNames:
		a = requestCookies
	case seclang.ResponseHeaders, seclang.ResponseHeadersNames:
		a = responseHeaders
	case seclang.Files:
		a = files
	case seclang.FilesNames:
		a = filesNames
	case seclang.FilesSizes:
		a = filesSizes
	case seclang.MultipartFilename:
		a = multipartFilename
	case seclang.MultipartFilenameCharset:
		a = multipartFilenameCharset
	case seclang.MultipartFilenameLanguage:
		a = multipartFilenameLanguage
	case seclang.MultipartName:
		a = multipartName
	case seclang.MultipartPartHeaders:
		a = multipartPartHeaders
	case seclang.MatchedVars, seclang.MatchedVarsNames:
		a = matchedVars
	case seclang.XML:
		a = xmlValues
	}
	return a, b, c
}

// isNames says whether a variable's values are the keys of its collection.
func isNames(v seclang.Variable) bool {
	switch v {
	case seclang.ArgsNames, seclang.ArgsGetNames, seclang.ArgsPostNames, seclang.RequestHeadersNames, seclang.RequestCookiesNames,
		seclang.ResponseHeadersNames, seclang.MatchedVarsNames:
		return true
	}
	return false
}

// add puts a member into a collection. key and value must live as long as the request.
func (t *Tx) add(c collection, key, value []byte) {
	t.cols[c] = append(t.cols[c], entry{key: key, folded: t.fold(key), value: value})
}

// fold returns b in lower case, b itself where it is.
func (t *Tx) fold(b []byte) []byte {
	for _, c := range b {
		if c >= 'A' && c <= 'Z' || c >= 0x80 {
			t.arena.reserve(3 * len(b))
			mark := t.arena.begin()
			t.arena.buf, _ = transform.AppendLower(t.arena.buf, b)
			return t.arena.end(mark)
		}
	}
	return b
}

// member is one value that a rule looks at.
type member struct {
	key   []byte
	value []byte
}

// collect appends to t.members what a target selects.
func (t *Tx) collect(r *rule, g *target) {
	t.members = t.members[:0]
	switch {
	case g.variable == seclang.TX:
		t.collectTX(r, g)
	case g.variable == seclang.RuleMeta:
		if v := t.ruleMeta(g.selector.key); v != nil {
			t.members = append(t.members, member{key: g.key, value: v})
		}
	case g.variable.Keyed():
		a, b, c := collectionsOf(g.variable)
		names := isNames(g.variable)
		for _, col := range [3]collection{a, b, c} {
			if col == noCollection {
				break
			}
			for i := range t.cols[col] {
				e := &t.cols[col][i]
				if !g.selector.selects(e.folded) || t.excepted(r, g, e.folded) {
					continue
				}
				m := member{key: e.key, value: e.value}
				if names {
					m.value = e.key
				}
				t.members = append(t.members, m)
			}
		}
	default:
		if !t.excepted(r, g, nil) {
			t.members = append(t.members, member{value: t.scalar(g.variable)})
		}
	}
	if g.count {
		n := len(t.members)
		t.members = append(t.members[:0], member{key: g.key, value: t.number(n)})
	}
}

// selector picks members of a collection by their keys in lower case.
type selector struct {
	key    string
	rx     *regexp.Regexp
	prefix string // the expression is ^prefix: no need to run it
}

func newSelector(def seclang.Selector) selector {
	s := selector{key: strings.ToLower(def.Key), rx: def.Rx}
	if def.Rx == nil {
		return s
	}
	tree, err := syntax.Parse(def.Rx.String(), syntax.Perl)
	if err == nil && tree.Op == syntax.OpConcat && len(tree.Sub) == 2 && tree.Sub[0].Op == syntax.OpBeginText &&
		tree.Sub[1].Op == syntax.OpLiteral && tree.Sub[1].Flags&syntax.FoldCase == 0 {
		s.prefix = string(tree.Sub[1].Rune)
	}
	return s
}

// selects reports whether the selector takes in a key.
func (s *selector) selects(key []byte) bool {
	switch {
	case s.prefix != "":
		return len(key) >= len(s.prefix) && string(key[:len(s.prefix)]) == s.prefix
	case s.rx != nil:
		return s.rx.Match(key)
	}
	return s.key == "" || string(key) == s.key
}

// excepted reports whether an exception of the target, or one that a ctl has made, takes a key out.
func (t *Tx) excepted(r *rule, g *target, key []byte) bool {
	for i := range g.except {
		if g.except[i].selects(key) {
			return true
		}
	}
	for i := range t.exceptions {
		e := &t.exceptions[i]
		if e.rule == r.index && e.variable == g.variable && e.selector.selects(key) {
			return true
		}
	}
	return false
}

func (t *Tx) collectTX(r *rule, g *target) {
	if g.slot >= 0 {
		t.takeTX(r, g, t.p.txKeys[g.slot], t.tx[g.slot])
		return
	}
	for _, i := range g.slots {
		t.takeTX(r, g, t.p.txKeys[i], t.tx[i])
	}
	for i := range t.txOther {
		if key := t.txOther[i].key; g.selector.selects(key) {
			t.takeTX(r, g, key, t.txOther[i].value)
		}
	}
}

// takeTX takes a member of TX if it is set.
func (t *Tx) takeTX(r *rule, g *target, key, value []byte) {
	if value != nil && !t.excepted(r, g, key) {
		t.members = append(t.members, member{key: key, value: value})
	}
}

// setTX sets the member of TX with a key in lower case.
func (t *Tx) setTX(key, value []byte) {
	if i, ok := t.p.txSlots[string(key)]; ok {
		t.tx[i] = value
		return
	}
	for i := range t.txOther {
		if bytes.Equal(t.txOther[i].key, key) {
			t.txOther[i].value = value
			return
		}
	}
	t.txOther = append(t.txOther, entry{key: key, value: value})
}

func (t *Tx) getTX(key []byte) []byte {
	if i, ok := t.p.txSlots[string(key)]; ok {
		return t.tx[i]
	}
	for i := range t.txOther {
		if bytes.Equal(t.txOther[i].key, key) {
			return t.txOther[i].value
		}
	}
	return nil
}

// argsSize is ARGS_COMBINED_SIZE.
func (t *Tx) argsSize() int {
	n := 0
	for _, c := range [2]collection{argsGet, argsPost} {
		for i := range t.cols[c] {
			n += len(t.cols[c][i].key) + len(t.cols[c][i].value)
		}
	}
	return n
}
