package main

// scenarios are all comparisons there are, in the order of the document.
var scenarios = []*scenario{
	{
		name: "plain", title: "Plain proxying, 200-byte answers",
		goal:    "at most 1.00 x nginx",
		threads: 1, connections: 64, contestants: plain,
	},
	{
		name: "plain-10k", title: "Plain proxying, 10 KiB answers",
		goal:    "at most 1.00 x nginx",
		threads: 1, connections: 64, contestants: plain,
		requests: func(*tokens) []string { return []string{get("/10k")} },
	},
	{
		name: "plain-512", title: "Plain proxying, 512 connections",
		goal:    "at most 1.00 x nginx",
		threads: 1, connections: 512, contestants: plain,
	},
	{
		name: "plain-2", title: "Plain proxying, two threads",
		goal:    "at most 1.00 x nginx",
		threads: 2, connections: 64, contestants: plain,
	},
	{
		name: "secured", title: "All security on, against plain proxying with none",
		goal:    "at most 1.00 x nginx that only proxies",
		threads: 1, connections: 64,
		requests: func(t *tokens) []string { return t.requests("/v1/orders/200?page=2&sort=date", 64, "X-Stub: plain=1") },
		contestants: []contestant{
			nginx{}.contestant("nginx, no security"),
			haproxy{}.contestant("HAProxy, no security"),
			sallyport{}.contestant("Sallyport, no security"),
			sallyport{tables: corp, route: verified + limited}.contestant("Sallyport, token + scope + rate"),
			sallyport{tables: corp, route: verified + limited + inspected}.contestant("Sallyport, token + scope + rate + WAF"),
		},
	},
	{
		name: "jwt", title: "RS256 tokens and a scope rule, warm",
		goal:    "at most 0.40 x HAProxy",
		threads: 1, connections: 64,
		requests: func(t *tokens) []string { return t.requests("/200", 64) },
		contestants: []contestant{
			haproxy{frontend: haproxyVerified}.contestant("HAProxy jwt_verify"),
			sallyport{tables: corp, route: verified}.contestant("Sallyport"),
		},
	},
	{
		name: "limit", title: "A limit by client address",
		goal:    "at most 1 us/request above no limit",
		threads: 1, connections: 64,
		contestants: []contestant{
			sallyport{}.contestant("Sallyport, no limit"),
			sallyport{route: `rate = { key = "client.ip", limit = "1000000/s" }`}.contestant("Sallyport rate"),
			nginx{http: "limit_req_zone $binary_remote_addr zone=clients:10m rate=1000000r/s;", location: "limit_req zone=clients burst=100000 nodelay;"}.contestant("nginx limit_req"),
			haproxy{frontend: haproxyLimited}.contestant("HAProxy stick-table"),
		},
	},
	{
		name: "cache", title: "Cache hits, 200 bytes",
		goal:    "at most HAProxy, and 0.6 x nginx",
		threads: 1, connections: 64, contestants: cached,
		requests: func(*tokens) []string { return []string{get(storable)} },
	},
	{
		name: "cache-10k", title: "Cache hits, 10 KiB",
		goal:    "at most HAProxy, and 0.6 x nginx",
		threads: 1, connections: 64, contestants: cached,
		requests: func(*tokens) []string { return []string{get("/10k?header=Cache-Control:max-age%3D600")} },
	},
	{
		name: "cache-auth", title: "Cache hits of authenticated callers, 200 bytes",
		goal:    "at most HAProxy without authentication, and 0.6 x nginx",
		threads: 1, connections: 64,
		requests: func(t *tokens) []string {
			return t.requests(storable, 64)
		},
		contestants: []contestant{
			anonymous(cached[0], "HAProxy cache, no token"),
			anonymous(cached[1], "nginx proxy_cache, no token"),
			sallyport{tables: corp, route: verified + "cache = { ttl = \"600s\" }\n"}.contestant("Sallyport cache, token + scope"),
		},
	},
	{
		name: "balance", title: "One of four nodes ten times slower, 2,000 requests/s",
		goal:    "p99 at or below the best of the others",
		threads: 1, connections: 256, rate: 2000,
		upstreams: []string{"delay=3ms", "delay=3ms", "delay=3ms", "delay=30ms"},
		contestants: []contestant{
			nginx{}.contestant("nginx round-robin"),
			nginx{upstream: "least_conn;"}.contestant("nginx least_conn"),
			haproxy{backend: "balance leastconn"}.contestant("HAProxy leastconn"),
			sallyport{upstream: `balance = "round-robin"`}.contestant("Sallyport round-robin"),
			sallyport{upstream: `balance = "p2c"`}.contestant("Sallyport p2c"),
		},
	},
}

