package gateway

import (
	"log/slog"
	"maps"
	"slices"

	"sallyport/conf"
	"sallyport/filters/auth"
)

// Check compiles a configuration as Load does, in memory, and gives the result up: it finds what only compiling can, a key set that
// cannot be used or a rule that does not parse. It opens no socket, asks nobody, and writes nothing.
func Check(c *conf.Config) conf.Problems {
	g := New()
	var err error
	g.auth, err = auth.NewState(auth.Options{Tokens: 1 << 20, Name: "check", Metrics: g.metrics, Log: slog.New(slog.DiscardHandler)})
	if err != nil {
		return conf.Problems{c.At("gateway").Errorf("cannot prepare authentication: %v", err)}
	}
	defer g.auth.Close()
	_, problems := g.compile(c, nil)
	for _, name := range slices.Sorted(maps.Keys(c.Listeners)) {
		if _, _, err := tlsConfig(c.Listeners[name].TLS); err != nil {
			problems = append(problems, c.At("listeners", name, "tls").Errorf("%v", err))
		}
	}
	return problems
}
