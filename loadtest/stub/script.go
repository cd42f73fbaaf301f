package stub

import (
	"fmt"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// Script is what to do for one request, written as a query string. Nothing written is a plain answer of 200 bytes
// (10 KiB where the path ends in /10k). Times are as in "50ms", counts are bytes.
//
//	status=503      the status
//	size=4096       bytes of body
//	header=A:b      a further field; may stand several times
//	delay=50ms      wait before the answer's head
//	hints=1         send 103 Early Hints first
//	chunked=1       frame the body in chunks of piece bytes
//	piece=1024      write the body in pieces of so many bytes ...
//	pace=10ms       ... and wait so long before each
//	sse=5           so many server-sent events, pace apart; 0 of them never end
//	read=10ms       wait before every read of the request's body
//	early=1         answer without reading the request's body, and close
//	echo=1          the body is the request as it was received
//	cut=100         close after so many bytes of the body
//	reset=100       reset after so many bytes of the body; reset=head resets instead of an answer
//	hang=1          never answer
//	close=1         say Connection: close and close; close=silent closes without a word
//	late=junk       write this after the answer, once after has passed
//	after=5ms
//	plain=1         answer plainly: for an X-Stub field beside a query that is meant for others
//	every=10        do all this to each tenth request, and answer the others plainly
type Script struct {
	Status  int
	Size    int // -1: by the path
	Headers []string
	Delay   time.Duration
	Hints   bool
	Chunked bool
	Piece   int
	Pace    time.Duration
	Events  int // -1: none; 0: without end
	Read    time.Duration
	Early   bool
	Echo    bool
	Cut     int // -1: never
	Reset   int // -1: never; resetHead: instead of an answer
	Hang    bool
	Close   bool
	Silent  bool
	Late    string
	After   time.Duration
	Every   int64

	plain bool
}

const resetHead = -2

var plainScript = Script{Status: 200, Size: -1, Piece: 16 << 10, Events: -1, Cut: -1, Reset: -1, plain: true}

// ParseScript reads a script; an unknown word or a bad value is an error that names it.
func ParseScript(query string) (Script, error) {
	s := plainScript
	if query == "" || query == "plain=1" {
		return s, nil
	}
	values, err := url.ParseQuery(query)
	if err != nil {
		return s, fmt.Errorf("stub: script %q: %w", query, err)
	}
	s.plain = false
	for name, all := range values {
		if name == "header" {
			s.Headers = all
			continue
		}
		if err := s.set(name, all[len(all)-1]); err != nil {
			return s, fmt.Errorf("stub: script %s=%q: %w", name, all[len(all)-1], err)
		}
	}
	return s, nil
}

func (s *Script) set(name, value string) (err error) {
	switch name {
	case "status":
		s.Status, err = strconv.Atoi(value)
	case "size":
		s.Size, err = count(value)
	case "delay":
		s.Delay, err = time.ParseDuration(value)
	case "hints":
		s.Hints, err = strconv.ParseBool(value)
	case "chunked":
		s.Chunked, err = strconv.ParseBool(value)
	case "piece":
		s.Piece, err = count(value)
		s.Piece = max(1, s.Piece)
	case "pace":
		s.Pace, err = time.ParseDuration(value)
	case "sse":
		s.Events, err = count(value)
	case "read":
		s.Read, err = time.ParseDuration(value)
	case "early":
		s.Early, err = strconv.ParseBool(value)
	case "echo":
		s.Echo, err = strconv.ParseBool(value)
	case "cut":
		s.Cut, err = count(value)
	case "reset":
		if value == "head" {
			s.Reset = resetHead
			return nil
		}
		s.Reset, err = count(value)
	case "hang":
		s.Hang, err = strconv.ParseBool(value)
	case "close":
		s.Silent = value == "silent"
		if !s.Silent {
			s.Close, err = strconv.ParseBool(value)
		}
	case "late":
		s.Late = value
	case "after":
		s.After, err = time.ParseDuration(value)
	case "every":
		s.Every, err = strconv.ParseInt(value, 10, 64)
	default:
		return fmt.Errorf("no such word; there are %s", strings.Join(words, ", "))
	}
	return err
}

var words = []string{"status", "size", "header", "delay", "hints", "chunked", "piece", "pace", "sse", "read", "early",
	"echo", "cut", "reset", "hang", "close", "late", "after", "every"}

// count reads a number of bytes or things, at most 1 GiB.
func count(value string) (int, error) {
	n, err := strconv.ParseUint(value, 10, 31)
	if err == nil && n > 1<<30 {
		err = strconv.ErrRange
	}
	return int(n), err
}
