package engine

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"
	"time"

	"sallyport/filters/waf/waftest"
)

// Requests put together from pieces of the suite's requests, in all kinds of bodies, match the same rules as in Coraza. Each run
// takes another seed; -count makes a long run of it.
//
// Coraza goes through a collection in another order each time, and what a rule captures comes from the last value that matched.
// So it is asked again when the two differ: ours has to be one of its answers. No name is there twice: Coraza caches transforms by the address of a name and an index that is not the same in all rules, and
// then takes the one value for the other.
func TestMutants(t *testing.T) {
	suite, err := waftest.Suite()
	if err != nil {
		t.Fatal(err)
	}
	directives := waftest.CRS(4, "")
	oracle, err := waftest.NewCoraza(directives)
	if err != nil {
		t.Fatal(err)
	}
	p := compileText(t, directives)
	x := new(Tx)
	seed := uint64(time.Now().UnixNano())
	m := mutator{rnd: rand.New(rand.NewPCG(seed, 1))}
	for i := range suite {
		m.collect(&suite[i])
	}
	failed := 0
	n := 150
	if testing.Short() {
		n = 40
	}
	for range n {
		r := m.request()
		got, want := inspect(x, p, &r), oracle.Run(&r)
		for tries := 0; tries < 60 && !got.Same(want); tries++ {
			want = oracle.Run(&r)
		}
		if !got.Same(want) {
			if failed++; failed <= 5 {
				t.Errorf("seed %d: %s %s %q %q\n got %v\nwant %v", seed, r.Method, r.Target, r.Header, r.Body, got, want)
			}
		}
	}
	t.Logf("%d passed, %d failed", n-failed, failed)
}

type mutator struct {
	rnd    *rand.Rand
	values []string
}

func (m *mutator) collect(r *waftest.Request) {
	_, query, _ := strings.Cut(r.Target, "?")
	for _, pair := range append(strings.Split(query, "&"), strings.Split(string(r.Body), "&")...) {
		_, value, _ := strings.Cut(pair, "=")
		if len(value) > 0 && len(value) < 400 {
			m.values = append(m.values, waftest.Unescape(value))
		}
	}
	for _, h := range r.Header {
		if len(h[1]) < 200 {
			m.values = append(m.values, h[1])
		}
	}
}

// value returns a piece of the suite, sometimes with bytes changed.
func (m *mutator) value() string {
	v := []byte(m.values[m.rnd.IntN(len(m.values))])
	for range m.rnd.IntN(3) {
		if len(v) == 0 {
			break
		}
		i := m.rnd.IntN(len(v))
		switch m.rnd.IntN(4) {
		case 0:
			v[i] = byte(m.rnd.IntN(256))
		case 1:
			v = append(v[:i], v[i+1:]...)
		case 2:
			v = append(v[:i], append([]byte{"'\"\\%+&;<>() \t\x00\xc3\u00e9/*-#"[m.rnd.IntN(21)]}, v[i:]...)...)
		default:
			v[i] ^= 0x20
		}
	}
	return string(v)
}

func (m *mutator) name() string {
	switch m.rnd.IntN(6) {
	case 0:
		return m.value()
	case 1:
		return "_method"
	}
	return string(rune('a' + m.rnd.IntN(20)))
}

func (m *mutator) form() string {
	var pairs []string
	seen := map[string]bool{}
	for range 1 + m.rnd.IntN(3) {
		name := m.name()
		if !seen[strings.ToLower(name)] {
			pairs = append(pairs, m.escape(name)+"="+m.escape(m.value()))
		}
		seen[strings.ToLower(name)] = true
	}
	return strings.Join(pairs, "&")
}

// escape writes a value for a form, not always as it should be.
func (m *mutator) escape(s string) string {
	var b strings.Builder
	for i := range len(s) {
		c := s[i]
		switch {
		case c == ' ':
			b.WriteByte('+')
		case c < '!' || c >= 0x7f || strings.IndexByte("%&=+#\"<>?", c) >= 0:
			fmt.Fprintf(&b, "%%%02x", c)
		case m.rnd.IntN(20) == 0:
			fmt.Fprintf(&b, "%%%02X", c)
		default:
			b.WriteByte(c)
		}
	}
	return b.String()
}

