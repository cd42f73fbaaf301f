package state

import (
	"context"
	"crypto/rand"
	"errors"
	"sync/atomic"
	"time"
)

// members is the nodes last known alive.
type members struct {
	names atomic.Pointer[[]string]
	count atomic.Int64

	epoch   string    // touched by the beat alone
	settles time.Time // until then the nodes of a store that has lost its memory are still coming back
}

// Nodes is how many nodes were alive when the store last answered, this one among them.
func (e *Engine) Nodes() int { return int(e.members.count.Load()) }

// Members are the names of those nodes, in no order.
func (e *Engine) Members() []string {
	if names := e.members.names.Load(); names != nil {
		return *names
	}
	return []string{e.node}
}

func (e *Engine) clusterKeys() []string {
	return []string{e.options.Prefix + "{cluster}:nodes", e.options.Prefix + "{cluster}:epoch"}
}

// beat sends a sign of life and learns who else is alive.
func (e *Engine) beat(ctx context.Context) error {
	c, err := e.connect()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(ctx, slowest/2)
	defer cancel()
	life := formatInt(aliveFor.Milliseconds())
	answer, err := beatScript.run(ctx, c, e.clusterKeys(), []string{e.node, life, rand.Text()}).ToArray()
	if err != nil {
		return err
	}
	if len(answer) != 2 {
		return errors.New("the shared state answers a beat with something else")
	}
	epoch, err := answer[0].ToString()
	if err != nil {
		return err
	}
	names, err := answer[1].AsStrSlice()
	if err != nil {
		return err
	}
	m := &e.members
	if m.epoch != epoch {
		if m.epoch != "" {
			e.lives.Add(1)
			m.settles = time.Now().Add(2 * beatEvery)
		}
		m.epoch = epoch
	}
	count := int64(max(1, len(names)))
	if time.Now().Before(m.settles) {
		count = max(count, m.count.Load())
	}
	m.names.Store(&names)
	m.count.Store(count)
	return nil
}

// leave tells the others that this node is gone.
func (e *Engine) leave() {
	if c := e.client.Load(); c != nil {
		ctx, cancel := context.WithTimeout(context.Background(), slowest/2)
		defer cancel()
		(*c).Do(ctx, (*c).B().Zrem().Key(e.clusterKeys()[0]).Member(e.node).Build())
	}
}
