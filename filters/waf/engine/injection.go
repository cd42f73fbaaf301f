package engine

import "github.com/corazawaf/libinjection-go"

func detectSQLi(t *Tx, value []byte) bool {
	found, fingerprint := libinjection.IsSQLi(string(value))
	if found && t.capturing {
		t.setCapture(0, []byte(fingerprint))
	}
	return found
}

func detectXSS(_ *Tx, value []byte) bool { return libinjection.IsXSS(string(value)) }
