package rawtest

import (
	"fmt"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/loadtest/stub"
)

// TestNobodyGetsAnothersAnswer: ten thousand exchanges of sixteen clients with an upstream that misbehaves in three of
// four. Whoever gets a whole answer gets their own.
func TestNobodyGetsAnothersAnswer(t *testing.T) {
	const clients, exchanges = 16, 10_000
	stolen := "HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\nstolen"
	hostile := func(q *stub.Request, n int) []stub.Step {
		right := ordinary(q)
		switch n % 12 {
		case 0:
			return say(right + stolen)
		case 1:
			return saying(strings.Replace(right, "Content-Length: ", "Content-Length: 1", 1), stub.Close) // and never the rest
		case 2:
			return saying(right, stub.Close)
		case 3:
			return saying(right[:len(right)-2], stub.Reset)
		case 4:
			return saying("", stub.Reset)
		case 5:
			return say("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n/\r\nzz\r\n" + stolen)
		case 6:
			return say(strings.Replace(right, "\r\n\r\n", "\r\nContent-Length: 6\r\n\r\n", 1) + stolen)
		case 7:
			return say("HTTP/1.1 204 No Content\r\n\r\n" + stolen)
		case 8:
			return say("HTTP/1.1 103 Early Hints\r\n\r\n" + right)
		}
		return nil
	}
	w := newWorld(t, impatient, everything)
	w.play = hostile
	var working sync.WaitGroup
	for client := range clients {
		working.Go(func() {
			c := w.dial(t)
			for i := range exchanges / clients {
				target := fmt.Sprintf("/%d-%d", client, i)
				c.send("GET " + target + " HTTP/1.1\r\n" + host + "\r\n")
				r, err := c.read()
				if err == nil && r.status == 200 && r.cut == nil && r.body != target {
					t.Errorf("%s got %q", target, r.body)
					return
				}
				if err != nil || r.closing || r.cut != nil {
					c.conn.Close()
					c = w.dial(t)
				}
			}
		})
	}
	working.Wait()
}

// TestStaleConnections: an upstream that closes its idle connections costs no POST, and no POST is sent twice.
func TestStaleConnections(t *testing.T) {
	w := newWorld(t, patient, everything)
	const clients, rounds = 8, 20
	all := make([]*client, clients)
	for i := range all {
		all[i] = w.dial(t)
	}
	for range rounds {
		for _, c := range all {
			c.send(submit)
		}
		for i, c := range all {
			if r, err := c.read(); err != nil || r.status != 200 {
				t.Fatalf("client %d: %+v, %v", i, r, err)
			}
		}
		w.upstream.DropIdle()
		time.Sleep(5 * time.Millisecond) // the upstream's goodbye has arrived
	}
	if n := len(w.recorder.Requests()); n != clients*rounds {
		t.Errorf("%d POSTs became %d", clients*rounds, n)
	}
}

// TestSlowHeads: clients that send a head byte by byte end, and cost the others nothing.
func TestSlowHeads(t *testing.T) {
	w := newWorld(t, impatient, everything)
	const slow = 150
	ended := make(chan string, slow)
	for range slow {
		c := w.dial(t)
		go func() {
			for _, b := range []byte(get + strings.Repeat("A: b\r\n", 1000)) {
				if _, err := c.conn.Write([]byte{b}); err != nil {
					break
				}
				time.Sleep(50 * time.Millisecond)
			}
		}()
		go func() { ended <- c.rest() }()
	}
	good := w.dial(t)
	for i := range 200 {
		good.send(ask)
		if r, err := good.read(); err != nil || r.status != 200 {
			t.Fatalf("good request %d: %+v, %v", i, r, err)
		}
	}
	for range slow {
		if got := <-ended; !strings.HasPrefix(got, "HTTP/1.1 408 ") || strings.Count(got, "HTTP/1.1") != 1 {
			t.Errorf("a slow head got %q", got)
		}
	}
}
