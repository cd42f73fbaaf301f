package jose_test

import (
	"strings"
	"testing"

	"sallyport/internal/jose"
	"sallyport/internal/jose/josetest"
)

func TestCases(t *testing.T) {
	const now = 1_700_000_000
	cases := josetest.Cases(now)
	if len(cases) < 120 {
		t.Fatalf("only %d cases", len(cases))
	}
	var token jose.Token // one for all: what one token left behind must not help the next
	wanted := paths("scope", "realm_access.roles")
	for _, c := range cases {
		keys, err := jose.ParseKeys([]byte(c.Set), c.From, c.Algorithms)
		if (err != nil) != c.KeyFault {
			t.Errorf("%s: key error: %v", c.Name, err)
		}
		got := token.Parse([]byte(c.Token), wanted)
		if got == jose.Valid {
			got = c.Rules().Verify(&token, keys, now)
		}
		if got != c.Want {
			t.Errorf("%s: %v; want %v", c.Name, got, c.Want)
		}
		if (token.Key != nil) != (got == jose.Valid) {
			t.Errorf("%s: %v, with a key: %v", c.Name, got, token.Key)
		}
	}
}

// paths returns the registered claims and these, given as joined with dots.
func paths(dotted ...string) *jose.Paths {
	p := jose.NewPaths()
	for _, d := range dotted {
		p.Add(strings.Split(d, ".")...)
	}
	return p
}
