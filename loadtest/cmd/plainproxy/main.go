// Command plainproxy is a reverse proxy as it is commonly written with fasthttp: the baseline for what Sallyport adds
// and saves.
package main

import (
	"flag"
	"log"
	"runtime"
	"time"

	"github.com/valyala/fasthttp"
)

func main() {
	listen := flag.String("listen", "127.0.0.1:8081", "address to listen on")
	upstream := flag.String("upstream", "127.0.0.1:9000", "address to forward to")
	threads := flag.Int("threads", 1, "threads")
	flag.Parse()
	runtime.GOMAXPROCS(*threads)

	client := &fasthttp.HostClient{
		Addr: *upstream, MaxConns: 1024, MaxIdleConnDuration: 60 * time.Second,
		ReadTimeout: 30 * time.Second, WriteTimeout: 30 * time.Second,
	}
	server := &fasthttp.Server{
		ReadTimeout: 60 * time.Second, WriteTimeout: 10 * time.Second, IdleTimeout: 60 * time.Second,
		Handler: func(ctx *fasthttp.RequestCtx) {
			q, r := &ctx.Request, &ctx.Response
			q.Header.Del("Connection")
			q.Header.Add("X-Forwarded-For", ctx.RemoteIP().String())
			q.Header.Set("X-Forwarded-Proto", "http")
			if err := client.Do(q, r); err != nil {
				ctx.Error("upstream", fasthttp.StatusBadGateway)
				return
			}
			r.Header.Del("Connection")
		},
	}
	log.Fatal(server.ListenAndServe(*listen))
}
