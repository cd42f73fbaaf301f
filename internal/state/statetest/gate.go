package statetest

import (
	"context"
	"io"
	"net"
	"sync"
)

// gate is a relay that can refuse or withhold what passes through it.
type gate struct {
	listener net.Listener
	mu       sync.Mutex
	behind   string // "" refuses
	conns    map[net.Conn]bool
	free     context.Context // bytes pass once it is over
	pass     context.CancelFunc
}

func newGate(l net.Listener) *gate {
	g := &gate{listener: l, conns: map[net.Conn]bool{}}
	g.free, g.pass = context.WithCancel(context.Background())
	g.pass()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go g.relay(c)
		}
	}()
	return g
}

// open lets connections through to an address.
func (g *gate) open(behind string) {
	g.mu.Lock()
	g.behind = behind
	g.mu.Unlock()
}

// shut closes the connections and refuses new ones.
func (g *gate) shut() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.behind = ""
	for c := range g.conns {
		c.Close()
	}
}

// hold keeps back what passes, and the connections open.
func (g *gate) hold() {
	g.mu.Lock()
	g.free, g.pass = context.WithCancel(context.Background())
	g.mu.Unlock()
}

// release lets what was held back pass.
func (g *gate) release() {
	g.mu.Lock()
	g.pass()
	g.mu.Unlock()
}

func (g *gate) close() {
	g.listener.Close()
	g.shut()
	g.release()
}

func (g *gate) relay(client net.Conn) {
	defer client.Close()
	g.mu.Lock()
	behind := g.behind
	g.mu.Unlock()
	if behind == "" {
		return
	}
	server, err := net.Dial("tcp", behind)
	if err != nil {
		return
	}
	defer server.Close()
	g.mu.Lock()
	g.conns[client], g.conns[server] = true, true
	g.mu.Unlock()
	go func() {
		g.copy(server, client)
		server.Close()
	}()
	g.copy(client, server)
}

func (g *gate) copy(to io.Writer, from io.Reader) {
	buffer := make([]byte, 16<<10)
	for {
		n, err := from.Read(buffer)
		g.mu.Lock()
		free := g.free
		g.mu.Unlock()
		<-free.Done()
		if _, failed := to.Write(buffer[:n]); failed != nil || err != nil {
			return
		}
	}
}