var plain = []contestant{
	nginx{}.contestant("nginx"),
	haproxy{}.contestant("HAProxy"),
	plainproxy("fasthttp, as commonly written"),
	sallyport{}.contestant("Sallyport"),
}

var cached = []contestant{
	haproxy{
		frontend: "http-request cache-use store\n  http-response cache-store store",
		sections: "cache store\n  total-max-size 64\n  max-object-size 65536\n  max-age 600\n",
	}.contestant("HAProxy cache"),
	nginx{
		http:     "proxy_cache_path DIR/cache keys_zone=store:10m max_size=64m use_temp_path=off;",
		location: "proxy_cache store;\n      proxy_cache_valid 200 600s;\n      proxy_cache_lock on;",
	}.contestant("nginx proxy_cache"),
	sallyport{route: `cache = { ttl = "600s" }`}.contestant("Sallyport cache"),
}

// storable is a target whose answer any cache may keep.
const storable = "/200?header=Cache-Control:public,max-age%3D600"

// anonymous is a contestant whose requests carry no token.
func anonymous(c contestant, name string) contestant {
	c.name = name
	c.requests = func(*tokens) []string { return []string{get(storable)} }
	return c
}

// corp is the issuer of the tokens, and what the secured route says about it.
const (
	corp = `
[issuers.corp]
issuer     = "` + issuer + `"
audiences  = ["` + audience + `"]
algorithms = ["RS256"]
jwks       = { file = "KEY_SET" }
`
	verified = `
auth    = { any = ["issuer:corp"] }
require = { scopes_any = ["api"] }
`
	limited   = "rate = { key = \"principal\", limit = \"1000000/s\" }\n"
	inspected = "waf = { ruleset = \"crs\", paranoia = 1 }\n"
)

// haproxyVerified checks the same things as verified: algorithm, signature, issuer, audience, expiry and scope.
const haproxyVerified = `http-request set-var(txn.token) http_auth_bearer
  http-request set-var(txn.alg) var(txn.token),jwt_header_query('$.alg')
  http-request deny deny_status 401 unless { var(txn.alg) -m str RS256 }
  http-request deny deny_status 401 unless { var(txn.token),jwt_verify(txn.alg,"PUBLIC_KEY") 1 }
  http-request deny deny_status 401 unless { var(txn.token),jwt_payload_query('$.iss') -m str ` + issuer + ` }
  http-request deny deny_status 401 unless { var(txn.token),jwt_payload_query('$.aud') -m str ` + audience + ` }
  http-request set-var(txn.exp) var(txn.token),jwt_payload_query('$.exp','int')
  http-request set-var(txn.now) date()
  http-request deny deny_status 401 if { var(txn.exp),sub(txn.now) -m int lt 0 }
  http-request deny deny_status 403 unless { var(txn.token),jwt_payload_query('$.scope') -m sub api }`

const haproxyLimited = `stick-table type ip size 100k expire 10s store http_req_rate(1s)
  http-request track-sc0 src
  http-request deny deny_status 429 if { sc_http_req_rate(0) gt 1000000 }`
