package auth

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"sallyport/filters"
	"sallyport/internal/jose"
	"sallyport/internal/jose/josetest"
)

// TestCases puts every token of josetest through a route, cold, warm from the cache and warm from the connection's memo.
func TestCases(t *testing.T) {
	now := time.Now()
	cases := josetest.Cases(now.Unix())
	keys, state := map[string]*httptest.Server{}, newState(t, "")
	for _, c := range cases {
		code := ""
		if c.Want != jose.Valid {
			code = "auth." + c.Want.String()
		}
		if strings.ContainsAny(c.Token, "\n\r\x00") || c.Token != strings.TrimSpace(c.Token) || strings.Contains(c.Token, ". ") {
			continue // cannot stand in a field
		}
		if c.From == jose.FromURL {
			if strings.HasPrefix(c.Name, "secret") {
				continue // the configuration does not load
			}
			c.Algorithms &^= 1<<jose.HS256 | 1<<jose.HS384 | 1<<jose.HS512
		}
		var algorithms []string
		for a := jose.RS256; a <= jose.HS512; a++ {
			if c.Algorithms.Has(a) {
				algorithms = append(algorithms, fmt.Sprintf("%q", a))
			}
		}
		source := `{ file = "keys.json" }`
		if c.From == jose.FromURL {
			if keys[c.Set] == nil {
				set := c.Set
				keys[c.Set] = httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(set)) }))
				defer keys[c.Set].Close()
			}
			source = fmt.Sprintf(`{ url = %q }`, keys[c.Set].URL)
		}
		text := issuerTOML("i", fmt.Sprintf("algorithms = [%s]\njwks = %s\n", strings.Join(algorithms, ","), source)) +
			"[routes.r]\nmatch = { path = \"/\" }\nauth = { any = [\"issuer:i\"] }\nto = \"u\"\n"
		if c.From == jose.FromFile && c.KeyFault {
			dir := t.TempDir()
			writeFile(t, dir, "keys.json", c.Set)
			if h := compileIn(t, state, dir, text, nil); len(h.set.Problems()) == 0 {
				t.Errorf("%s: the keys file loads", c.Name)
			}
			continue
		}
		h := load(t, state, text, map[string]string{"keys.json": c.Set}, nil)
		h.clock = func() time.Time { return now }
		h.set.Start()
		waitForKeys(h)
		if c.Want == jose.UnknownKey && !h.set.issuers["i"].keys.Status().Known {
			code = "auth.unavailable" // the document held no usable key at all
		}
		for _, step := range []string{"cold", "warm", "connection cold", "connection warm"} {
			if step == "connection cold" {
				h.conn = new(filters.Connection)
			}
			if got := h.get(bearerField(c.Token)); got != code {
				t.Errorf("%s, %s: %q; want %q", c.Name, step, got, code)
			}
		}
		h.set.Retire(nil)
	}
}

// waitForKeys waits until every issuer's first fetch is over.
func waitForKeys(h *harness) {
	for _, i := range h.set.issuers {
		for range 2000 {
			if s := i.keys.Status(); s.Known || s.Error != "" {
				break
			}
			time.Sleep(time.Millisecond)
		}
	}
}
