package state

import (
	"encoding/hex"
	"errors"
	"strconv"
	"time"

	"context"
	"sync"
	"sync/atomic"

	"github.com/redis/rueidis"
)

const (
	workers   = 2   // goroutines that carry calls to the store
	batchSize = 256 // calls they carry at once
)

// Window is one window of a shared limit.
type Window struct {
	Count int64         // tokens that come back
	Per   time.Duration // in this time; at least a microsecond
	Burst int64         // the whole bucket
}

// Limit is a limit that the nodes share. Nodes share those of the same name and windows.
type Limit struct {
	engine *Engine
	prefix string   // of the keys of its buckets
	args   []string // the windows, as the script takes them
}

// Limit prepares a shared limit. The windows are part of its identity: one that is changed begins anew.
func (e *Engine) Limit(name string, windows ...Window) *Limit {
	l := &Limit{engine: e, prefix: e.options.Prefix + "limit:" + name}
	for _, w := range windows {
		count, period, burst := formatInt(w.Count), formatInt(w.Per.Microseconds()), formatInt(w.Burst)
		l.prefix += ":" + count + "/" + period + "+" + burst
		l.args = append(l.args, count, period, burst)
	}
	l.prefix += ":"
	return l
}

// Ask is a request for tokens of one bucket.
type Ask struct {
	Key    [16]byte // whose bucket: a digest that all nodes make alike
	Need   int64    // fewer are of no use
	Want   int64    // more are not wanted; at least Need, or below zero with tokens that come back
	Filled int64    // the per mille of a whole bucket to begin with, where the store has forgotten it or never knew it
	Owed   int64    // the per mille of a whole bucket that was granted without the store
}

// Grant is the store's answer.
type Grant struct {
	Tokens    int64         // 0, or from Need to Want
	Wait      time.Duration // when it is 0: until Need could be granted
	Window    int           // which window decided
	Remaining int64         // what that one still holds
}

// call is an ask on its way. Who waits for it and who carries it may let go of it in either order; the second one
// gives it back to the pool.
type call struct {
	limit *Limit
	ask   Ask
	then  func(Grant, error) // when nobody waits
	grant Grant
	err   error
	ready chan struct{}
	timer *time.Timer
	left  atomic.Bool // one side has let go
}

var callPool = sync.Pool{New: func() any {
	c := &call{ready: make(chan struct{}, 1), timer: time.NewTimer(time.Hour)}
	c.timer.Stop()
	return c
}}

func (c *call) release() {
	if c.left.Swap(true) {
		c.left.Store(false)
		c.limit, c.then, c.err, c.grant = nil, nil, nil, Grant{}
		select {
		case <-c.ready:
		default:
		}
		callPool.Put(c)
	}
}

// Take asks the store for tokens and waits, no longer than the engine's timeout. The error is ErrUnavailable.
func (l *Limit) Take(a Ask) (Grant, error) {
	e := l.engine
	if !e.Up() {
		return Grant{}, ErrUnavailable
	}
	c := callPool.Get().(*call)
	c.limit, c.ask = l, a
	select {
	case e.calls <- c:
	default: // the store is far behind
		c.left.Store(true)
		c.release()
		return Grant{}, ErrUnavailable
	}
	c.timer.Reset(e.options.Timeout)
	defer c.release()
	select {
	case <-c.ready:
		c.timer.Stop()
		return c.grant, c.err
	case <-c.timer.C:
		e.breaker.slow(context.DeadlineExceeded)
		return Grant{}, ErrUnavailable
	}
}

// Begin is Take for who does not wait: then is called later, from another goroutine, and must not block. It returns
// false, and then will not be called, when the store is away or far behind.
func (l *Limit) Begin(a Ask, then func(Grant, error)) bool {
	if !l.engine.Up() {
		return false
	}
	c := callPool.Get().(*call)
	c.limit, c.ask, c.then = l, a, then
	c.left.Store(true) // nobody waits
	select {
	case l.engine.calls <- c:
		return true
	default:
		c.release()
		return false
	}
}

// work carries calls to the store, as many at once as have gathered meanwhile.
func (e *Engine) work(ctx context.Context) {
	batch := make([]*call, 0, batchSize)
	commands := make([]rueidis.Completed, 0, batchSize)
	for {
		select {
		case <-ctx.Done():
			return
		case c := <-e.calls:
			batch = append(batch[:0], c)
		}
	gather:
		for len(batch) < batchSize {
			select {
			case c := <-e.calls:
				batch = append(batch, c)
			default:
				break gather
			}
		}
		e.carry(ctx, batch, commands)
	}
}

func (e *Engine) carry(ctx context.Context, batch []*call, commands []rueidis.Completed) {
	client := e.client.Load()
	if client == nil || !e.Up() {
		for _, c := range batch {
			c.finish(Grant{}, ErrUnavailable)
		}
		return
	}
	ctx, cancel := context.WithTimeout(ctx, 2*e.options.Timeout)
	defer cancel()
	commands = commands[:0]
	for _, c := range batch {
		commands = append(commands, takeScript.command(*client, "EVALSHA", takeScript.digest, c.keys(), c.args()))
	}
	for i, r := range (*client).DoMulti(ctx, commands...) {
		c := batch[i]
		if unknownScript(r.Error()) {
			r = (*client).Do(ctx, takeScript.command(*client, "EVAL", takeScript.text, c.keys(), c.args()))
		}
		grant, err := readGrant(r)
		e.judge(err)
		c.finish(grant, err)
	}
}

// judge lets the breaker know how a call went.
func (e *Engine) judge(err error) {
	switch {
	case err == nil:
		e.breaker.good()
	case errors.Is(err, context.Canceled):
	case errors.Is(err, context.DeadlineExceeded):
		e.breaker.slow(err)
	default:
		e.breaker.trip(err)
	}
}

func (c *call) keys() []string {
	return []string{c.limit.prefix + hex.EncodeToString(c.ask.Key[:])}
}

func (c *call) args() []string {
	return append([]string{formatInt(c.ask.Need), formatInt(c.ask.Want), formatInt(c.ask.Filled), formatInt(c.ask.Owed)}, c.limit.args...)
}

// finish hands the answer over and lets go of the call.
func (c *call) finish(g Grant, err error) {
	if err != nil {
		err = ErrUnavailable
	}
	if c.then != nil {
		c.then(g, err)
	} else {
		c.grant, c.err = g, err
		c.ready <- struct{}{}
	}
	c.release()
}

func readGrant(r rueidis.RedisResult) (Grant, error) {
	n, err := r.AsIntSlice()
	if err != nil {
		return Grant{}, err
	}
	if len(n) != 4 {
		return Grant{}, errors.New("the shared state answers with something else than a grant")
	}
	return Grant{Tokens: n[0], Wait: time.Duration(n[1]) * time.Microsecond, Window: int(n[2]), Remaining: n[3]}, nil
}

func formatInt(n int64) string { return strconv.FormatInt(n, 10) }
