package cache

import (
	"bytes"
	"errors"
	"io"
	"sync"
	"testing"
	"time"
)

func readAll(r *Reader, pause time.Duration) ([]byte, error) {
	defer r.Close()
	var all []byte
	for {
		p, err := r.Next()
		if err != nil {
			return all, err
		}
		all = append(all, p...)
		time.Sleep(pause)
	}
}

// Readers that come at any time read all of it, and what is complete becomes an entry.
func TestBuffer(t *testing.T) {
	for _, size := range []int{0, 1, 1000, 70_000, 3 << 20} {
		for _, length := range []int64{-1, int64(size)} {
			s := NewStore(24 << 20)
			body := pattern(size)
			b := s.Buffer(length, 8<<20)
			var readers sync.WaitGroup
			read := func() {
				r := b.Reader()
				readers.Go(func() {
					if got, err := readAll(r, 0); err != io.EOF || !bytes.Equal(got, body) {
						t.Errorf("%d bytes of %d: %v", len(got), size, err)
					}
				})
			}
			read()
			for p := body; len(p) > 0; {
				n := min(len(p), 9999)
				if err := b.Write(p[:n]); err != nil {
					t.Fatal(err)
				}
				p = p[n:]
				if len(p)%30 == 0 {
					read()
				}
			}
			b.Finish(io.EOF, nil)
			text := []byte("text")
			if !b.Store(s.Key(text), text, []byte("meta")) {
				t.Errorf("%d bytes were not stored", size)
			}
			read()
			b.Release()
			if b.Reader() != nil {
				t.Error("a released buffer was read")
			}
			readers.Wait()
			if meta, got, ok := get(t, s, "text"); !ok || meta != "meta" || got != string(body) {
				t.Errorf("%d bytes: stored %v, %q, %d bytes", size, ok, meta, len(got))
			}
			s.Delete(s.Key(text))
			if used := s.Stats().Used; used != 0 {
				t.Errorf("%d bytes: %d bytes of the arena are lost", size, used)
			}
		}
	}
}

// A body beyond the limit goes to all who read it, through a window, and is not stored.
func TestBufferStreamsPast(t *testing.T) {
	for _, length := range []int64{-1, 5 << 20} {
		s := NewStore(24 << 20)
		body := pattern(5 << 20)
		b := s.Buffer(length, 1<<20)
		var readers sync.WaitGroup
		for i := range 3 {
			r := b.Reader()
			readers.Go(func() {
				if got, err := readAll(r, time.Duration(i)*100*time.Microsecond); err != io.EOF || !bytes.Equal(got, body) {
					t.Errorf("%d bytes: %v", len(got), err)
				}
			})
		}
		leaves := b.Reader()
		b.Write(body[:1])
		leaves.Next()
		leaves.Close()
		for p := body[1:]; len(p) > 0; {
			n := min(len(p), 10_000)
			if err := b.Write(p[:n]); err != nil {
				t.Fatal(err)
			}
			p = p[n:]
			if len(b.past) > pastWindow {
				t.Fatalf("%d pieces are kept", len(b.past))
			}
		}
		b.Finish(io.EOF, nil)
		if b.Reader() != nil {
			t.Error("a reader began where the beginning is gone")
		}
		if b.Store(s.Key([]byte("x")), []byte("x"), nil) {
			t.Error("stored a body that streamed past")
		}
		b.Release()
		readers.Wait()
		if used := s.Stats().Used; used != 0 {
			t.Errorf("%d bytes of the arena are lost", used)
		}
	}
}

func TestBufferWithoutReaders(t *testing.T) {
	s := NewStore(24 << 20)
	b := s.Buffer(-1, 100_000)
	r := b.Reader()
	b.Write(pattern(50_000))
	r.Close()
	if err := b.Write(pattern(1 << 20)); err != ErrNoReaders {
		t.Errorf("%v", err)
	}
	b.Finish(ErrNoReaders, nil)
	b.Release()
	if used := s.Stats().Used; used != 0 {
		t.Errorf("%d bytes of the arena are lost", used)
	}
}

// What ends early is cut for every reader, and never an entry.
func TestBufferBroken(t *testing.T) {
	s := NewStore(24 << 20)
	broken := errors.New("connection reset")
	b := s.Buffer(1000, 100_000)
	r := b.Reader()
	b.Write(pattern(500))
	b.Finish(broken, nil)
	if got, err := readAll(r, 0); err != broken || len(got) != 500 {
		t.Errorf("%d bytes, %v", len(got), err)
	}
	if b.Store(s.Key([]byte("x")), []byte("x"), nil) {
		t.Error("stored a broken body")
	}
	b.Release()
	if used := s.Stats().Used; used != 0 {
		t.Errorf("%d bytes of the arena are lost", used)
	}
}
