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

// decisions lists the last decisions, the newest first: ?refused=1 for refusals only, ?limit=N for more or fewer than 100.
func (s *Server) decisions(c *fiber.Ctx) error {
	limit := c.QueryInt("limit", 100)
	if limit < 1 {
		return fiber.NewError(fiber.StatusBadRequest, "limit is a number of decisions, such as limit=100")
	}
	return c.JSON(s.gateway.Decisions(c.QueryBool("refused"), limit))
}

// decision tells what was decided about the request with an id. Ids may have slashes.
func (s *Server) decision(c *fiber.Ctx) error {
	list := s.gateway.DecisionsOf(c.Params("*"))
	if len(list) == 0 {
		return fiber.NewError(fiber.StatusNotFound, "no decision about this request is remembered: the id is another one, or it was long ago")
	}
	return c.JSON(list[0])
}

// config writes the configuration in force as TOML. Secrets stay references.
func (s *Server) config(c *fiber.Ctx) error {
	c.Set(fiber.HeaderContentType, "application/toml; charset=utf-8")
	return c.SendString(s.gateway.Config())
}
