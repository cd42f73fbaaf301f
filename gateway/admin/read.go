package admin

import (
	"github.com/gofiber/fiber/v2"
)

// metrics writes everything that is counted, in Prometheus' text form.
func (s *Server) metrics(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "text/plain; version=0.0.4; charset=utf-8")
	s.gateway.WriteMetrics(c.Response().BodyWriter())
	return nil
}

// health says that the process lives.
func (s *Server) health(c *fiber.Ctx) error { return c.SendString("ok\n") }

// ready says whether traffic should come here, and what is missing when it should not.
func (s *Server) ready(c *fiber.Ctx) error {
	r := s.gateway.Readiness()
	if !r.Ready {
		c.Status(fiber.StatusServiceUnavailable)
	}
	return c.JSON(r)
}

// routes lists the routes in force.
func (s *Server) routes(c *fiber.Ctx) error { return c.JSON(s.gateway.Routes()) }

// upstreams lists the upstreams and the state of their nodes.
func (s *Server) upstreams(c *fiber.Ctx) error { return c.JSON(s.gateway.Upstreams()) }

// issuers lists the issuers of tokens and the state of their keys.
func (s *Server) issuers(c *fiber.Ctx) error { return c.JSON(s.gateway.Issuers()) }

// jwks is the keys by which upstreams verify the tokens that the gateway makes for them.
func (s *Server) jwks(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "application/jwk-set+json")
	return c.Send(s.gateway.TokenKeys())
}

// config writes the configuration in force as TOML. Secrets stay references.
func (s *Server) config(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "application/toml; charset=utf-8")
	return c.SendString(s.gateway.Config())
}
