package state

import (
	"context"
	"errors"
	"time"

	"github.com/redis/rueidis"
)

const (
	outboxSize = 1024 // messages that wait for the store
	readAtOnce = 256
	readBlock  = time.Second
)

// ErrFull is the answer to a message while too many are already waiting for the store.
var ErrFull = errors.New("too many messages wait for the shared state")

// Stream is a kind of message that every node must get, such as revocations. Keep is how long a message is worth
// something: a node that was away no longer than that misses nothing. All nodes must say the same.
type Stream struct {
	Kind string
	Keep time.Duration
}

type message struct {
	stream  Stream
	payload string
}

// Message is one message of a stream.
type Message struct {
	ID      string // of the store: later messages have later ids
	Own     bool   // this node sent it
	Payload []byte
}

// Reader gets a stream's messages: from the oldest that is kept, in order, each at least once, this node's own too. It is
// called from one goroutine.
type Reader interface {
	Message(m Message)
	// Gap says that messages may be missing: this node was away for longer than they are kept, or the store has lost
	// its memory. A node then drops what might be stale, and sends again what the others must know.
	Gap()
}

// Publish sends a message to all nodes, later when the store is away now. It does not wait. Messages are sent in order,
// and twice when the store does not say whether it got one.
func (e *Engine) Publish(s Stream, payload []byte) error {
	select {
	case e.outbox <- message{s, string(payload)}:
		return nil
	default:
		return ErrFull
	}
}

func (e *Engine) streamKey(s Stream) string { return e.options.Prefix + "stream:" + s.Kind }

// publish empties the outbox.
func (e *Engine) publish(ctx context.Context) {
	for {
		select {
		case <-ctx.Done():
			return
		case m := <-e.outbox:
			for e.send(ctx, m) != nil && sleep(ctx, probeEvery) {
			}
		}
	}
}

func (e *Engine) send(ctx context.Context, m message) error {
	client := e.client.Load()
	if client == nil || !e.Up() {
		return ErrUnavailable
	}
	ctx, cancel := context.WithTimeout(ctx, slowest)
	defer cancel()
	args := []string{formatInt(m.stream.Keep.Milliseconds()), e.node, m.payload}
	err := sendScript.run(ctx, *client, []string{e.streamKey(m.stream)}, args).Error()
	e.judge(err)
	return err
}

// Subscribe reads a stream until Close.
func (e *Engine) Subscribe(s Stream, r Reader) {
	e.done.Go(func() { e.read(e.ctx, s, r) })
}

// read follows a stream by id, so that a break in the connection loses nothing.
func (e *Engine) read(ctx context.Context, s Stream, r Reader) {
	const begin = "0"
	last, life, seen := begin, e.lives.Load(), time.Time{}
	for ctx.Err() == nil {
		entries, err := e.next(ctx, s, last)
		if err != nil {
			if !sleep(ctx, probeEvery) {
				return
			}
			continue
		}
		if now := e.lives.Load(); now != life {
			// What was just read may belong to either life: begin again.
			life, last, seen = now, begin, time.Now()
			r.Gap()
			continue
		}
		if !seen.IsZero() && time.Since(seen) > s.Keep {
			r.Gap()
		}
		seen = time.Now()
		for _, entry := range entries {
			last = entry.ID
			r.Message(Message{entry.ID, entry.FieldValues["from"] == e.node, []byte(entry.FieldValues["data"])})
		}
	}
}

// next waits a while for messages after an id.
func (e *Engine) next(ctx context.Context, s Stream, after string) ([]rueidis.XRangeEntry, error) {
	client := e.client.Load()
	if client == nil || !e.Up() {
		return nil, ErrUnavailable
	}
	ctx, cancel := context.WithTimeout(ctx, readBlock+slowest)
	defer cancel()
	key := e.streamKey(s)
	read := (*client).B().Xread().Count(readAtOnce).Block(readBlock.Milliseconds()).Streams().Key(key).Id(after).Build()
	streams, err := (*client).Do(ctx, read).AsXRead()
	if rueidis.IsRedisNil(err) {
		return nil, nil
	}
	return streams[key], err
}

// sleep reports whether ctx still lasts after d.
func sleep(ctx context.Context, d time.Duration) bool {
	select {
	case <-ctx.Done():
		return false
	case <-time.After(d):
		return true
	}
}
