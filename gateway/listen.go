package gateway

import (
	"bufio"
	"crypto/tls"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/pires/go-proxyproto"
	"github.com/valyala/fasthttp"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/internal/wire"
)

// listener accepts the connections of one address and serves them by the gateway's table.
//
// fasthttp.Server accepts and runs the workers; each connection is handed to its own loop (conn) through the server's
// protocol hand-over, since that loop keeps the bytes of a head as they came, and makes fewer system calls.
type listener struct {
	name     string
	gateway  *Gateway
	socket   net.Listener
	server   *fasthttp.Server
	settings atomic.Pointer[settings] // of the definition in force

	mu    sync.Mutex
	open  int
	perIP map[netip.Addr]int
}

// handover is the protocol under which fasthttp passes connections on.
const handover = "sallyport"

// listen binds the listener's address, or takes the socket that was handed over.
func (g *Gateway) listen(c *conf.Listener) (net.Listener, error) {
	if socket := g.inherited[c.Address]; socket != nil {
		delete(g.inherited, c.Address)
		return socket, nil
	}
	socket, err := net.Listen("tcp", c.Address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("%s is in use by another process; stop it, or give the listener another address", c.Address)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot listen: %w", err)
	}
	return socket, nil
}

// newListener makes a listener of a bound socket.
func (g *Gateway) newListener(name string, socket net.Listener, s *settings) *listener {
	l := &listener{name: name, gateway: g, socket: socket, perIP: map[netip.Addr]int{}}
	l.settings.Store(s)
	l.server = &fasthttp.Server{
		Handler:               func(*fasthttp.RequestCtx) { panic("BUG: fasthttp parsed a request") },
		Concurrency:           maxWorkers,
		MaxIdleWorkerDuration: 10 * time.Second,
		Logger:                quiet{},
	}
	l.server.NextProto(handover, func(nc net.Conn) error {
		l.serveConn(nc.(*accepted))
		return nil
	})
	return l
}

// maxWorkers is out of the way: limits.connections bounds the connections, and may change while the server lives.
const maxWorkers = 1 << 24

// quiet takes what fasthttp logs. It could hold bytes of a request.
type quiet struct{}

func (quiet) Printf(string, ...any) {}

// run accepts until the socket is closed.
func (l *listener) run() {
	if err := l.server.Serve(acceptor{l.socket, l}); err != nil {
		slog.Error("listener ended", "listener", l.name, "error", err)
	}
}

// acceptor accepts for fasthttp. It never fails for a reason that passes: running out of descriptors ends with the
// connections that hold them.
type acceptor struct {
	net.Listener
	listener *listener
}

const (
	firstPause = 5 * time.Millisecond
	lastPause  = time.Second
)

func (a acceptor) Accept() (net.Conn, error) {
	for pause := firstPause; ; {
		nc, err := a.Listener.Accept()
		if err == nil {
			if !a.listener.admit() {
				nc.Close()
				continue
			}
			return &accepted{Conn: nc}, nil
		}
		if errors.Is(err, net.ErrClosed) {
			return nil, err
		}
		slog.Error("cannot accept a connection; trying again", "listener", a.listener.name, "error", err, "after", pause)
		time.Sleep(pause)
		pause = min(2*pause, lastPause)
	}
}

// accepted is a connection on its way through fasthttp's server, which takes it for one whose protocol is negotiated.
type accepted struct{ net.Conn }

// Handshake does nothing: the handshake happens in the connection's own loop, with its deadline.
func (*accepted) Handshake() error { return nil }

// ConnectionState names the protocol that makes the server hand the connection over.
func (*accepted) ConnectionState() tls.ConnectionState {
	return tls.ConnectionState{NegotiatedProtocol: handover}
}

// Close is called by the server when the connection's loop has ended, which has closed it.
func (*accepted) Close() error { return nil }

// admit counts a connection, unless there are too many.
func (l *listener) admit() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.open >= l.settings.Load().connections {
		l.gateway.counters.tooManyConnections.Inc()
		return false
	}
	l.open++
	l.gateway.open.Add(1)
	return true
}

// admitAddress counts a connection of an address, unless it has too many.
func (l *listener) admitAddress(a netip.Addr) bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.perIP[a] >= l.settings.Load().connectionsPerIP {
		l.gateway.counters.tooManyConnections.Inc()
		return false
	}
	l.perIP[a]++
	return true
}

