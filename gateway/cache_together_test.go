package gateway

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
	"time"
)

// crowd sends n requests for a path at the same time and returns the answers. ready is called when the origin was asked.
func (h *cacheHarness) crowd(t *testing.T, n int, path string, ready func(), fields ...string) []*answer {
	t.Helper()
	answers := make([]*answer, n)
	var clients sync.WaitGroup
	connections := make([]net.Conn, n)
	for i := range connections {
		connections[i] = h.dial()
	}
	for i, c := range connections {
		clients.Go(func() {
			io.WriteString(c, strings.ReplaceAll(get(path, fields...), "#", fmt.Sprint(i)))
			answers[i] = h.read(bufio.NewReader(c), false)
		})
	}
	for h.asked(path) == 0 {
		time.Sleep(time.Millisecond)
	}
	time.Sleep(100 * time.Millisecond) // the others have come too, most likely: nothing depends on all of them having
	ready()
	clients.Wait()
	return answers
}

func (h *cacheHarness) asked(path string) int {
	s := h.origin.script(path)
	h.origin.mu.Lock()
	defer h.origin.mu.Unlock()
	return s.asked
}

// say makes the origin answer a path so, and hold every answer back until the gate opens.
func (h *cacheHarness) say(path, answer string, gate chan struct{}) *script {
	s := h.origin.script(path)
	h.origin.mu.Lock()
	s.answer, s.gate = answer, gate
	h.origin.mu.Unlock()
	return s
}

const crowdSize = 200

// Of many that ask for the same thing, one goes to the origin.
func TestCacheCollapses(t *testing.T) {
	h := startCache(t)
	f := func(name, answer string, status int) {
		t.Run(name, func(t *testing.T) {
			path := "/v1/" + strings.ReplaceAll(name, " ", "-")
			gate := make(chan struct{})
			h.say(path, answer, gate)
			for i, a := range h.crowd(t, crowdSize, path, func() { close(gate) }) {
				if a.StatusCode != status || a.err != nil || a.body != h.origin.script(path).body && status == 200 {
					t.Fatalf("answer %d: %d, %d bytes, %v", i, a.StatusCode, len(a.body), a.err)
				}
			}
			if n := h.asked(path); n != 1 {
				t.Errorf("the origin was asked %d times", n)
			}
		})
	}
	f("small", "200|Cache-Control: max-age=60", 200)
	f("large", "200|Cache-Control: max-age=60|@body "+strings.Repeat("0123456789", 15_000), 200)
	f("chunked", "200|Cache-Control: max-age=60|@chunked|@body "+strings.Repeat("0123456789", 15_000), 200)
	f("broken origin", "200|@close", 502)
}

// What turns out to be for one alone lets all others go at once, and the next ones do not wait for each other.
func TestCacheReleasesUncacheable(t *testing.T) {
	h := startCache(t)
	path := "/v1/uncacheable"
	gate := make(chan struct{})
	h.say(path, "200|Cache-Control: no-store", gate)
	for range 2 {
		before := h.asked(path)
		answers := h.crowd(t, 50, path, func() { close(gate) })
		seen := map[string]bool{}
		for _, a := range answers {
			a.is(t, 200, "")
			seen[a.body] = true
		}
		if n := h.asked(path) - before; n != 50 || len(seen) != 50 {
			t.Errorf("the origin was asked %d times for %d answers", n, len(seen))
		}
		gate = make(chan struct{})
		h.say(path, "200|Cache-Control: no-store", gate)
	}
}

// Those whose selecting fields differ do not get each other's answer.
func TestCacheCollapsesByVariant(t *testing.T) {
	h := startCache(t)
	path := "/v1/variants"
	gate := make(chan struct{})
	h.say(path, "200|Cache-Control: max-age=60|Vary: Foo", gate)
	answers := h.crowd(t, 20, path, func() { close(gate) }, "Foo: #")
	seen := map[string]bool{}
	for _, a := range answers {
		seen[a.body] = true
	}
	if len(seen) != 20 || h.asked(path) != 20 {
		t.Errorf("20 variants had %d answers of %d", len(seen), h.asked(path))
	}
}

// The client that began a fetch may go; those who wait for it get the answer, and it is stored.
func TestCacheFetchOutlivesItsClient(t *testing.T) {
	h := startCache(t)
	path := "/v1/outlives"
	gate := make(chan struct{})
	h.say(path, "200|Cache-Control: max-age=60|@body "+strings.Repeat("0123456789", 10_000), gate)
	leader := h.dial()
	io.WriteString(leader, get(path))
	for h.asked(path) == 0 {
		time.Sleep(time.Millisecond)
	}
	leader.Close()
	answers := h.crowd(t, 10, path, func() { close(gate) })
	for _, a := range answers {
		if a.StatusCode != 200 || len(a.body) != 100_000 {
			t.Fatalf("%d, %d bytes", a.StatusCode, len(a.body))
		}
	}
	if n := h.asked(path); n != 1 {
		t.Errorf("the origin was asked %d times", n)
	}
}

