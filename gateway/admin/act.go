package admin

import (
	"errors"
	"time"

	"github.com/gofiber/fiber/v2"

	"sallyport/conf"
)

// reload reads the configuration again. Its mistakes are the answer when it is refused.
func (s *Server) reload(c *fiber.Ctx) error {
	warnings, err := s.gateway.Reload()
	if err == nil {
		return c.JSON(fiber.Map{"result": "ok", "generation": s.gateway.Generation(), "warnings": texts(warnings)})
	}
	var problems conf.Problems
	if !errors.As(err, &problems) {
		problems = conf.Problems{{Message: err.Error()}}
	}
	return c.Status(fiber.StatusUnprocessableEntity).JSON(fiber.Map{"result": "failed", "errors": texts(problems), "warnings": texts(warnings)})
}

func texts(problems conf.Problems) []string {
	list := make([]string, 0, len(problems))
	for _, p := range problems {
		list = append(list, p.Error())
	}
	return list
}

// beginDrain begins to end the process without losing a request.
func (s *Server) beginDrain(c *fiber.Ctx) error {
	s.drain()
	return c.Status(fiber.StatusAccepted).JSON(fiber.Map{"result": "draining"})
}

// revoke takes a credential's validity away, from the next request on.
func (s *Server) revoke(c *fiber.Ctx) error {
	if err := s.gateway.Revoke(c.Body(), time.Now()); err != nil {
		return c.Status(fiber.StatusUnprocessableEntity).JSON(fiber.Map{"error": err.Error()})
	}
	return c.JSON(fiber.Map{"result": "revoked"})
}

// purge makes stored answers unusable, from the next request on.
func (s *Server) purge(c *fiber.Ctx) error {
	n, err := s.gateway.Purge(c.Body())
	if err != nil {
		return c.Status(fiber.StatusUnprocessableEntity).JSON(fiber.Map{"error": err.Error()})
	}
	return c.JSON(fiber.Map{"result": "purged", "names": n})
}

// drainNode takes a node out of its upstream: what runs there ends, and nothing new comes.
func (s *Server) drainNode(c *fiber.Ctx) error {
	return node(c, "drained", s.gateway.DrainNode(c.Params("upstream"), c.Params("node")))
}

// restoreNode brings a node back that was drained, ejected or left alone.
func (s *Server) restoreNode(c *fiber.Ctx) error {
	return node(c, "restored", s.gateway.RestoreNode(c.Params("upstream"), c.Params("node")))
}

func node(c *fiber.Ctx, result string, err error) error {
	if err != nil {
		return c.Status(fiber.StatusNotFound).JSON(fiber.Map{"error": err.Error()})
	}
	return c.JSON(fiber.Map{"result": result})
}
