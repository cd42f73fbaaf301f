package engine

import (
	"sallyport/filters/waf/libinjection"
	"sallyport/filters/waf/rx"
)

func detectSQLi(t *Tx, value []byte) bool {
	print, found := libinjection.IsSQLi(value)
	if found && t.capturing {
		t.setCapture(0, print.Bytes())
	}
	return found
}

func detectXSS(_ *Tx, value []byte) bool { return libinjection.IsXSS(value) }

// What every injection contains. Letters, digits and underscores alone are numbers and one word at the end, and of such
// fingerprints only "1U" is known, which does not count when it is all there is.
var sqliRequires, xssRequires = func() (sqli, xss rx.ByteSet) {
	for b := range 256 {
		if c := byte(b); !isLetter(c) && (c < '0' || c > '9') && c != '_' {
			sqli.Add(c)
		}
	}
	xss.Add('<')
	xss.Add('=')
	return sqli, xss
}()
