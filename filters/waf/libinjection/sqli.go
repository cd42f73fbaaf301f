package libinjection

import "bytes"

// Fingerprint is the kinds of up to five tokens, as letters.
type Fingerprint struct {
	kinds [maxTokens]byte
	size  uint8
}

// Bytes returns the letters.
func (p *Fingerprint) Bytes() []byte { return p.kinds[:p.size] }

// compareBudget bounds the comparisons that looking for the ends of strings may cost, per byte of the input.
const compareBudget = 16

// IsSQLi reports whether an input is an SQL injection, and the fingerprint that gave it away. The input is read as it is, and
// as the rest of a text in single or double quotes if it contains one, each in the dialects that make a difference.
func IsSQLi(input []byte) (Fingerprint, bool) {
	if len(input) == 0 {
		return Fingerprint{}, false
	}
	f := folder{lexer: lexer{tables: loadTables(), input: input}}
	f.work = compareBudget*len(input) + 1<<12
	if p, ok := f.inQuote(0, ansi); ok {
		return p, true
	}
	if bytes.IndexByte(input, '\'') >= 0 {
		if p, ok := f.inQuote('\'', ansi); ok {
			return p, true
		}
	}
	if bytes.IndexByte(input, '"') >= 0 {
		return f.try('"', mysql)
	}
	return Fingerprint{}, false
}

// inQuote tries a quote in a dialect, and in MySQL's if that would make a difference.
func (f *folder) inQuote(quote byte, d dialect) (Fingerprint, bool) {
	p, ok := f.try(quote, d)
	if !ok && f.again {
		p, ok = f.try(quote, mysql)
	}
	return p, ok
}

// try computes the fingerprint and judges it.
func (f *folder) try(quote byte, d dialect) (p Fingerprint, found bool) {
	f.pos, f.quote, f.dialect, f.tokens, f.again = 0, quote, d, 0, false
	n := f.fold()
	if n > 2 {
		// An empty name in backticks that are not closed is a comment to PHP.
		if t := &f.t[n-1]; t.kind == bareword && t.open == '`' && t.size == 0 && t.close == 0 {
			t.kind = comment
		}
	}
	for i := range n {
		if f.t[i].kind == evil {
			f.t[0].set(evil, []byte("X"))
			p = Fingerprint{size: 1, kinds: [maxTokens]byte{'X'}}
			break
		}
		p.kinds[i] = byte(f.t[i].kind)
		p.size++
	}
	return p, f.known(&p) && f.serious(&p)
}

// known reports whether a fingerprint is one of an injection.
func (f *folder) known(p *Fingerprint) bool {
	if p.size == 0 {
		return false
	}
	var upper [maxTokens]byte
	for i, c := range p.Bytes() {
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		upper[i] = c
	}
	_, ok := f.tables.fingerprints[packed(upper[:p.size])]
	return ok
}

// serious looks again at the short fingerprints that harmless inputs have too.
func (f *folder) serious(p *Fingerprint) bool {
	kinds := p.Bytes()
	if p.size > 1 && kinds[p.size-1] == byte(comment) && bytes.Contains(f.input, []byte("sp_password")) {
		return true // SQL Server's audit leaves out lines with this word
	}
	switch p.size {
	case 2:
		return f.seriousTwo(kinds)
	case 3:
		switch string(kinds) {
		case "sos", "s&s":
			// foo' + 'bar: no opening quote, no closing quote
			return f.t[0].open == 0 && f.t[2].close == 0 && f.t[0].close == f.t[2].open
		case "s&n", "n&1", "1&1", "1&v", "1&s":
			if f.tokens == 3 {
				return false
			}
		}
		if t := &f.t[1]; t.kind == keyword && (t.size < 5 || !startsInto(t)) {
			return false
		}
	}
	return true
}

func startsInto(t *token) bool {
	word := token{size: 4}
	copy(word.value[:], t.value[:4])
	return word.is("INTO")
}

func (f *folder) seriousTwo(kinds []byte) bool {
	first, second := &f.t[0], &f.t[1]
	if kinds[1] == byte(union) {
		return f.tokens != 2
	}
	switch {
	case second.value[0] == '#':
		return false
	case first.kind == bareword && second.kind == comment && second.value[0] != '/':
		return false
	case first.kind == number && second.kind == comment && second.value[0] != '/':
		return true
	case first.kind == number && second.kind == comment:
		if f.tokens > 2 {
			return true // something was folded away
		}
		rest := f.input[first.size:]
		return rest[0] <= ' ' || bytes.HasPrefix(rest, []byte("/*")) || bytes.HasPrefix(rest, []byte("--"))
	}
	return !(second.size > 2 && second.value[0] == '-')
}
