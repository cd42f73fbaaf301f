package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"
)

// origin is an upstream that answers as the case says whose path is asked for.
type origin struct {
	t        *testing.T
	listener net.Listener
	mu       sync.Mutex
	scripts  map[string]*script // by path
}

// script is what the origin says to the next request for a path, and what it was asked.
type script struct {
	answer string
	asked  int
	sent   *http.Request // the last
	body   string        // of the last answer
	gate   chan struct{} // the answer waits for it; nil for none
}

func startOrigin(t *testing.T) *origin {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	o := &origin{t: t, listener: l, scripts: map[string]*script{}}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go o.serve(c)
		}
	}()
	return o
}

func (o *origin) script(path string) *script {
	o.mu.Lock()
	defer o.mu.Unlock()
	s := o.scripts[path]
	if s == nil {
		s = &script{}
		o.scripts[path] = s
	}
	return s
}

func (o *origin) serve(c net.Conn) {
	defer c.Close()
	r := bufio.NewReader(c)
	for {
		q, err := http.ReadRequest(r)
		if err != nil {
			return
		}
		io.Copy(io.Discard, q.Body)
		s := o.script(q.URL.Path)
		o.mu.Lock()
		s.asked++
		s.sent = q
		answer, gate, n := s.answer, s.gate, s.asked
		o.mu.Unlock()
		if gate != nil {
			<-gate
		}
		raw, body, open := answerText(answer, q, n)
		o.mu.Lock()
		s.body = body
		o.mu.Unlock()
		if _, err := io.WriteString(c, raw); err != nil || !open {
			return
		}
	}
}

// answerText makes an answer of a line such as `200|ETag: "a"|@body hello`. Its directives: @body TEXT, @chunked, @close (no
// answer at all), @cut (less than the length says), @first STATUS (an interim answer before it), @delay DURATION.
func answerText(line string, q *http.Request, n int) (raw, body string, open bool) {
	parts := strings.Split(line, "|")
	body = fmt.Sprintf("answer %d to %s", n, q.URL.Path)
	status, fields, interim := parts[0], "", ""
	chunked, cut := false, false
	for _, p := range parts[1:] {
		word, rest, _ := strings.Cut(p, " ")
		switch word {
		case "@body":
			body = rest
		case "@chunked":
			chunked = true
		case "@cut":
			cut = true
		case "@close":
			return "", "", false
		case "@first":
			interim = "HTTP/1.1 " + rest + " Interim\r\nX-Interim: yes\r\nLink: </x>\r\nCache-Control: max-age=3600\r\n\r\n"
		case "@delay":
			d, _ := time.ParseDuration(rest)
			time.Sleep(d)
		case "":
		default:
			fields += p + "\r\n"
		}
	}
	if status == "" {
		status = "500"
	}
	if !strings.Contains(fields, "Date:") {
		fields += "Date: " + time.Now().UTC().Format(http.TimeFormat) + "\r\n"
	}
	raw = interim + "HTTP/1.1 " + status + " Text\r\n" + fields
	switch {
	case status == "304" || status == "204":
		return raw + "\r\n", "", true
	case chunked:
		raw += "Transfer-Encoding: chunked\r\n\r\n"
		if q.Method != "HEAD" {
			half := len(body) / 2
			raw += fmt.Sprintf("%x\r\n%s\r\n", half, body[:half])
			if cut {
				return raw, body, false
			}
			raw += fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", len(body)-half, body[half:])
		}
		return raw, body, true
	}
	raw += fmt.Sprintf("Content-Length: %d\r\n\r\n", len(body))
	if q.Method == "HEAD" {
		return raw, body, true
	}
	if cut {
		return raw + body[:len(body)/2], body, false
	}
	return raw + body, body, true
}

// cacheHarness is a gateway with a caching route in front of an origin.
type cacheHarness struct {
	*harness
	origin *origin
}

// cacheRoutes: /v1 is anonymous and caches; /w has no cache; the others vary the cache's settings.
const cacheRoutes = `
[routes.cached]
match = { path = "/v1/*" }
auth  = "anonymous"
cache = {}
to    = "origin"
[routes.strip]
match = { path = "/strip/*" }
auth  = "anonymous"
cache = { set_cookie = "strip" }
to    = "origin"
[routes.cookies]
match = { path = "/cookies/*" }
auth  = "anonymous"
cache = { set_cookie = "store" }
to    = "origin"
[routes.ttl]
match = { path = "/ttl/*" }
auth  = "anonymous"
cache = { ttl = "300s", max_body = "64KiB" }
to    = "origin"
[routes.split-read]
match = { path = "/split/*", methods = ["GET"] }
auth  = "anonymous"
cache = {}
to    = "origin"
[routes.split-write]
match = { path = "/split/*", methods = ["POST"] }
auth  = "anonymous"
to    = "origin"
[upstreams.origin]
nodes = { a = "@ORIGIN@" }
`

func startCache(t *testing.T) *cacheHarness {
	t.Helper()
	o := startOrigin(t)
	h := start(t, strings.ReplaceAll(cacheRoutes, "@ORIGIN@", o.listener.Addr().String()))
	return &cacheHarness{h, o}
}

// talk is one case: requests for one path, in their order.
type talk struct {
	*cacheHarness
	t    *testing.T
	name string
	path string
	left []string // steps that are still to be done
	done int
	last string // the body of the answer that the client was given last
}

