package auth

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"sallyport/conf"
	"sallyport/internal/jose/josetest"
)

func TestEvents(t *testing.T) {
	text := issuerTOML("i", "jwks = { file = \"keys.json\" }") + oneIssuer + `
[routes.events]
match = { path = "/events", methods = ["POST"] }
auth = "anonymous"
events = "i"
`
	now := time.Now().Unix()
	post := func(h *harness, fields, body string) int {
		t.Helper()
		x := h.exchange("events", "POST /events HTTP/1.1\n"+fields+"\n\n"+body)
		h.set.Events(h.site["events"], &conf.Route{Name: "events", Events: "i"}).Request(x)
		return x.Reply.Status
	}
	const mediaType = "Content-Type: application/secevent+jwt"
	event := func(key josetest.Key, typ, more string) string {
		return key.Token("RS256", fmt.Sprintf(`{"alg":"RS256","kid":"a","typ":%q}`, typ),
			fmt.Sprintf(`{"iss":%q,"aud":%q,"jti":"e1","iat":%d,%s}`, josetest.Issuer, josetest.Audience, time.Now().Unix(), more))
	}
	// f posts an event and says what becomes of a token that was warm.
	f := func(want, more string) {
		t.Helper()
		h := load(t, newState(t, ""), text, map[string]string{"keys.json": josetest.Everyday()}, nil)
		token := bearerField(everydayToken(`"sub":"alice","sid":"s1","jti":"j1"`))
		h.expect("", token)
		if status := post(h, mediaType, event(josetest.RSA(), "secevent+jwt", more)); status != 202 {
			t.Errorf("%s: status %d", more, status)
		}
		h.expect(want, token)
	}
	const revoked = "auth.revoked"
	f(revoked, `"sub_id":{"format":"complex","user":{"format":"iss_sub","iss":"https://issuer.test","sub":"alice"},"session":{"format":"opaque","id":"s1"}},"events":{"`+sessionRevoked+`":{}}`)
	f("", `"sub_id":{"format":"complex","user":{"format":"iss_sub","iss":"https://issuer.test","sub":"alice"},"session":{"format":"opaque","id":"s2"}},"events":{"`+sessionRevoked+`":{}}`)
	f(revoked, `"sub_id":{"format":"opaque","id":"s1"},"events":{"`+sessionRevoked+`":{}}`)
	f(revoked, `"sub_id":{"format":"jwt_id","iss":"https://issuer.test","jti":"j1"},"events":{"`+sessionRevoked+`":{}}`)
	f(revoked, `"sub_id":{"format":"iss_sub","iss":"https://issuer.test","sub":"alice"},"events":{"`+sessionRevoked+`":{}}`)
	f(revoked, `"sub_id":{"format":"iss_sub","iss":"https://issuer.test","sub":"alice"},"events":{"`+credentialChange+`":{"change_type":"revoke"}}`)
	f("", fmt.Sprintf(`"sub_id":{"format":"iss_sub","sub":"alice"},"events":{%q:{"event_timestamp":%d}}`, credentialChange, now-1000))
	f(revoked, `"sub":"alice","events":{"`+accountDisabled+`":{}}`)
	f(revoked, `"events":{"`+sessionRevoked+`":{"subject":{"session":{"id":"s1"}}}}`)
	f("", `"sub":"bob","events":{"`+credentialChange+`":{}}`)
	f("", `"sub":"alice","events":{"https://schemas.openid.net/secevent/ssf/event-type/verification":{}}`)
	f("", `"events":{"`+credentialChange+`":{}}`)
	f("", `"sub":"alice"`)

	h := load(t, newState(t, ""), text, map[string]string{"keys.json": josetest.Everyday()}, nil)
	good := `"sub":"alice","events":{"` + credentialChange + `":{}}`
	g := func(want int, fields, body string) {
		t.Helper()
		if got := post(h, fields, body); got != want {
			t.Errorf("status %d; want %d", got, want)
		}
	}
	g(400, "Content-Type: application/json", event(josetest.RSA(), "secevent+jwt", good))
	g(400, mediaType, event(josetest.RSA(), "at+jwt", good))
	g(400, mediaType, event(josetest.OtherRSA(), "secevent+jwt", good))
	g(400, mediaType, strings.Replace(event(josetest.RSA(), "secevent+jwt", good), ".", ".x", 1))
	g(400, mediaType, "")
	g(400, mediaType, josetest.RSA().Token("RS256", `{"alg":"RS256","kid":"a","typ":"secevent+jwt"}`, `{"iss":"https://evil.test","aud":"https://api.test","jti":"e1"}`))
	g(400, mediaType, josetest.RSA().Token("RS256", `{"alg":"RS256","kid":"a","typ":"secevent+jwt"}`, `{"iss":"https://issuer.test","aud":"https://evil.test","jti":"e1"}`))
	h.expect("", bearerField(everydayToken(`"sub":"alice"`)))
	// An event is no access token.
	h.expect("auth.malformed", bearerField(event(josetest.RSA(), "secevent+jwt", good+fmt.Sprintf(`,"exp":%d`, now+60))))
}
