package transform

import "bytes"

var (
	commentOpen  = []byte("/*")
	commentClose = []byte("*/")
	markupOpen   = []byte("<!--")
	markupClose  = []byte("-->")
	dashes       = []byte("--")
)

// replaceComments writes a space for each /* comment */, also for one that is not closed.
func replaceComments(dst, src []byte) ([]byte, bool) {
	changed := false
	for {
		i := bytes.Index(src, commentOpen)
		if i < 0 {
			return append(dst, src...), changed
		}
		changed = true
		dst = append(append(dst, src[:i]...), ' ')
		src = src[i+2:]
		end := bytes.Index(src, commentClose)
		if end < 0 {
			return dst, changed
		}
		src = src[end+2:]
	}
}

// removeComments drops /* */ and <!-- --> and everything from -- or # on. After the end of a comment one byte is copied
// unseen (the one after the last byte being NUL); a comment that is not closed leaves a space.
func removeComments(dst, src []byte) ([]byte, bool) {
	changed, inComment := false, false
	for i := 0; i < len(src); {
		rest := src[i:]
		if inComment {
			var n int
			switch {
			case bytes.HasPrefix(rest, commentClose):
				n = len(commentClose)
			case bytes.HasPrefix(rest, markupClose):
				n = len(markupClose)
			default:
				i++
				continue
			}
			inComment = false
			i += n
			if i < len(src) {
				dst = append(dst, src[i])
			} else {
				dst = append(dst, 0)
			}
			i++
			continue
		}
		switch {
		case bytes.HasPrefix(rest, commentOpen):
			inComment, changed = true, true
			i += len(commentOpen)
		case bytes.HasPrefix(rest, markupOpen):
			inComment, changed = true, true
			i += len(markupOpen)
		case bytes.HasPrefix(rest, dashes), rest[0] == '#':
			return dst, true
		default:
			dst = append(dst, src[i])
			i++
		}
	}
	if inComment {
		dst = append(dst, ' ')
	}
	return dst, changed
}

// removeCommentsChar drops the characters that begin and end comments.
func removeCommentsChar(dst, src []byte) ([]byte, bool) {
	start, in := len(dst), len(src)
	for len(src) > 0 {
		var n int
		switch {
		case bytes.HasPrefix(src, commentOpen), bytes.HasPrefix(src, commentClose):
			n = 2
		case bytes.HasPrefix(src, markupOpen):
			n = 4
		case bytes.HasPrefix(src, markupClose):
			n = 3
		case bytes.HasPrefix(src, dashes):
			n = 2
		case src[0] == '#':
			n = 1
		default:
			dst = append(dst, src[0])
			src = src[1:]
			continue
		}
		src = src[n:]
	}
	return dst, len(dst)-start != in
}
