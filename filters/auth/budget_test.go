package auth

import (
	"fmt"
	"net/netip"
	"testing"

	"sallyport/internal/jose/josetest"
)

// Forged tokens cannot buy much of our time, and cost nobody else anything.
func TestBudget(t *testing.T) {
	key := josetest.SecretOf([]byte("0123456789abcdef0123456789abcdef"))
	h := load(t, newState(t, ""), issuerTOML("i", "algorithms = [\"HS256\"]\njwks = { file = \"keys.json\" }")+oneIssuer,
		map[string]string{"keys.json": josetest.Set(key.JWK(`"kid":"a","alg":"HS256"`))}, nil)
	token := func(key josetest.Key, n int) string {
		return bearerField(key.Token("HS256", `{"alg":"HS256","kid":"a"}`, goodClaims(fmt.Sprintf(`"n":%d`, n))))
	}
	forger := josetest.SecretOf([]byte("another secret of 32 bytes or so"))
	known := token(key, -1)
	h.expect("", known)
	same := token(forger, -2)
	for range 2 * budgetBurst {
		h.expect("auth.signature", same) // one forgery, shown again and again, is paid for once
	}
	counts := map[string]int{}
	for n := range budgetBurst + 1000 {
		counts[h.get(token(forger, n))]++
	}
	if counts["auth.signature"] < budgetBurst-1 || counts["rate.client"] == 0 || len(counts) != 2 {
		t.Errorf("%v", counts)
	}
	h.expect("", known)
	h.client = netip.MustParseAddr("192.0.2.2")
	h.expect("", token(key, -3))
	h.client = netip.MustParseAddr("2001:db8::1")
	h.expect("auth.signature", token(forger, -3))
}
