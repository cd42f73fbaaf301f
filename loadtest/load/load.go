// Package load is a small HTTP/1.1 load generator: raw requests over keep-alive connections, with a latency histogram.
package load

import (
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Options describe a run.
type Options struct {
	Address     string        // host:port
	Requests    [][]byte      // raw requests; every connection sends them in turn
	Connections int           // kept open all the time
	Duration    time.Duration // of sending; answers under way are waited for
	Rate        int           // requests a second over all connections; 0 is as fast as the answers come
	TLS         *tls.Config   // speak TLS
}

// Result is what a run counted.
type Result struct {
	Requests int64 // answered
	Classes  [6]int64
	Errors   int64 // connections that could not be made or ended without an answer
	Elapsed  time.Duration
	// Latency runs from the sending of a request to the end of its answer; at a given rate from when it was due, if
	// all connections were busy then.
	Latency Histogram
}

// Failed is how many requests were not answered as class wants, 2 for 2xx.
func (r *Result) Failed(class int) int64 { return r.Requests - r.Classes[class] + r.Errors }

// answerTimeout is how long an answer may take.
const answerTimeout = 10 * time.Second

// Run sends load until the duration has passed. An error means that no connection could be made.
func Run(o Options) (*Result, error) {
	if o.Connections < 1 || len(o.Requests) == 0 {
		return nil, errors.New("load: needs connections and requests")
	}
	r := &run{options: o}
	senders := make([]*sender, o.Connections)
	for i := range senders {
		senders[i] = &sender{run: r, turn: i}
		if err := senders[i].dial(); err != nil {
			for _, s := range senders[:i] {
				s.conn.Close()
			}
			return nil, fmt.Errorf("load: %w", err)
		}
	}
	r.start = time.Now()
	r.end = r.start.Add(o.Duration)
	var sending sync.WaitGroup
	for _, s := range senders {
		sending.Go(s.send)
	}
	sending.Wait()
	total := &Result{Elapsed: time.Since(r.start)}
	for _, s := range senders {
		total.Requests += s.result.Requests
		total.Errors += s.result.Errors
		for i, n := range s.result.Classes {
			total.Classes[i] += n
		}
		total.Latency.Merge(&s.result.Latency)
	}
	return total, nil
}

type run struct {
	options    Options
	start, end time.Time
	tickets    atomic.Int64
}

// due waits until the next request may be sent and returns when it should have been; false when the run is over.
func (r *run) due() (time.Time, bool) {
	now := time.Now()
	if r.options.Rate <= 0 {
		return now, now.Before(r.end)
	}
	ticket := r.tickets.Add(1) - 1
	due := r.start.Add(time.Duration(ticket) * time.Second / time.Duration(r.options.Rate))
	if !due.Before(r.end) {
		return due, false
	}
	if wait := due.Sub(now); wait > 0 {
		time.Sleep(wait)
		due = time.Now() // a timer that is late is not the answerer's fault
	}
	return due, true
}

// sender is one connection's loop.
type sender struct {
	run    *run
	turn   int
	conn   net.Conn
	reader reader
	result Result
}

func (s *sender) dial() (err error) {
	o := &s.run.options
	s.conn, err = net.DialTimeout("tcp", o.Address, answerTimeout)
	if err == nil && o.TLS != nil {
		s.conn = tls.Client(s.conn, o.TLS)
	}
	s.reader.reset(s.conn)
	return err
}

func (s *sender) send() {
	defer func() { s.conn.Close() }()
	for {
		due, ok := s.run.due()
		if !ok {
			return
		}
		code, keep, err := s.exchange()
		if err == nil {
			s.result.Requests++
			s.result.Classes[code/100]++
			s.result.Latency.Add(time.Since(due))
		} else {
			s.result.Errors++
		}
		if !keep || err != nil {
			s.conn.Close()
			for s.dial() != nil {
				s.result.Errors++
				if time.Now().After(s.run.end) {
					return
				}
				time.Sleep(10 * time.Millisecond)
			}
		}
	}
}

// exchange sends the next request and reads its answer.
func (s *sender) exchange() (code int, keep bool, err error) {
	requests := s.run.options.Requests
	request := requests[s.turn%len(requests)]
	s.turn++
	if s.reader.stale() { // a deadline for each hundredth exchange is enough to never hang
		s.conn.SetDeadline(time.Now().Add(2 * answerTimeout))
	}
	if _, err := s.conn.Write(request); err != nil {
		return 0, false, err
	}
	code, keep, err = s.reader.answer()
	if err == nil && (code < 100 || code > 599) {
		err = io.ErrUnexpectedEOF
	}
	return code, keep, err
}