// steps runs exchanges, and returns how long to wait before the others. An exchange is three strings: the request, as
// `GET|Name: value`, with `@path PATH` for another path; what the origin says if it is asked; and what is expected. That begins
// with who answered: "origin" or "stored", or "any". Then, separated by "|", a status; "Name: value" and "!Name" about the
// answer; ">Name: value" and ">!Name" about what the origin was sent; "@body TEXT", "@last" for the body of before, "@any" for
// whatever body; "@age MIN-MAX". Instead of an exchange, "@wait DURATION" waits.
func (k *talk) steps() (wait time.Duration) {
	k.t.Helper()
	for len(k.left) > 0 {
		if d, ok := strings.CutPrefix(k.left[0], "@wait "); ok {
			k.left = k.left[1:]
			wait, _ = time.ParseDuration(d)
			return wait
		}
		k.done++
		k.step(k.done, k.left[0], k.left[1], k.left[2])
		k.left = k.left[3:]
	}
	return 0
}

func (k *talk) step(n int, request, answer, want string) {
	k.t.Helper()
	path := k.path
	parts := strings.Split(request, "|")
	fields, body := "", ""
	for _, p := range parts[1:] {
		if other, ok := strings.CutPrefix(p, "@path "); ok {
			path = strings.ReplaceAll(other, "@", k.path)
		} else {
			fields += p + "\r\n"
		}
	}
	if parts[0] == "POST" || parts[0] == "PUT" {
		body = "hello"
		fields += "Content-Length: 5\r\n"
	}
	plain, _, _ := strings.Cut(path, "?")
	s := k.origin.script(plain)
	k.origin.mu.Lock()
	s.answer = strings.ReplaceAll(answer, "@SELF", path)
	asked := s.asked
	k.origin.mu.Unlock()
	host := "Host: a.example\r\n"
	if strings.Contains(fields, "Host: ") {
		host = ""
	}
	a := k.sendAny(parts[0], parts[0]+" "+path+" HTTP/1.1\r\n"+host+fields+"Connection: close\r\n\r\n"+body)
	k.origin.mu.Lock()
	wasAsked, sent, said := s.asked > asked, s.sent, s.body
	k.origin.mu.Unlock()
	k.check(n, a, parts[0], want, wasAsked, sent, said)
	k.last = a.body
}

func (k *talk) sendAny(method, raw string) *answer {
	c := k.dial()
	defer c.Close()
	if _, err := io.WriteString(c, raw); err != nil {
		k.t.Fatal(err)
	}
	r := bufio.NewReader(c)
	for {
		a := k.readFrom(r, method)
		if a.StatusCode >= 200 {
			return a
		}
	}
}

func (k *talk) readFrom(r *bufio.Reader, method string) *answer {
	k.t.Helper()
	if method != "HEAD" {
		method = "GET"
	}
	a, err := http.ReadResponse(r, &http.Request{Method: method})
	if err != nil {
		k.t.Fatalf("no answer: %v", err)
	}
	body, err := io.ReadAll(a.Body)
	return &answer{a, string(body), err}
}

func (k *talk) check(n int, a *answer, method, want string, asked bool, sent *http.Request, said string) {
	k.t.Helper()
	parts := strings.Split(want, "|")
	if got := map[bool]string{true: "origin", false: "stored"}[asked]; parts[0] != got && parts[0] != "any" {
		k.t.Fatalf("step %d: answered by %s, want %s (%s, Cache-Status %q)", n, got, want, a.Status, a.Header.Values("Cache-Status"))
	}
	status, body := 200, said
	for _, p := range parts[1:] {
		switch name, value, colon := strings.Cut(p, ": "); {
		case strings.HasPrefix(p, "@body"):
			body = strings.TrimPrefix(strings.TrimPrefix(p, "@body"), " ")
		case strings.HasPrefix(p, "@age "):
			var low, high, age int
			fmt.Sscanf(p, "@age %d-%d", &low, &high)
			if _, err := fmt.Sscan(a.Header.Get("Age"), &age); err != nil || age < low || age > high {
				k.t.Errorf("step %d: Age %q, want %d to %d", n, a.Header.Get("Age"), low, high)
			}
		case p == "@any":
			body = a.body
		case p == "@last":
			body = k.last
		case p == "@cut":
			if a.err == nil {
				k.t.Errorf("step %d: the body is complete", n)
			}
			body = a.body
		case strings.HasPrefix(p, ">!"):
			if got := sent.Header.Values(p[2:]); len(got) > 0 {
				k.t.Errorf("step %d: the origin was sent %s: %q", n, p[2:], got)
			}
		case strings.HasPrefix(p, ">"):
			if got := strings.Join(sent.Header.Values(name[1:]), ", "); got != value {
				k.t.Errorf("step %d: the origin was sent %s %q, want %q", n, name[1:], got, value)
			}
		case strings.HasPrefix(p, "!"):
			if got := a.Header.Values(p[1:]); len(got) > 0 {
				k.t.Errorf("step %d: %s: %q", n, p[1:], got)
			}
		case colon:
			if got := strings.Join(a.Header.Values(name), ", "); got != value {
				k.t.Errorf("step %d: %s %q, want %q", n, name, got, value)
			}
		default:
			fmt.Sscan(p, &status)
		}
	}
	if a.StatusCode != status {
		k.t.Fatalf("step %d: status %d, want %d (%s)", n, a.StatusCode, status, a.body)
	}
	if method == "HEAD" || status == 304 || status == 204 {
		body = ""
	}
	if a.body != body {
		k.t.Errorf("step %d: body %q, want %q", n, a.body, body)
	}
}
