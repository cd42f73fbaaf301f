package auth

import (
	"encoding/base64"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/argon2"
	"golang.org/x/crypto/bcrypt"
)

func argon2Text(password string) string {
	salt := []byte("0123456789abcdef")
	hash := argon2.IDKey([]byte(password), salt, 1, 64, 1, 32)
	b64 := base64.RawStdEncoding.EncodeToString
	return fmt.Sprintf("$argon2id$v=19$m=64,t=1,p=1$%s$%s", b64(salt), b64(hash))
}

func TestBasic(t *testing.T) {
	hash, err := bcrypt.GenerateFromPassword([]byte("pass:word"), bcrypt.MinCost)
	if err != nil {
		t.Fatal(err)
	}
	h := load(t, newState(t, ""), `
[basic.staff]
file = "users"
realm = "Staff only"
[routes.r]
match = { path = "/" }
auth = { any = ["basic:staff"] }
forward = { token = "remove", headers = { X-User = "principal" } }
to = "u"
`, map[string]string{"users": "# people\n\nalice:" + argon2Text("sesame") + "\nbob:" + string(hash) + "\n"}, nil)
	f := func(want, credentials string) {
		t.Helper()
		for range 2 {
			h.expect(want, "Authorization: Basic "+base64.StdEncoding.EncodeToString([]byte(credentials)))
		}
	}
	f("", "alice:sesame")
	f("", "bob:pass:word")
	f("auth.signature", "alice:sesam")
	f("auth.signature", "alice:")
	f("auth.signature", "bob:sesame")
	f("auth.signature", "carol:sesame")
	f("auth.signature", "Alice:sesame")
	f("auth.signature", "bob:"+strings.Repeat("x", 73))
	f("auth.malformed", "alice")
	f("auth.malformed", ":sesame")
	f("auth.malformed", "alice:ses\x00ame")
	f("auth.malformed", strings.Repeat("a", 2000)+":x")
	h.expect("auth.malformed", "Authorization: Basic")
	h.expect("auth.malformed", "Authorization: Basic !")
	h.expect("auth.malformed", "Authorization: Basic YWxpY2U6c2VzYW1l=")
	h.expect("", "Authorization: bASIC YWxpY2U6c2VzYW1l")
	h.expect("auth.missing", "Authorization: Bearer YWxpY2U6c2VzYW1l")
	h.expect("auth.missing")

	x := h.exchange("r", "GET / HTTP/1.1\nAuthorization: Basic YWxpY2U6c2VzYW1l")
	if got := h.run(x); got != "" || string(x.Request.Lookup("x-user")) != "staff|alice" || x.Request.Find("authorization") >= 0 {
		t.Errorf("%q: the upstream is told %q", got, x.Request.Lookup("x-user"))
	}
	x = h.exchange("r", "GET / HTTP/1.1")
	h.run(x)
	if got := string(x.Reply.Lookup("www-authenticate")); got != `Basic realm="Staff only", charset="UTF-8"` {
		t.Errorf("challenge %s", got)
	}
}

func TestParseUsers(t *testing.T) {
	good := argon2Text("x")
	f := func(want, text string) {
		t.Helper()
		_, err := parseUsers([]byte(text))
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%q: %v; want %q", text, err, want)
		}
	}
	f("", "a:"+good)
	f("", "a:$2y$10$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234")
	f("no user", "")
	f("no user", "# a:b\n")
	f("1: not user:digest", "alice")
	f("2: the user", "a:"+good+"\na:"+good)
	f("neither argon2id nor bcrypt", "a:secret")
	f("neither argon2id nor bcrypt", "a:{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=")
	f("neither argon2id nor bcrypt", "a:$apr1$x$y")
	f("neither argon2id nor bcrypt", "a:$argon2i$v=19$m=64,t=1,p=1$x$y")
	f("memory", "a:"+strings.Replace(good, "m=64", "m=99999999", 1))
	f("memory", "a:"+strings.Replace(good, "t=1", "t=0", 1))
	f("form", "a:"+strings.Replace(good, "v=19", "v=16", 1))
	f("form", "a:"+strings.Replace(good, "m=64", "x=64", 1))
	f("base64", "a:"+good[:len(good)-30])
	f("bcrypt", "a:$2y$31$abcdefghijklmnopqrstuuABCDEFGHIJKLMNOPQRSTUVWXYZ01234")
}
