package transform

import "bytes"

// normalizePath removes empty, "." and ".." segments. A value that comes to nothing becomes empty; a slash at the end stays.
func normalizePath(dst, src []byte) ([]byte, bool) {
	start := len(dst)
	dst = appendClean(dst, src, false)
	return dst, len(src) > 0 && (len(dst) == start || !bytes.Equal(dst[start:], src))
}

// appendClean appends the cleaned path. backslashes makes them separators too.
func appendClean(dst, src []byte, backslashes bool) []byte {
	if len(src) == 0 {
		return dst
	}
	separator := func(c byte) bool { return c == '/' || backslashes && c == '\\' }
	start := len(dst)
	rooted := separator(src[0])
	if rooted {
		dst = append(dst, '/')
	}
	root := len(dst) // the output before this cannot be backed over
	keep := len(dst) // like root, and after a leading run of ".."
	for i := 0; i < len(src); {
		if separator(src[i]) {
			i++
			continue
		}
		end := i
		for end < len(src) && !separator(src[end]) {
			end++
		}
		segment := src[i:end]
		i = end
		switch {
		case len(segment) == 1 && segment[0] == '.':
		case len(segment) == 2 && segment[0] == '.' && segment[1] == '.':
			if len(dst) > keep {
				cut := bytes.LastIndexByte(dst[keep:], '/')
				dst = dst[:keep+max(cut, 0)]
			} else if !rooted {
				if len(dst) > root {
					dst = append(dst, '/')
				}
				dst = append(dst, '.', '.')
				keep = len(dst)
			}
		default:
			if len(dst) > root {
				dst = append(dst, '/')
			}
			dst = append(dst, segment...)
		}
	}
	if len(dst) == start {
		return dst
	}
	if separator(src[len(src)-1]) {
		dst = append(dst, '/')
	}
	return dst
}

// normalizePathWin does the same with backslashes as slashes, and then what Windows does to names: a stream suffix
// ("name:stream") of the last segment goes, and dots and spaces at the end of every segment.
func normalizePathWin(dst, src []byte) ([]byte, bool) {
	if len(src) == 0 {
		return dst, false
	}
	start := len(dst)
	dst = appendClean(dst, src, true)
	dst = append(dst[:start], trimNames(cutStream(dst[start:]))...)
	return dst, !bytes.Equal(dst[start:], src)
}

// cutStream cuts the last segment of p at its first colon, in place. A drive letter's colon does not count.
func cutStream(p []byte) []byte {
	drive := 0
	if len(p) >= 2 && p[1] == ':' && (p[0]|0x20 >= 'a' && p[0]|0x20 <= 'z') {
		drive = 2
	}
	end := len(p)
	slash := end > drive && p[end-1] == '/'
	if slash {
		end--
	}
	segment := drive + bytes.LastIndexByte(p[drive:end], '/') + 1
	if colon := bytes.IndexByte(p[segment:end], ':'); colon >= 0 {
		p = p[:segment+colon]
		if slash {
			p = append(p, '/')
		}
	}
	return p
}

// trimNames takes dots and spaces off the end of each segment of p, in place. A segment of dots alone stays; one that comes
// to nothing goes with its separator.
func trimNames(p []byte) []byte {
	out, first := p[:0], true
	for i := 0; i <= len(p); {
		end := bytes.IndexByte(p[i:], '/')
		if end < 0 {
			end = len(p)
		} else {
			end += i
		}
		segment := p[i:end]
		i = end + 1
		if len(bytes.Trim(segment, ".")) > 0 {
			segment = bytes.TrimRight(segment, ". ")
			if len(segment) == 0 {
				continue
			}
		}
		if !first {
			out = append(out, '/')
		}
		out = append(out, segment...)
		first = false
	}
	return out
}
