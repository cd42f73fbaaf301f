package waf

import (
	"strconv"
	"unicode/utf8"

	"sallyport/filters/waf/engine"
)

// appendFindings writes what an inspection found as a JSON array of rules, for the access line: those that log, with
// message, score and the values that matched.
//
// A value is shown by a short excerpt in which letters and digits are masked, apart from the first few: enough to see what
// kind of thing it was, not enough to leak a password. This is the cold path.
func appendFindings(dst []byte, t *engine.Tx) []byte {
	dst = append(dst, `{"score":`...)
	dst = strconv.AppendInt(dst, int64(t.Score()), 10)
	dst = append(dst, `,"rules":[`...)
	matches := t.Matches()
	first := true
	for i := range matches {
		m := &matches[i]
		if !m.Rule.Log || m.Rule.Message == nil {
			continue
		}
		if !first {
			dst = append(dst, ',')
		}
		first = false
		dst = appendFinding(dst, t, m)
	}
	return append(dst, "]}"...)
}

// maxFindingHits bounds the values shown for one rule.
const maxFindingHits = 8

func appendFinding(dst []byte, t *engine.Tx, m *engine.Match) []byte {
	dst = append(dst, `{"id":`...)
	dst = strconv.AppendInt(dst, int64(m.Rule.ID), 10)
	dst = append(dst, `,"message":`...)
	dst = appendJSON(dst, m.Message)
	dst = append(dst, `,"matched":[`...)
	hits := t.Hits(m)
	for i := range hits[:min(len(hits), maxFindingHits)] {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, `{"target":"`...)
		dst = append(dst, hits[i].Variable.String()...)
		if len(hits[i].Key) > 0 {
			dst = append(dst, ':')
			dst = appendEscaped(dst, hits[i].Key[:min(len(hits[i].Key), maxExcerpt)])
		}
		dst = append(dst, `","excerpt":`...)
		dst = appendJSON(dst, appendExcerpt(nil, hits[i].Value))
		dst = append(dst, '}')
	}
	return append(dst, "]}"...)
}

// An excerpt is at most maxExcerpt bytes, and at most clearExcerpt letters and digits of it are shown.
const (
	maxExcerpt   = 64
	clearExcerpt = 4
)

// appendExcerpt appends the beginning of a value, masked.
func appendExcerpt(dst, value []byte) []byte {
	shown := 0
	for i, c := range value {
		if i == maxExcerpt {
			return append(dst, "..."...)
		}
		if c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z' || c >= utf8.RuneSelf {
			if shown++; shown > clearExcerpt || c >= utf8.RuneSelf {
				c = '*'
			}
		}
		dst = append(dst, c)
	}
	return dst
}

func appendJSON(dst, s []byte) []byte {
	dst = append(dst, '"')
	dst = appendEscaped(dst, s)
	return append(dst, '"')
}

// appendEscaped appends s as the inside of a JSON string. Bytes that are not UTF-8 become U+FFFD.
func appendEscaped(dst, s []byte) []byte {
	const digits = "0123456789abcdef"
	for len(s) > 0 {
		r, n := utf8.DecodeRune(s)
		switch {
		case r == '"' || r == '\\':
			dst = append(dst, '\\', byte(r))
		case r < ' ' || r == 0x7f:
			dst = append(dst, `\u00`...)
			dst = append(dst, digits[r>>4], digits[r&15])
		default:
			dst = utf8.AppendRune(dst, r)
		}
		s = s[n:]
	}
	return dst
}
