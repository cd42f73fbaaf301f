// Package state is what the nodes of a cluster share, kept in a Redis or Valkey: buckets that are leased in slices, streams
// of messages that a node which was away catches up with, and the list of nodes that are alive.
//
// The store is never needed to start or to serve: whatever asks it gets an answer within a deadline, and at once while
// the store is known to be away. Only the store's clock counts.
package state

import (
	"context"
	"crypto/rand"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"github.com/redis/rueidis"
)

// ErrUnavailable is the answer while the store cannot be reached, or has not answered in time.
var ErrUnavailable = errors.New("the shared state cannot be reached")

// Options say where the store is and how long a request may wait for it.
type Options struct {
	Addresses []string // one server, the seeds of a Redis Cluster, or the Sentinels
	Master    string   // the name the Sentinels know the server by; "" when there are none
	Username  string
	Password  func() (string, error) // read for each connection, so that it may change; nil: none
	Sentinels func() (string, error) // the password of the Sentinels; nil: none
	TLS       *tls.Config            // nil: none
	Prefix    string                 // of every key
	Timeout   time.Duration          // the longest that Take waits
	Node      string                 // this node's name; made unique with a suffix

	// Changed, when set, is told that the store was lost (with the reason) or is back (with nil). It must not block.
	Changed func(err error)
}

const (
	beatEvery  = time.Second             // between signs of life
	aliveFor   = 3500 * time.Millisecond // without one, a node counts as gone
	probeEvery = 100 * time.Millisecond  // between attempts to reach a store that is away
	slowest    = time.Second             // for what no request waits for
)

// Engine is one node's link to the store. All methods may be called from concurrently running goroutines.
type Engine struct {
	options Options
	node    string
	client  atomic.Pointer[rueidis.Client] // nil until the store was reached for the first time
	breaker breaker
	calls   chan *call
	outbox  chan message
	members members
	lives   atomic.Uint64   // how many lives of the store were seen: it grows when the store has lost its memory
	ctx     context.Context // lasts from New to Close
	stop    context.CancelFunc
	once    sync.Once
	done    sync.WaitGroup
}

// New makes an engine that does nothing until Start.
func New(o Options) *Engine {
	var suffix [4]byte
	rand.Read(suffix[:])
	e := &Engine{
		options: o,
		node:    o.Node + "-" + hex.EncodeToString(suffix[:]),
		calls:   make(chan *call, 4*batchSize),
		outbox:  make(chan message, outboxSize),
	}
	e.ctx, e.stop = context.WithCancel(context.Background())
	e.breaker.init(o.Changed)
	e.members.count.Store(1)
	return e
}

// credentials answers for each connection.
func credentials(user string, password func() (string, error)) func(rueidis.AuthCredentialsContext) (rueidis.AuthCredentials, error) {
	if password == nil {
		return nil
	}
	return func(rueidis.AuthCredentialsContext) (rueidis.AuthCredentials, error) {
		secret, err := password()
		return rueidis.AuthCredentials{Username: user, Password: secret}, err
	}
}

// Start begins to reach for the store. It returns at once and never fails; an engine that has begun stays as it is.
func (e *Engine) Start() {
	e.once.Do(e.start)
}

func (e *Engine) start() {
	e.done.Go(func() { e.keep(e.ctx) })
	e.done.Go(func() { e.publish(e.ctx) })
	for range workers {
		e.done.Go(func() { e.work(e.ctx) })
	}
}

// Close says goodbye to the other nodes and ends everything that Start and Subscribe began.
func (e *Engine) Close() {
	if e.Up() {
		e.leave()
	}
	e.stop()
	e.done.Wait()
	e.breaker.isUp.Store(false) // nobody waits for the answers that will not come
	if c := e.client.Load(); c != nil {
		(*c).Close()
	}
}

// Up reports whether the store answers.
func (e *Engine) Up() bool { return e.breaker.closed() }

// Node is this node's name among the members.
func (e *Engine) Node() string { return e.node }

// keep sends signs of life for as long as ctx lasts. They are also what finds out that the store is back: no request
// ever has to try.
func (e *Engine) keep(ctx context.Context) {
	for ctx.Err() == nil {
		pause := beatEvery
		if err := e.beat(ctx); err != nil {
			e.breaker.trip(err)
			pause = probeEvery
		} else {
			e.breaker.reset()
		}
		if !e.Up() {
			pause = probeEvery
		}
		select {
		case <-ctx.Done():
		case <-e.breaker.tripped: // do not wait for the next beat to look again
		case <-time.After(pause):
		}
	}
}

// connect returns the client, and makes it first where there is none yet.
func (e *Engine) connect() (rueidis.Client, error) {
	if c := e.client.Load(); c != nil {
		return *c, nil
	}
	o := &e.options
	option := rueidis.ClientOption{
		InitAddress:        o.Addresses,
		AuthCredentialsFn:  credentials(o.Username, o.Password),
		TLSConfig:          o.TLS,
		ClientName:         e.node,
		Dialer:             net.Dialer{Timeout: slowest / 2, KeepAlive: slowest / 2},
		ConnWriteTimeout:   slowest / 2,
		DisableCache:       true,
		DisableRetry:       true, // a request that failed is decided here, at once
		RingScaleEachConn:  9,
		ReadBufferEachConn: 64 << 10, WriteBufferEachConn: 64 << 10,
		BlockingPoolSize: 16,
	}
	if o.Master != "" {
		option.Sentinel = rueidis.SentinelOption{MasterSet: o.Master, TLSConfig: o.TLS, Dialer: option.Dialer}
		if o.Sentinels != nil {
			password, err := o.Sentinels()
			if err != nil {
				return nil, err
			}
			option.Sentinel.Password = password
		}
	}
	c, err := rueidis.NewClient(option)
	if err != nil {
		return nil, err
	}
	e.client.Store(&c)
	return c, nil
}