// A purge while an answer is on its way wins: the answer is not used for what comes later.
func TestCachePurgeWinsOverFetch(t *testing.T) {
	h := startCache(t)
	n := 0
	f := func(purge, fields string) {
		t.Helper()
		n++
		path := fmt.Sprintf("/v1/purged-%d", n)
		gate := make(chan struct{})
		h.say(path, "200|Cache-Control: max-age=60"+fields+"|@body old", gate)
		first := h.dial()
		io.WriteString(first, get(path))
		for h.asked(path) == 0 {
			time.Sleep(time.Millisecond)
		}
		if _, err := h.Purge([]byte(strings.ReplaceAll(purge, "@", path))); err != nil {
			t.Fatal(err)
		}
		h.say(path, "200|Cache-Control: max-age=60"+fields+"|@body new", gate) // from now on
		second := h.dial()
		io.WriteString(second, get(path))
		time.Sleep(10 * time.Millisecond) // it has begun to wait, most likely
		close(gate)
		h.read(bufio.NewReader(first), false).is(t, 200, "")
		for range 2 {
			if got := h.read(bufio.NewReader(second), false).body; got != "new" {
				t.Errorf("%s: %q", purge, got)
			}
			io.WriteString(second, get(path))
		}
	}
	f(`{"url": "https://a.example@"}`, "")
	f(`{"prefix": "a.example/v1/purged"}`, "")
	f(`{"host": "A.example"}`, "")
	f(`{"all": true}`, "")
	f(`{"tags": ["other", "blue"]}`, "|Surrogate-Key: red blue")
	f(`{"tags": ["green"]}`, "|Cache-Tag: red, green")
}

func TestCachePurge(t *testing.T) {
	h := startCache(t)
	n := 0
	f := func(purge string, want string) {
		t.Helper()
		n++
		path := fmt.Sprintf("/v1/p-%d/x", n)
		h.say(path, `200|Cache-Control: max-age=60|ETag: "a"|Surrogate-Key: red blue|@body old`, nil)
		h.send(get(path)).is(t, 200, "")
		if got, err := h.Purge([]byte(strings.ReplaceAll(purge, "@", path))); err != nil || got < 1 {
			t.Fatal(got, err)
		}
		h.say(path, "200|Cache-Control: max-age=60|@body new", nil)
		if got := h.send(get(path)).body; got != want {
			t.Errorf("%s: %q, want %q", purge, got, want)
		}
		s := h.origin.script(path)
		if validated := s.sent.Header.Get("If-None-Match") != ""; validated != strings.Contains(purge, "soft") && want == "new" {
			t.Errorf("%s: the origin was asked to validate: %v", purge, validated)
		}
	}
	f(`{"url": "http://a.example@"}`, "new")
	f(`{"url": "a.example@"}`, "new")
	f(`{"url": "a.example@?q"}`, "old")
	f(`{"url": "b.example@"}`, "old")
	f(`{"prefix": "a.example/v1/p-"}`, "new")
	f(`{"prefix": "a.example/v2"}`, "old")
	f(`{"host": "a.example"}`, "new")
	f(`{"host": "b.example"}`, "old")
	f(`{"tags": ["red"]}`, "new")
	f(`{"tags": ["green"]}`, "old")
	f(`{"all": true}`, "new")
	f(`{"url": "a.example@", "soft": true}`, "new")
	f(`{"tags": ["blue"], "soft": true}`, "new")
	bad := func(purge string) {
		t.Helper()
		if _, err := h.Purge([]byte(purge)); err == nil {
			t.Errorf("%s was accepted", purge)
		}
	}
	bad(``)
	bad(`{}`)
	bad(`{"soft": true}`)
	bad(`{"urls": ["a.example/"]}`)
	bad(`{"url": "/v1"}`)
	bad(`{"url": "http://user@a.example/"}`)
	bad(`{"host": "a.example/x"}`)
	bad(`{"prefix": "a.example/x?y"}`)
	bad(`{"tags": [""]}`)
	bad(`{"all": true} {}`)
}

// After a purge returned, nobody gets the object of before, whatever is being fetched, stored and revalidated meanwhile.
func TestCachePurgeUnderLoad(t *testing.T) {
	h := startCache(t)
	path := "/v1/race"
	var version int
	set := func() string {
		version++
		body := fmt.Sprintf("v%06d", version)
		h.say(path, "200|Cache-Control: max-age=60, stale-while-revalidate=60|Surrogate-Key: k|@body "+body, nil)
		return body
	}
	set()
	stop := make(chan struct{})
	var clients sync.WaitGroup
	for range 4 {
		c := h.dial()
		clients.Go(func() {
			r := bufio.NewReader(c)
			for {
				select {
				case <-stop:
					return
				default:
				}
				io.WriteString(c, get(path))
				h.read(r, false)
			}
		})
	}
	for i := range 100 {
		body := set()
		purge := []string{`{"url": "a.example/v1/race"}`, `{"tags": ["k"]}`, `{"host": "a.example"}`, `{"prefix": "a.example/v1"}`, `{"all": true}`}[i%5]
		if _, err := h.Purge([]byte(purge)); err != nil {
			t.Fatal(err)
		}
		if got := h.send(get(path)).body; got < body {
			t.Fatalf("%s: %s after %s was purged", purge, got, body)
		}
	}
	close(stop)
	clients.Wait()
}
