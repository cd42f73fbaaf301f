package transform

import (
	"crypto/md5"
	"crypto/sha1"
	"encoding/base64"
	"encoding/hex"
	"strconv"
)

func sha1Sum(dst, src []byte) ([]byte, bool) {
	sum := sha1.Sum(src)
	return append(dst, sum[:]...), true
}

func md5Sum(dst, src []byte) ([]byte, bool) {
	sum := md5.Sum(src)
	return append(dst, sum[:]...), true
}

func hexEncode(dst, src []byte) ([]byte, bool) { return hex.AppendEncode(dst, src), true }

func base64Encode(dst, src []byte) ([]byte, bool) {
	return base64.StdEncoding.AppendEncode(dst, src), true
}

// length appends the number of bytes in decimal.
func length(dst, src []byte) ([]byte, bool) { return strconv.AppendInt(dst, int64(len(src)), 10), true }

// urlEncode escapes all but letters, digits and the asterisk.
func urlEncode(dst, src []byte) ([]byte, bool) {
	const digits = "0123456789abcdef"
	changed := false
	for _, c := range src {
		switch {
		case c == '*', c >= '0' && c <= '9', c >= 'A' && c <= 'Z', c >= 'a' && c <= 'z':
			dst = append(dst, c)
		case c == ' ':
			dst = append(dst, '+')
			changed = true
		default:
			dst = append(dst, '%', digits[c>>4], digits[c&15])
			changed = true
		}
	}
	return dst, changed
}
