package libinjection

import (
	_ "embed"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"
)

//go:embed words.txt
var wordList string // a letter for the kind, and the word in capitals

//go:embed fingerprints.txt
var fingerprintList string

// tables are built when they are first needed: not every process looks for injections.
type tables struct {
	words        map[string]kind
	lengths      [256]uint32 // by first byte: the lengths of words that begin with it
	fingerprints map[uint64]struct{}
}

var loadTables = sync.OnceValue(func() *tables {
	t := &tables{words: map[string]kind{}, fingerprints: map[uint64]struct{}{}}
	for line := range strings.Lines(wordList) {
		line = strings.TrimSuffix(line, "\n")
		t.words[line[1:]] = kind(line[0])
		t.lengths[line[1]] |= 1 << (len(line) - 1)
	}
	for line := range strings.Lines(fingerprintList) {
		t.fingerprints[packed([]byte(strings.TrimSuffix(line, "\n")))] = struct{}{}
	}
	return t
})

// packed makes a number of up to eight bytes.
func packed(b []byte) (n uint64) {
	for _, c := range b {
		n = n<<8 | uint64(c)
	}
	return n
}

// lookup returns what a word or operator is in SQL, none when it is nothing special.
func (t *tables) lookup(word []byte) kind {
	if len(word) == 0 || len(word) > 3*maxValue {
		return none
	}
	var buf [3 * maxValue]byte
	n := 0
	for i, c := range word {
		if c >= utf8.RuneSelf {
			return t.lookupFolded(word, buf[:0])
		}
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		buf[i] = c
		n++
	}
	if n > 31 || t.lengths[buf[0]]>>n&1 == 0 {
		return none
	}
	return t.words[string(buf[:n])]
}

// lookupFolded is lookup for a word with characters above ASCII. Some of them have an ASCII capital: the long s, the dotless i.
func (t *tables) lookupFolded(word, buf []byte) kind {
	for i := 0; i < len(word); {
		r, size := utf8.DecodeRune(word[i:])
		i += size
		if r = unicode.ToUpper(r); r >= utf8.RuneSelf {
			return none
		}
		buf = append(buf, byte(r))
	}
	return t.words[string(buf)]
}
