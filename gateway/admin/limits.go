package admin

import (
	"github.com/gofiber/fiber/v2"
)

// busiest is how many keys of each limit are listed.
const busiest = 20

// limits lists the keys that limits have most to do with: the busiest and the most refused.
func (s *Server) limits(c *fiber.Ctx) error {
	return c.JSON(fiber.Map{"keys": s.gateway.Limits(c.QueryInt("n", busiest))})
}

// resetLimit gives a key of that list its limit back, or ends its block: {"limit": NAME, "key": DIGEST}.
func (s *Server) resetLimit(c *fiber.Ctx) error {
	var which struct{ Limit, Key string }
	if err := c.BodyParser(&which); err != nil {
		return c.Status(fiber.StatusUnprocessableEntity).JSON(fiber.Map{"error": "this takes a JSON body, {\"limit\": ..., \"key\": ...}"})
	}
	if err := s.gateway.ResetLimit(which.Limit, which.Key); err != nil {
		return c.Status(fiber.StatusUnprocessableEntity).JSON(fiber.Map{"error": err.Error()})
	}
	return c.JSON(fiber.Map{"result": "reset"})
}
