// Package stub is an upstream that does what it is told: it answers plainly and cheaply by default, and slowly,
// brokenly or with hostile bytes where a request or its owner asks for it. It counts what it is sent, and keeps every
// byte of it where a Recorder is given.
//
// A request tells the stub what to do in its query (or in an X-Stub field of the same grammar): see Script.
package stub

import (
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"sync/atomic"
	"time"
)

// Options say what a stub does beyond answering 200 with 200 bytes.
type Options struct {
	Address  string                // where to listen; "" is a free port of 127.0.0.1
	Node     string                // sent as Stub-Node with every answer that the stub writes itself, if not empty
	Default  string                // a script for requests that bring none, in the grammar of Script
	Idle     time.Duration         // announced as Keep-Alive and kept: idle connections are closed after it; 0 is never
	TLS      *tls.Config           // serve TLS
	Recorder *Recorder             // keeps the bytes of every connection
	Answer   func(*Request) []Step // what to play; queries are no scripts then, and nil is the plain answer
}

// Stats are counts since the start.
type Stats struct {
	Connections int64 // accepted
	Open        int64 // open now
	Idle        int64 // of these, those that wait for a request
	Requests    int64 // whose head came whole
}

// Server is a running stub.
type Server struct {
	options  Options
	fallback Script
	listener net.Listener
	answers  atomic.Pointer[answers]
	done     chan struct{}
	served   sync.WaitGroup

	connections, requests atomic.Int64

	mu    sync.Mutex
	conns map[*conn]struct{} // nil once closed
}

// Start starts a stub.
func Start(o Options) (*Server, error) {
	fallback, err := ParseScript(o.Default)
	if err != nil {
		return nil, err
	}
	if o.Address == "" {
		o.Address = "127.0.0.1:0"
	}
	l, err := net.Listen("tcp", o.Address)
	if err != nil {
		return nil, err
	}
	s := &Server{options: o, fallback: fallback, listener: l, done: make(chan struct{}), conns: map[*conn]struct{}{}}
	s.answers.Store(newAnswers(&s.options, time.Now()))
	s.served.Go(s.accept)
	s.served.Go(s.date)
	return s, nil
}

// Addr is the stub's address, host:port.
func (s *Server) Addr() string { return s.listener.Addr().String() }

// Stats returns the counts.
func (s *Server) Stats() Stats {
	n := Stats{Connections: s.connections.Load(), Requests: s.requests.Load()}
	s.mu.Lock()
	defer s.mu.Unlock()
	n.Open = int64(len(s.conns))
	for c := range s.conns {
		if c.idle.Load() {
			n.Idle++
		}
	}
	return n
}

// Close stops listening, closes every connection, and returns when all of the stub's goroutines have ended.
func (s *Server) Close() error {
	s.mu.Lock()
	conns := s.conns
	s.conns = nil
	s.mu.Unlock()
	if conns == nil {
		return nil
	}
	close(s.done)
	err := s.listener.Close()
	for c := range conns {
		c.tcp.Close()
	}
	s.served.Wait()
	return err
}

// DropIdle closes the connections that wait for a request, as a restarting upstream does.
func (s *Server) DropIdle() {
	s.mu.Lock()
	defer s.mu.Unlock()
	for c := range s.conns {
		if c.idle.Load() {
			c.tcp.Close()
		}
	}
}

func (s *Server) accept() {
	for {
		nc, err := s.listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil { // out of descriptors: leave the others time to end
			time.Sleep(10 * time.Millisecond)
			continue
		}
		c := s.register(nc.(*net.TCPConn))
		if c == nil {
			nc.Close()
			return
		}
		s.served.Go(c.serve)
	}
}

// register takes one connection into the books; nil when the stub has been closed meanwhile.
func (s *Server) register(tcp *net.TCPConn) *conn {
	c := &conn{server: s, tcp: tcp, stream: tcp, number: int(s.connections.Add(1))}
	if s.options.TLS != nil {
		c.stream = tls.Server(tcp, s.options.TLS)
	}
	if s.options.Recorder != nil {
		c.record = s.options.Recorder.open()
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conns == nil {
		return nil
	}
	s.conns[c] = struct{}{}
	return c
}

func (s *Server) release(c *conn) {
	c.stream.Close()
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.conns, c)
}

// date renders the plain answers anew when the second changes.
func (s *Server) date() {
	t := time.NewTicker(time.Second)
	defer t.Stop()
	for {
		select {
		case now := <-t.C:
			s.answers.Store(newAnswers(&s.options, now))
		case <-s.done:
			return
		}
	}
}
