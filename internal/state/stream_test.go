package state

import (
	"fmt"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"sallyport/internal/state/statetest"
)

// journal is a Reader that writes down what it gets.
type journal struct {
	mu   sync.Mutex
	list []string
	own  int
	gaps int
}

func (j *journal) Message(m Message) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.list = append(j.list, string(m.Payload))
	if m.Own {
		j.own++
	}
}

func (j *journal) Gap() { j.mu.Lock(); j.gaps++; j.mu.Unlock() }

// has reports whether the journal holds these messages in this order, each at least once.
func (j *journal) has(want ...string) bool {
	j.mu.Lock()
	defer j.mu.Unlock()
	return strings.Join(slices.Compact(slices.Clone(j.list)), " ") == strings.Join(want, " ")
}

func (j *journal) gapCount() int { j.mu.Lock(); defer j.mu.Unlock(); return j.gaps }

var testStream = Stream{Kind: "test", Keep: time.Minute}

func TestStreamReachesAllNodes(t *testing.T) {
	store := statetest.Start(t)
	a, b := start(t, store, "a"), start(t, store, "b")
	var ja, jb, late, other journal
	a.Subscribe(testStream, &ja)
	b.Subscribe(testStream, &jb)
	b.Subscribe(Stream{"other", time.Minute}, &other)
	for i := range 20 {
		if err := a.Publish(testStream, fmt.Appendf(nil, "m%d", i)); err != nil {
			t.Fatal(err)
		}
	}
	var want []string
	for i := range 20 {
		want = append(want, fmt.Sprintf("m%d", i))
	}
	until(t, "a has all", func() bool { return ja.has(want...) })
	until(t, "b has all", func() bool { return jb.has(want...) })
	if ja.own < 20 || jb.own != 0 {
		t.Errorf("own messages: %d of a's, %d of b's", ja.own, jb.own)
	}
	c := start(t, store, "c") // a node that comes later
	c.Subscribe(testStream, &late)
	until(t, "the late one has all", func() bool { return late.has(want...) })
	if !other.has() || ja.gaps+jb.gaps+late.gaps != 0 {
		t.Errorf("another kind got %v; gaps: %d %d %d", other.list, ja.gaps, jb.gaps, late.gaps)
	}
}

// What is published while the store hangs arrives when it goes on, in order.
func TestStreamOverAHang(t *testing.T) {
	store := statetest.Start(t)
	a, b := start(t, store, "a"), start(t, store, "b")
	var jb journal
	b.Subscribe(testStream, &jb)
	a.Publish(testStream, []byte("before"))
	until(t, "the first message", func() bool { return jb.has("before") })
	store.Hang()
	until(t, "a sees the loss", func() bool { return !a.Up() })
	a.Publish(testStream, []byte("while"))
	a.Publish(testStream, []byte("still"))
	store.Resume()
	until(t, "the others", func() bool { return jb.has("before", "while", "still") })
	if jb.gapCount() != 0 {
		t.Errorf("%d gaps", jb.gapCount())
	}
}

// A store that has lost its memory is told apart from one that was away.
func TestStreamOverACrash(t *testing.T) {
	store := statetest.Start(t)
	a, b := start(t, store, "a"), start(t, store, "b")
	var jb journal
	b.Subscribe(testStream, &jb)
	a.Publish(testStream, []byte("before"))
	until(t, "the first message", func() bool { return jb.has("before") })
	store.Kill()
	until(t, "a sees the loss", func() bool { return !a.Up() })
	a.Publish(testStream, []byte("while"))
	store.Restart()
	until(t, "a gap", func() bool { return jb.gapCount() == 1 })
	until(t, "what was published meanwhile", func() bool { return jb.has("before", "while") })
	a.Publish(testStream, []byte("after"))
	until(t, "what was published after", func() bool { return jb.has("before", "while", "after") })
}

// A message that nobody needs any more is dropped; who was away for longer than that is told.
func TestStreamForgets(t *testing.T) {
	store := statetest.Start(t)
	brief := Stream{Kind: "brief", Keep: 300 * time.Millisecond}
	a, b := start(t, store, "a"), start(t, store, "b")
	var jb journal
	b.Subscribe(brief, &jb)
	a.Publish(brief, []byte("one"))
	until(t, "the message", func() bool { return jb.has("one") })
	store.Hang()
	until(t, "b sees the loss", func() bool { return !b.Up() })
	time.Sleep(2 * brief.Keep)
	store.Resume()
	until(t, "a gap", func() bool { return jb.gapCount() > 0 })
}

func TestPublishBounded(t *testing.T) {
	e := New(Options{Addresses: []string{"127.0.0.1:1"}, Timeout: time.Millisecond})
	for range outboxSize {
		if err := e.Publish(testStream, nil); err != nil {
			t.Fatal(err)
		}
	}
	if err := e.Publish(testStream, nil); err != ErrFull {
		t.Errorf("%v", err)
	}
	e.Start()
	e.Close()
}
