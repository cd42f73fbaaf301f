package waf

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"sallyport/filters/waf/engine"
	"sallyport/filters/waf/seclang"
	"sallyport/filters/waf/waftest"
)

// BenchmarkHostile measures 16 KiB that are made to cost as much as they can, beside a harmless document of the same size:
// none should cost more than ten times as much.
func BenchmarkHostile(b *testing.B) {
	set, err := seclang.Parse(waftest.Source{}, "bench", waftest.CRS(1, ""))
	if err != nil {
		b.Fatal(err)
	}
	p, err := engine.Compile(set)
	if err != nil {
		b.Fatal(err)
	}
	benign := benchJSON("benign", hostileSize, nil)
	n := newInspection(&benign)
	b.Run("benign", func(b *testing.B) { measure(b, func() { n.run(p) }) })
	for name, body := range hostileForms(b) {
		r := waftest.Request{Method: "POST", Target: "/", Protocol: "HTTP/1.1", Body: []byte(body), Header: [][2]string{
			{"Host", "a"}, {"Content-Type", "application/x-www-form-urlencoded"},
		}}
		n := newInspection(&r)
		b.Run(name, func(b *testing.B) { measure(b, func() { n.run(p) }) })
	}
	b.Run("fresh", func(b *testing.B) {
		rnd := rand.New(rand.NewPCG(1, 2))
		measure(b, func() {
			body := randomText(rnd)
			r := waftest.Request{Method: "POST", Target: "/", Protocol: "HTTP/1.1", Body: body, Header: [][2]string{
				{"Host", "a"}, {"Content-Type", "application/x-www-form-urlencoded"},
			}}
			newInspection(&r).run(p)
		})
	})
}

const hostileSize = 16 << 10

func hostileForms(b *testing.B) map[string]string {
	repeat := func(s string) string { return "a=" + strings.Repeat(s, hostileSize/len(s)) }
	forms := map[string]string{
		"words":       repeat("select from where union "),
		"commands":    repeat("cat%20/etc/passwd;ls%20|wget%20 "),
		"quotes":      repeat("'\"`"),
		"comments":    repeat("/*!*/--%23"),
		"percents":    repeat("%25"),
		"backslashes": repeat("b\\u\\s\\y\\b$@\\o"),
		"blanks":      repeat("%20%09"),
		"entities":    repeat("%26lt;script%26gt;%3Ca%20onload="),
		"folding":     repeat("%C5%BF%E2%84%AA"),
		"braces":      repeat("${jndi:((("),
		"dots":        repeat("../"),
	}
	suite, err := waftest.Suite()
	if err != nil {
		b.Fatal(err)
	}
	var attacks strings.Builder
	for i := 0; attacks.Len() < hostileSize; i += 7 {
		_, query, _ := strings.Cut(suite[i%len(suite)].Target, "?")
		attacks.WriteString(query)
	}
	forms["attacks"] = "a=" + attacks.String()
	forms["attack"] = "a=" + strings.ReplaceAll(attacks.String(), "&", "%26")
	var names strings.Builder
	for i := 0; names.Len() < hostileSize; i++ {
		fmt.Fprintf(&names, "a%d=select%%20%d&", i, i)
	}
	forms["names"] = names.String()
	return forms
}

func randomText(rnd *rand.Rand) []byte {
	const letters = "abcdefghijklmnop$(){}[];|'\"/\\ .,-_=<>"
	text := []byte("a=")
	for len(text) < hostileSize {
		text = append(text, letters[rnd.IntN(len(letters))])
	}
	return text
}
