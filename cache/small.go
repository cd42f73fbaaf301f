package cache

import (
	"bytes"
	"encoding/binary"
	"math"
	"math/bits"
	"sync/atomic"

	"github.com/coocood/freecache"
)

// small holds entries that are copied for every reader, in two ring buffers: newcomers are on trial in one of them, and
// move to the other, which holds the proven, when they are asked for again. A flood of newcomers overwrites newcomers.
type small struct {
	trial  *freecache.Cache
	proven *freecache.Cache
	clock  clock
	most   int // bytes of an entry
	index  int // bytes that the ring buffers use beside their rings
}

// trialShare is the part of the memory that is for newcomers.
const trialShare = 4

// largestSmall is where copying an entry begins to cost more than keeping count of its readers.
const largestSmall = 16 << 10

// The largest entry that a ring buffer takes is 1/1024 of it, less its own header.
const (
	entryHeader = 24
	entryShare  = 1024
	keyLength   = 16
)

func newSmall(size int) *small {
	s := new(small)
	s.trial = freecache.NewCacheCustomTimer(size/trialShare, &s.clock)
	s.proven = freecache.NewCacheCustomTimer(size-size/trialShare, &s.clock)
	s.most = min(largestSmall, size/trialShare/entryShare-entryHeader-keyLength)
	s.index = ringIndex(size/trialShare) + ringIndex(size-size/trialShare)
	return s
}

// ringIndex estimates what a ring buffer needs beside its ring: 256 x 256 slots of 16 bytes for as many entries as the
// fullest slot has, in powers of two, and its fixed part.
func ringIndex(size int) int {
	const slots, pointer, fixed, smallestEntry = 1 << 16, 16, 512 << 10, 320
	mean := float64(size) / slots / smallestEntry
	fullest := mean + 4*math.Sqrt(mean) + 3
	return slots*pointer<<bits.Len(uint(fullest)) + fixed
}

// clock is the ring buffers' clock: seconds, moved by those who look something up.
type clock struct{ seconds atomic.Uint32 }

// Now implements freecache.Timer.
func (c *clock) Now() uint32 { return c.seconds.Load() }

func (c *clock) move(now int64) {
	if s := uint32(now/1e9) + 1; s > c.seconds.Load() {
		c.seconds.Store(s)
	}
}

// An entry in a ring buffer is the lengths of its text and its meta, and then text, meta and body.
const smallHeader = 6

// get copies the entry into buf and returns what of it is meta and body.
func (s *small) get(k Key, text, buf []byte, now int64) (value, meta, body []byte, onTrial bool) {
	s.clock.move(now)
	key := k.bytes()
	value, err := s.proven.GetWithBuf(key[:], buf)
	if err != nil {
		if value, err = s.trial.GetWithBuf(key[:], buf); err == nil {
			onTrial = true
		} else if value, err = s.proven.GetWithBuf(key[:], buf); err != nil { // it may have moved between the two looks
			return nil, nil, nil, false
		}
	}
	meta, body, ok := split(value, text)
	if !ok {
		return value, nil, nil, false
	}
	return value, meta, body, onTrial
}

// split takes an entry apart; ok is false when it belongs to another text.
func split(value, text []byte) (meta, body []byte, ok bool) {
	if len(value) < smallHeader {
		return nil, nil, false
	}
	textEnd := smallHeader + int(binary.LittleEndian.Uint16(value))
	metaEnd := textEnd + int(binary.LittleEndian.Uint32(value[2:]))
	if metaEnd > len(value) || !bytes.Equal(value[smallHeader:textEnd], text) {
		return nil, nil, false
	}
	return value[textEnd:metaEnd:metaEnd], value[metaEnd:], true
}

// fits reports whether an entry of these parts can be stored.
func (s *small) fits(text, meta int, body int64) bool {
	return text <= 1<<15 && body <= largestSmall && smallHeader+text+meta+int(body) <= s.most
}

// promote moves an entry to the proven.
func (s *small) promote(k Key) {
	key := k.bytes()
	if value, err := s.trial.Get(key[:]); err == nil && s.proven.Set(key[:], value, 0) == nil {
		s.trial.Del(key[:])
	}
}

// set stores an entry, which fits; in place of a proven one it is proven.
func (s *small) set(k Key, text, meta, body []byte) {
	value := make([]byte, 0, smallHeader+len(text)+len(meta)+len(body))
	value = binary.LittleEndian.AppendUint16(value, uint16(len(text)))
	value = binary.LittleEndian.AppendUint32(value, uint32(len(meta)))
	value = append(append(append(value, text...), meta...), body...)
	key := k.bytes()
	if _, err := s.proven.Peek(key[:]); err == nil {
		s.proven.Set(key[:], value, 0)
	} else {
		s.trial.Set(key[:], value, 0)
	}
}

func (s *small) drop(k Key) {
	key := k.bytes()
	s.proven.Del(key[:])
	s.trial.Del(key[:])
}
