package main

import (
	"fmt"
	"strings"
)

// haproxy is HAProxy in HTTP mode, connections to the upstream shared, nothing logged, timeouts on. The extras go into
// global, into the frontend and backend, and behind them.
type haproxy struct{ global, frontend, backend, sections string }

func (h haproxy) contestant(name string) contestant {
	return contestant{name: name, program: "haproxy", command: h.command}
}

func (h haproxy) command(e *entry) ([]string, error) {
	var servers strings.Builder
	for i, u := range e.upstreams {
		fmt.Fprintf(&servers, "  server s%d %s\n", i, u)
	}
	text := fmt.Sprintf(`global
  nbthread %d
  maxconn 4096
  %s
defaults
  mode http
  timeout connect 500ms
  timeout client 60s
  timeout server 30s
  timeout http-request 5s
  timeout http-keep-alive 60s
  http-reuse always
  option forwardfor
frontend public
  bind %s
  http-request set-header X-Forwarded-Proto http
  %s
  default_backend app
backend app
  %s
%s%s
`, e.threads, h.global, e.address, h.frontend, h.backend, servers.String(), h.sections)
	path, err := e.write("haproxy.cfg", strings.ReplaceAll(text, "PUBLIC_KEY", e.tokens.publicKey))
	return []string{"-db", "-f", path}, err
}