func (m *mutator) json(depth int) string {
	switch n := m.rnd.IntN(8); {
	case n == 0 && depth > 0:
		return "[" + m.json(depth-1) + ", " + m.json(depth-1) + "]"
	case n <= 2 && depth > 0:
		return "{" + strconv.Quote(m.name()) + ": " + m.json(depth-1) + `,"z":` + m.json(depth-1) + "}"
	case n == 3:
		return []string{"true", "null", "12", "-1.5e3", "0x", "[]", "{}"}[m.rnd.IntN(7)]
	case n == 4:
		return `"\u0027 or \"1\"\/\n"`
	}
	b := bytes.NewBuffer(nil)
	b.WriteByte('"')
	for _, r := range m.value() {
		switch {
		case r == '"' || r == '\\':
			b.WriteByte('\\')
			b.WriteRune(r)
		case r < ' ':
			fmt.Fprintf(b, "\\u%04x", r)
		default:
			b.WriteRune(r)
		}
	}
	b.WriteByte('"')
	return b.String()
}

func (m *mutator) multipart() string {
	var b strings.Builder
	for range 1 + m.rnd.IntN(3) {
		fmt.Fprintf(&b, "--X\r\nContent-Disposition: form-data; name=\"%s\"", m.name())
		switch m.rnd.IntN(5) {
		case 0:
			fmt.Fprintf(&b, "; filename=\"%s\"", m.value())
		case 1:
			fmt.Fprintf(&b, "; filename*=utf-8''%s", m.escape(m.value()))
		}
		if m.rnd.IntN(3) == 0 {
			fmt.Fprintf(&b, "\r\nContent-Type: %s", m.value())
		}
		fmt.Fprintf(&b, "\r\n\r\n%s\r\n", m.value())
	}
	if m.rnd.IntN(5) > 0 {
		b.WriteString("--X--\r\n")
	}
	return b.String()
}

func (m *mutator) xml() string {
	return "<a b='" + m.value() + "'><c>" + m.value() + "</c>" + m.value() + "</a>"
}

func (m *mutator) request() waftest.Request {
	r := waftest.Request{Method: "GET", Protocol: "HTTP/1.1", Target: "/" + m.escape(m.value())}
	if m.rnd.IntN(2) == 0 {
		r.Target = "/path?" + m.form()
	}
	r.Header = [][2]string{{"Host", "localhost"}, {"User-Agent", "test"}}
	if m.rnd.IntN(3) == 0 {
		r.Header = append(r.Header, [2]string{"Cookie", "a=" + m.value() + "; " + m.name() + "=" + m.value()})
	}
	if m.rnd.IntN(3) == 0 {
		r.Header = append(r.Header, [2]string{[]string{"Referer", "Accept", "X-Filename", "Range"}[m.rnd.IntN(4)], m.value()})
	}
	kind := ""
	switch m.rnd.IntN(8) {
	case 0, 1:
		kind, r.Body = "application/x-www-form-urlencoded", []byte(m.form())
	case 2, 3:
		kind, r.Body = "application/json", []byte(m.json(3))
		if m.rnd.IntN(4) == 0 && len(r.Body) > 2 {
			r.Body = r.Body[:m.rnd.IntN(len(r.Body))]
		}
	case 4:
		kind, r.Body = "multipart/form-data; boundary=X", []byte(m.multipart())
	case 5:
		kind, r.Body = "text/xml", []byte(m.xml())
	case 6:
		kind, r.Body = "text/plain", []byte(m.value())
	default:
		return r
	}
	r.Method = "POST"
	r.Header = append(r.Header, [2]string{"Content-Type", kind}, [2]string{"Content-Length", strconv.Itoa(len(r.Body))})
	return r
}