// leave takes a connection out of the counts; peer is not valid when it was not admitted by its address.
func (l *listener) leave(peer netip.Addr) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.open--
	l.gateway.open.Add(-1)
	if !peer.IsValid() {
		return
	}
	if l.perIP[peer]--; l.perIP[peer] == 0 {
		delete(l.perIP, peer)
	}
}

// serveConn opens a connection - PROXY header, limits, TLS - and serves it.
func (l *listener) serveConn(a *accepted) {
	nc, set := a.Conn, l.settings.Load()
	var counted netip.Addr
	defer func() { l.leave(counted) }()
	peer := addressOf(nc.RemoteAddr())
	var early []byte
	if set.expectsProxy(peer) {
		nc.SetReadDeadline(time.Now().Add(time.Duration(set.timeouts.handshake)))
		header, rest, err := readProxyHeader(nc)
		if err != nil && !(errors.Is(err, proxyproto.ErrNoProxyProtocol) && !set.proxyRequired) {
			nc.Close()
			return
		}
		early = rest
		if header != nil && header.Command == proxyproto.PROXY && header.SourceAddr != nil {
			peer = addressOf(header.SourceAddr)
		}
		nc.SetReadDeadline(time.Time{})
	}
	if !l.admitAddress(peer) {
		nc.Close()
		return
	}
	counted = peer
	c := &conn{listener: l, settings: set, shared: filters.Connection{Peer: peer, Listen: l.name}}
	if set.tls != nil {
		if len(early) > 0 {
			nc = &begun{nc, early}
			early = nil
		}
		s := tls.Server(nc, set.tls)
		s.SetDeadline(time.Now().Add(time.Duration(set.timeouts.handshake)))
		if err := s.Handshake(); err != nil {
			l.gateway.counters.handshakes.Inc()
			nc.Close()
			return
		}
		s.SetDeadline(time.Time{})
		state := s.ConnectionState()
		c.shared.TLS = &state
		nc = s
	}
	c.wire = wire.NewConn(nc, wire.Clients, set.limits.Head)
	c.shared.Wire = c.wire
	c.shared.Interim = c
	c.wire.Preload(early)
	c.serve()
}

// maxProxyHeader is the longest PROXY header that is read: version 1 has at most 107 bytes, version 2 with its TLVs rarely
// more than a few hundred.
const maxProxyHeader = 4 << 10

// readProxyHeader reads a PROXY protocol header, version 1 or 2, and returns what was read behind it.
func readProxyHeader(nc net.Conn) (*proxyproto.Header, []byte, error) {
	r := bufio.NewReaderSize(nc, maxProxyHeader)
	header, err := proxyproto.Read(r)
	rest, _ := r.Peek(r.Buffered())
	return header, rest, err
}

// begun is a connection of which something was read already.
type begun struct {
	net.Conn
	early []byte
}

func (b *begun) Read(p []byte) (int, error) {
	if len(b.early) > 0 {
		n := copy(p, b.early)
		b.early = b.early[n:]
		return n, nil
	}
	return b.Conn.Read(p)
}

// addressOf returns the IP address of a net.Addr, IPv4 never mapped into IPv6; not valid for other networks.
func addressOf(a net.Addr) netip.Addr {
	if tcp, ok := a.(*net.TCPAddr); ok {
		return tcp.AddrPort().Addr().Unmap().WithZone("")
	}
	return netip.Addr{}
}

// Addresses returns the addresses that the listeners are bound to, by their names.
func (g *Gateway) Addresses() map[string]net.Addr {
	g.mu.Lock()
	defer g.mu.Unlock()
	addresses := make(map[string]net.Addr, len(g.listeners))
	for name, l := range g.listeners {
		addresses[name] = l.socket.Addr()
	}
	return addresses
}

// Inherit gives the gateway bound sockets by their addresses, which Start takes instead of binding these again; those that
// it takes are removed from the map.
func (g *Gateway) Inherit(sockets map[string]net.Listener) { g.inherited = sockets }

// Sockets returns the sockets of the listeners by their addresses as the configuration writes them, to hand them over.
func (g *Gateway) Sockets() map[string]net.Listener {
	g.mu.Lock()
	defer g.mu.Unlock()
	sockets := make(map[string]net.Listener, len(g.listeners))
	for _, l := range g.listeners {
		sockets[l.settings.Load().address] = l.socket
	}
	return sockets
}
