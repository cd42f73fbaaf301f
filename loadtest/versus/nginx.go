package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
)

// nginx is nginx as a careful operator would run it: pooled upstream connections, no access log, timeouts on. The
// extras go into http, upstream and location.
type nginx struct{ http, upstream, location string }

func (n nginx) contestant(name string) contestant {
	return contestant{name: name, program: "nginx", command: n.command}
}

func (n nginx) command(e *entry) ([]string, error) {
	var servers strings.Builder
	for _, u := range e.upstreams {
		fmt.Fprintf(&servers, "    server %s max_fails=0;\n", u)
	}
	user, listen := "", e.address
	if os.Geteuid() == 0 {
		user = "user root;\n"
	}
	if e.threads > 1 {
		listen += " reuseport"
	}
	path, err := e.write("nginx.conf", fmt.Sprintf(`%sdaemon off;
worker_processes %d;
worker_rlimit_nofile 16384;
pid %[3]s/pid;
error_log %[3]s/error.log crit;
events { worker_connections 8192; }
http {
  access_log off;
  client_body_temp_path %[3]s/body;
  proxy_temp_path %[3]s/proxy;
  fastcgi_temp_path %[3]s/fastcgi;
  uwsgi_temp_path %[3]s/uwsgi;
  scgi_temp_path %[3]s/scgi;
  keepalive_timeout 60s;
  keepalive_requests 100000000;
  client_header_timeout 5s;
  client_body_timeout 10s;
  send_timeout 10s;
  tcp_nodelay on;
  %[4]s
  upstream app {
    %[5]s
%[6]s    keepalive 1024;
    keepalive_requests 100000000;
    keepalive_timeout 60s;
  }
  server {
    listen %[7]s;
    location / {
      proxy_pass http://app;
      proxy_http_version 1.1;
      proxy_set_header Connection "";
      proxy_set_header Host $host;
      proxy_set_header X-Forwarded-For $proxy_add_x_forwarded_for;
      proxy_set_header X-Forwarded-Proto $scheme;
      proxy_connect_timeout 500ms;
      proxy_read_timeout 30s;
      proxy_send_timeout 30s;
      %[8]s
    }
  }
}
`, user, e.threads, e.dir, strings.ReplaceAll(n.http, "DIR", e.dir), n.upstream, servers.String(), listen, n.location))
	return []string{"-e", filepath.Join(e.dir, "error.log"), "-p", e.dir, "-c", path}, err
}
