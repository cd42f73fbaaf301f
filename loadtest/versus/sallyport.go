package main

import (
	"fmt"
	"strings"
)

// sallyport is this project's gateway with its default limits and timeouts, and without an access log, like the others. The extras are further tables, and keys of
// the upstream and of the route.
type sallyport struct{ tables, upstream, route string }

func (s sallyport) contestant(name string) contestant {
	return contestant{name: name, program: "sallyport", command: s.command}
}

func (s sallyport) command(e *entry) ([]string, error) {
	nodes := make([]string, len(e.upstreams))
	for i, u := range e.upstreams {
		nodes[i] = fmt.Sprintf("n%d = %q", i, u)
	}
	route := s.route
	if !strings.Contains(route, "auth ") {
		route += "\nauth = \"anonymous\""
	}
	text := fmt.Sprintf(`schema = 1

[gateway]
threads = %d
admin   = { listen = %q }

[observe]
access_log = { to = "off" }

[listeners.public]
address = %q
limits  = { connections_per_ip = 4096 }

[upstreams.app]
nodes = { %s }
pool  = { max = 1024 }
%s

[routes.all]
match = { path = "/*" }
to    = "app"
%s
%s
`, e.threads, e.admin, e.address, strings.Join(nodes, ", "), s.upstream, route, s.tables)
	path, err := e.write("sallyport.toml", strings.ReplaceAll(text, "KEY_SET", e.tokens.keySet))
	return []string{"run", "-c", path}, err
}
