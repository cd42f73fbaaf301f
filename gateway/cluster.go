package gateway

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"fmt"
	"io"
	"log/slog"
	"os"
	"reflect"
	"time"

	"sallyport/conf"
	"sallyport/filters/auth/revocation"
	"sallyport/internal/state"
)

// revocations is the stream by which every node learns what was revoked at one of them. A node that was away for longer
// has what it knew itself; by then most of what it missed has expired.
var revocations = state.Stream{Kind: "revocations", Keep: 7 * 24 * time.Hour}

// purges is the stream of what was purged. A node that was away for longer makes all it has stored stale.
var purges = state.Stream{Kind: "purges", Keep: 24 * time.Hour}

// engine returns the link to the shared state: the running one for as long as its definition is the same.
func (b *compiler) engine() *state.Engine {
	c := b.conf.State
	if c == nil {
		return nil
	}
	if b.old != nil && b.old.state != nil && reflect.DeepEqual(b.old.conf.State, c) {
		return b.old.state
	}
	o := state.Options{
		Addresses: c.Addresses,
		Master:    c.Master,
		Username:  c.Username,
		Prefix:    c.Prefix,
		Timeout:   time.Duration(c.Timeout),
		Node:      b.gateway.name,
		Changed:   stateChanged,
	}
	for _, secret := range []struct {
		key   string
		value conf.Secret
		to    *func() (string, error)
	}{{"password", c.Password, &o.Password}, {"sentinel_password", c.Sentinel, &o.Sentinels}} {
		if secret.value.IsZero() {
			continue
		}
		if _, err := secret.value.Value(); err != nil {
			b.fail(err, "state", secret.key)
		}
		*secret.to = secret.value.Value
	}
	var err error
	if o.TLS, err = stateTLS(c.TLS); err != nil {
		b.fail(err, "state", "tls")
	}
	return state.New(o)
}

// stateChanged tells the operator; requests are decided by on_state_loss meanwhile.
func stateChanged(err error) {
	if err != nil {
		slog.Error("the shared state is lost", "cause", err)
		return
	}
	slog.Info("the shared state answers")
}

func stateTLS(c *conf.StateTLS) (*tls.Config, error) {
	if c == nil {
		return nil, nil
	}
	t := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: c.ServerName}
	if c.CA != "" {
		text, err := os.ReadFile(string(c.CA))
		if err != nil {
			return nil, err
		}
		t.RootCAs = x509.NewCertPool()
		if !t.RootCAs.AppendCertsFromPEM(text) {
			return nil, fmt.Errorf("%s holds no certificate", c.CA)
		}
	}
	if c.Cert != "" {
		pair, err := tls.LoadX509KeyPair(string(c.Cert), string(c.Key))
		if err != nil {
			return nil, err
		}
		t.Certificates = []tls.Certificate{pair}
	}
	return t, nil
}

// startState begins to share state, unless the table before has begun.
func (g *Gateway) startState(t, old *table) {
	if t.state != nil && (old == nil || old.state != t.state) {
		t.state.Start()
		t.state.Subscribe(revocations, revocationReader{g})
		t.state.Subscribe(purges, purgeReader{g})
	}
}

// retireState ends the sharing when the next table shares otherwise. It says goodbye to the other nodes, which takes a moment.
func (t *table) retireState(next *table) {
	if t.state != nil && t.state != next.state {
		go t.state.Close()
	}
}

// publish sends a message to the other nodes, if there are any.
func (g *Gateway) publish(s state.Stream, message []byte) error {
	if engine := g.table.Load().state; engine != nil {
		return engine.Publish(s, message)
	}
	return nil
}

// revocationReader puts in force what other nodes have revoked.
type revocationReader struct{ gateway *Gateway }

func (r revocationReader) Message(m state.Message) {
	if m.Own {
		return
	}
	var revoked revocation.Revocation
	err := json.Unmarshal(m.Payload, &revoked)
	if err == nil {
		err = r.gateway.auth.Revoke(revoked)
	}
	if err != nil {
		slog.Error("a revocation of another node is not in force", "cause", err)
	}
}

func (r revocationReader) Gap() {
	slog.Warn("revocations of other nodes may be missing: the shared state has lost its memory, or this node was away for too long")
}

// purgeReader carries out what was purged at other nodes.
type purgeReader struct{ gateway *Gateway }

func (r purgeReader) Message(m state.Message) {
	if !m.Own {
		r.purge(m.Payload)
	}
}

func (r purgeReader) Gap() { r.purge([]byte(`{"all": true, "soft": true}`)) }

func (r purgeReader) purge(body []byte) {
	r.gateway.mu.Lock()
	stores := r.gateway.answers != nil
	r.gateway.mu.Unlock()
	if !stores {
		return
	}
	if _, err := r.gateway.purge(body); err != nil {
		slog.Error("a purge of another node was not carried out", "cause", err)
	}
}

// writeState writes whether the shared state answers, and how many nodes share it.
func (g *Gateway) writeState(w io.Writer) {
	t := g.table.Load()
	if t == nil || t.state == nil {
		return
	}
	up := 0
	if t.state.Up() {
		up = 1
	}
	fmt.Fprintf(w, "sallyport_state_up %d\nsallyport_state_nodes %d\n", up, t.state.Nodes())
}
