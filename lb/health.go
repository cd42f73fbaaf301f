package lb

import (
	"context"
	"crypto/tls"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"slices"
	"time"

	"sallyport/conf"
)

// probe is one question to a node: nil when it is healthy.
type probe func(context.Context) error

// watch probes a node again and again until ctx ends. While the last answer contradicts what is believed, it asks faster, so that
// rise or fall answers in a row take about one interval together.
func (f *fleet) watch(ctx context.Context, n *node, h *conf.Health) {
	ask := f.newProbe(n, h)
	wait := rand.N(time.Duration(h.Every)/4 + 1) // not all nodes of all gateways at the same moment
	for sleep(ctx, wait) {
		limited, cancel := context.WithTimeout(ctx, time.Duration(h.Timeout))
		err := ask(limited)
		cancel()
		if ctx.Err() != nil {
			return
		}
		wait = jitter(f.judge(n, h, err))
	}
}

// judge takes in one answer and returns when to ask again.
func (f *fleet) judge(n *node, h *conf.Health, err error) time.Duration {
	f.mu.Lock()
	defer f.mu.Unlock()
	healthy := n.flaws&unhealthy == 0
	if healthy == (err == nil) {
		n.proven = 0
		if healthy {
			return time.Duration(h.Every)
		}
		return time.Duration(h.Every) / time.Duration(h.Rise)
	}
	n.proven++
	if healthy {
		if n.proven >= h.Fall {
			n.proven = 0
			f.mark(n, unhealthy, err.Error())
		}
		return time.Duration(h.Every) / time.Duration(max(h.Fall, 1))
	}
	if n.proven >= h.Rise {
		n.proven = 0
		f.clear(n, unhealthy, "probes succeed")
		return time.Duration(h.Every)
	}
	return time.Duration(h.Every) / time.Duration(h.Rise)
}

// newProbe makes the probe that a definition asks for: a GET where it has a path, a connection alone where it has none.
func newProbe(n *node, h *conf.Health) probe {
	if h.Path == "" {
		return func(ctx context.Context) error { return connect(ctx, n) }
	}
	scheme := "http"
	if n.transport.Load().tls != nil {
		scheme = "https"
	}
	client := &http.Client{
		Transport: &http.Transport{
			DisableKeepAlives:  true, // its own connections: a pooled one proves nothing about new ones
			DisableCompression: true,
			TLSClientConfig:    n.tlsConfig(),
		},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
	return func(ctx context.Context) error {
		request, err := http.NewRequestWithContext(ctx, http.MethodGet, scheme+"://"+n.address+h.Path, nil)
		if err != nil {
			return fmt.Errorf("cannot make a probe: %w", err)
		}
		request.Host = h.Host
		request.Header.Set("User-Agent", "sallyport-probe")
		answer, err := client.Do(request)
		if err != nil {
			return fmt.Errorf("probe failed: %w", err)
		}
		defer answer.Body.Close()
		if !slices.Contains(h.Status, answer.StatusCode) {
			return fmt.Errorf("probe got status %d, want %d", answer.StatusCode, h.Status)
		}
		if _, err = io.CopyN(io.Discard, answer.Body, maxProbeBody); err != nil && err != io.EOF {
			return fmt.Errorf("probe got an answer that breaks off: %w", err)
		}
		return nil
	}
}

// maxProbeBody is how much of a probe's answer is read.
const maxProbeBody = 64 << 10

// connect makes a connection to a node, with its handshake, and closes it.
func connect(ctx context.Context, n *node) error {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "tcp", n.address)
	if err != nil {
		return fmt.Errorf("cannot connect: %w", err)
	}
	defer conn.Close()
	if config := n.tlsConfig(); config != nil {
		if err := tls.Client(conn, config).HandshakeContext(ctx); err != nil {
			return fmt.Errorf("cannot make a TLS connection: %w", err)
		}
	}
	return nil
}

// refuseTime is how long a node to which no connection could be made is left alone.
const refuseTime = time.Second

// refuse takes in that no connection to a node could be made: it gets no requests until a connection succeeds, unless it
// is the last one that takes any.
func (f *fleet) refuse(n *node) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if n.flaws&(refusing|leaving) != 0 || !f.another(n) || n.watched == nil || n.watched.Err() != nil {
		return
	}
	f.mark(n, refusing, "connections fail")
	go f.knock(n.watched, n)
}

// another reports whether a node other than n is ready. Called with the lock.
func (f *fleet) another(n *node) bool {
	return slices.ContainsFunc(f.nodes, func(other *node) bool { return other != n && other.ready() && other.weight > 0 })
}

// knock tries to connect to a node that refuses until it succeeds or ctx ends: no request is sent to find out.
func (f *fleet) knock(ctx context.Context, n *node) {
	for sleep(ctx, jitter(refuseTime)) {
		limited, cancel := context.WithTimeout(ctx, n.transport.Load().connect)
		err := f.connect(limited, n)
		cancel()
		if err == nil {
			f.mu.Lock()
			f.clear(n, refusing, "connections succeed")
			f.mu.Unlock()
			return
		}
	}
}

// sleep waits for d; false when ctx ended before.
func sleep(ctx context.Context, d time.Duration) bool {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return ctx.Err() == nil
	case <-ctx.Done():
		return false
	}
}

// jitter shortens d by up to a tenth, so that what began together does not stay together.
func jitter(d time.Duration) time.Duration { return d - rand.N(d/10+1) }
