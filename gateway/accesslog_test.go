package gateway

import "testing"

func TestRedactedQuery(t *testing.T) {
	l := &accessLog{redactQuery: []string{"token", "a b"}}
	f := func(in, want string) {
		t.Helper()
		if got := string(l.appendQuery(nil, []byte(in))); got != `"`+want+`"` {
			t.Errorf("%s: %s, want %q", in, got, want)
		}
	}
	f("", "")
	f("token=secret", "token=***")
	f("x=1&token=secret&y=2", "x=1&token=***&y=2")
	f("token=a&token=b", "token=***&token=***")
	f("tok%65n=secret&%74oken=secret", "tok%65n=***&%74oken=***")
	f("a+b=secret&a%20b=secret", "a+b=***&a%20b=***")
	f("Token=1&tokens=2&xtoken=3", "Token=1&tokens=2&xtoken=3")
	f("token", "token=***")
}
