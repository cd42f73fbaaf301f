// Package admin is the operators' port: metrics, health, and what can be looked at and done while the gateway runs. It is
// served by fiber on an address of its own and takes no part in the data path.
package admin

import (
	"crypto/sha256"
	"crypto/subtle"
	"net"
	"net/netip"
	"strings"
	"time"

	"github.com/gofiber/fiber/v2"

	"sallyport/gateway"
)

// Server is the admin port.
type Server struct {
	app     *fiber.App
	gateway *gateway.Gateway
	token   [sha256.Size]byte
	guarded bool // there is a token
	open    bool // reading needs no token: the address is loopback
	drain   func()
}

// Options say where the port is and who may use it.
type Options struct {
	Address string
	Token   string // "" for none: then nothing that changes state is allowed
	Drain   func() // begins to drain the process
}

// New makes the port's server.
func New(g *gateway.Gateway, o Options) *Server {
	s := &Server{gateway: g, token: sha256.Sum256([]byte(o.Token)), guarded: o.Token != "", open: isLoopback(o.Address), drain: o.Drain}
	s.app = fiber.New(fiber.Config{
		DisableStartupMessage: true,
		Immutable:             true, // what is kept of a request must not be overwritten by the next
		BodyLimit:             1 << 20,
		ReadTimeout:           10 * time.Second,
		WriteTimeout:          30 * time.Second,
		IdleTimeout:           60 * time.Second,
		ErrorHandler:          fail,
	})
	s.app.Use(s.authorize)
	s.app.Get("/metrics", s.metrics)
	s.app.Get("/healthz", s.health)
	s.app.Get("/readyz", s.ready)
	s.app.Get("/routes", s.routes)
	s.app.Get("/upstreams", s.upstreams)
	s.app.Get("/issuers", s.issuers)
	s.app.Get("/jwks", s.jwks)
	s.app.Get("/config", s.config)
	s.app.Get("/decisions", s.decisions)
	s.app.Get("/decisions/*", s.decision)
	s.app.Get("/limits", s.limits)
	s.app.Post("/reload", s.reload)
	s.app.Post("/drain", s.beginDrain)
	s.app.Post("/revoke", s.revoke)
	s.app.Post("/limits/reset", s.resetLimit)
	s.app.Post("/purge", s.purge)
	s.app.Post("/upstreams/:upstream/:node/drain", s.drainNode)
	s.app.Post("/upstreams/:upstream/:node/restore", s.restoreNode)
	return s
}

// Serve serves a bound socket until Close.
func (s *Server) Serve(socket net.Listener) error { return s.app.Listener(socket) }

// Close ends the server.
func (s *Server) Close() error { return s.app.ShutdownWithTimeout(time.Second) }

// authorize lets a request in that presents the token. Without it only reading is allowed, and only on loopback.
func (s *Server) authorize(c *fiber.Ctx) error {
	reads := c.Method() == fiber.MethodGet || c.Method() == fiber.MethodHead
	if reads && s.open {
		return c.Next()
	}
	scheme, token, _ := strings.Cut(c.Get(fiber.HeaderAuthorization), " ")
	presented := sha256.Sum256([]byte(strings.TrimSpace(token)))
	if s.guarded && strings.EqualFold(scheme, "Bearer") && subtle.ConstantTimeCompare(presented[:], s.token[:]) == 1 {
		return c.Next()
	}
	c.Set(fiber.HeaderWWWAuthenticate, "Bearer")
	message := "this needs the admin token: Authorization: Bearer TOKEN"
	if !s.guarded {
		message = "this needs an admin token, and none is configured: gateway.admin.token"
	}
	return c.Status(fiber.StatusUnauthorized).JSON(fiber.Map{"error": message})
}

// isLoopback reports whether an address to listen on can be reached from this machine only.
func isLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	if host == "localhost" {
		return true
	}
	a, err := netip.ParseAddr(host)
	return err == nil && a.IsLoopback()
}

// fail answers what fiber itself refuses.
func fail(c *fiber.Ctx, err error) error {
	status := fiber.StatusInternalServerError
	if e, ok := err.(*fiber.Error); ok {
		status = e.Code
	}
	return c.Status(status).JSON(fiber.Map{"error": err.Error()})
}
