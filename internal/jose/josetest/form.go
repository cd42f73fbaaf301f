package josetest

import (
	"fmt"
	"strings"

	"sallyport/internal/jose"
)

// formCases are wrong before anything is read as JSON, or not JSON.
func formCases(now int64) []Case {
	var cases []Case
	f := func(name, token string) { cases = append(cases, spelled(name, jose.Malformed, token)) }
	good := RSA().Token("RS256", everydayHeader, claims(now, ""))
	parts := strings.Split(good, ".")
	h, p, s := parts[0], parts[1], parts[2]

	f("one part", h)
	f("two parts", h+"."+p)
	f("four parts", good+"."+s)
	f("five parts, as a JWE", good+"."+s+"."+s)
	f("only dots", "..")
	f("empty header", "."+p+"."+s)
	f("empty payload", h+".."+s)
	f("empty signature", h+"."+p+".")
	f("dot in front", "."+good)
	f("dot behind", good+".")
	f("space in front", " "+good)
	f("space behind", good+" ")
	f("space inside", h+". "+p+"."+s)
	f("tab behind", good+"\t")
	f("line end behind", good+"\n")
	f("line end in the header", h[:8]+"\n"+h[8:]+"."+p+"."+s)
	f("line end in the payload", h+"."+p[:8]+"\r\n"+p[8:]+"."+s)
	f("line end in the signature", h+"."+p+"."+s[:9]+"\r"+s[9:])
	f("NUL behind", good+"\x00")
	f("padding behind", good+"=")
	f("two paddings behind", good+"==")
	f("padded header", h+"=."+p+"."+s)
	f("standard alphabet", h+"."+p+"."+s[:5]+"+/"+s[7:])
	f("trailing bits of the signature", h+"."+p+"."+nextLetter(s))
	f("one letter too many", h+"."+p+"."+s+"A"+"AA"[:2-len(s)%2])
	f("percent-encoded dots", strings.ReplaceAll(good, ".", "%2e"))
	f("a quoted token", `"`+good+`"`)
	f("flattened JSON form", fmt.Sprintf(`{"protected":%q,"payload":%q,"signature":%q}`, h, p, s))
	f("general JSON form", fmt.Sprintf(`{"payload":%q,"signatures":[{"protected":%q,"signature":%q}]}`, p, h, s))
	f("beyond ASCII", h+"."+p+".é"+s)
	f("too long", RSA().Token("RS256", everydayHeader, padded(everydayHeader, claims(now, ""), jose.MaxToken+4)))

	sign := func(name, header, payload string) { f(name, RSA().Token("RS256", header, payload)) }
	for _, text := range []string{``, ` `, `null`, `"x"`, `[]`, `1`, `{`, `{}`, `{"alg":"RS256"`, `{"alg":"RS256"}x`, `{"alg":"RS256",}`, `{alg:"RS256"}`,
		`{'alg':'RS256'}`, "\ufeff" + everydayHeader, everydayHeader + everydayHeader, everydayHeader + "\x00", `{"alg":"RS256","kid":"a" "typ":"JWT"}`,
		`{"alg":"RS256"//` + "\n}", "{\"alg\":\"RS256\",\"x\":\"\xff\"}", "{\"alg\":\"RS256\",\"x\":\"a\nb\"}", `{"alg":"RS256","x":"\ud800"}`, `{"alg":"RS256","x":"\x41"}`,
		`{"alg":"RS256","x":"\u12g4"}`, `{"alg":"RS256","x":01}`, `{"alg":"RS256","x":1.}`, `{"alg":"RS256","x":+1}`, `{"alg":"RS256","x":.5}`, `{"alg":"RS256","x":NaN}`,
		`{"alg":"RS256","x":tru}`, `{"alg":"RS256","x":1e}`, `{"alg":"RS256","x":-}`, `{"alg":"RS256","x":[1,]}`, `{"alg":"RS256","x":[1 2]}`, `{"alg":"RS256","x":}`,
		`{"alg":"RS256","x":` + strings.Repeat("[", 40) + strings.Repeat("]", 40) + `}`} {
		sign("header "+text, text, claims(now, ""))
	}
	open := strings.TrimSuffix(claims(now, ""), "}")
	for _, text := range []string{``, `null`, `"x"`, `[]`, `7`, open, open + `},{}`, open + `,}`, "\ufeff" + open + "}", open + "}\x00", open + `,"x":"` + "\xc3\x28" + `"}`,
		open + `,"x":"` + "\x01" + `"}`, open + `,"x":"\udc00\ud800"}`, open + `,"x":` + strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40) + "}", open + manyMembers(300) + "}"} {
		sign("payload "+text, everydayHeader, text)
	}
	return cases
}

// nextLetter replaces the last letter by the one that differs in the lowest bit, which stands for nothing if the
// length is not a multiple of four.
func nextLetter(s string) string {
	const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
	return s[:len(s)-1] + string(alphabet[strings.IndexByte(alphabet, s[len(s)-1])^1])
}

func manyMembers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `,"m%d":0`, i)
	}
	return b.String()
}
