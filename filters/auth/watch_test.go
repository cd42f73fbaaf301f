package auth

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
	"time"

	"sallyport/internal/apikey"
	"sallyport/internal/jose/josetest"
)

// eventually waits for what happens by itself, such as a file that is read again.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for range 1000 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatalf("%s: not in 10 seconds", what)
}

// TestFilesAreWatched changes a keys file and a key set under a running set, and breaks both.
func TestFilesAreWatched(t *testing.T) {
	dir := t.TempDir()
	first, err := apikey.New("acme")
	if err != nil {
		t.Fatal(err)
	}
	second, err := apikey.New("acme")
	if err != nil {
		t.Fatal(err)
	}
	stanza := func(key string) string {
		return fmt.Sprintf("[acme]\ndigest = %q\nscopes = [\"a\"]\n", apikey.SumOf([]byte(key)).Digest())
	}
	replace := func(name, content string) {
		t.Helper()
		writeFile(t, dir, name+".new", content)
		if err := os.Rename(filepath.Join(dir, name+".new"), filepath.Join(dir, name)); err != nil {
			t.Fatal(err)
		}
	}
	replace("k.toml", stanza(first))
	replace("keys.json", josetest.Everyday())
	h := compileIn(t, newState(t, ""), dir, issuerTOML("i", "jwks = { file = \"keys.json\" }")+`
[keys.k]
file = "k.toml"
[routes.r]
match = { path = "/" }
auth = { any = ["issuer:i", "keys:k"] }
require = { scopes_any = ["a"] }
to = "u"
`, nil)
	h.set.Start()
	defer h.set.Retire(nil)
	token := bearerField(everydayToken(`"scope":"a"`))
	h.expect("", "X-API-Key: "+first)
	h.expect("auth.key", "X-API-Key: "+second)
	h.expect("", token)
	h.expect("", token)

	replace("k.toml", stanza(second))
	eventually(t, "the second key", func() bool { return h.get("X-API-Key: "+second) == "" })
	h.expect("auth.key", "X-API-Key: "+first)
	replace("k.toml", "[acme]\ndigest = 5\n")
	replace("keys.json", josetest.Set(josetest.OtherRSA().JWK(`"kid":"b","alg":"RS256"`)))
	eventually(t, "the other key set", func() bool { return h.get(token) == "auth.key" })
	h.expect("", "X-API-Key: "+second) // the broken file is not taken
	replace("keys.json", "{")
	replace("k.toml", stanza(first))
	eventually(t, "the first key again", func() bool { return h.get("X-API-Key: "+first) == "" })
	h.expect("", bearerField(josetest.OtherRSA().Token("RS256", `{"alg":"RS256","kid":"b"}`, goodClaims(`"scope":"a"`))))
}
