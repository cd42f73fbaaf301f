// Command load sends the same request over keep-alive connections and prints throughput and latency.
package main

import (
	"flag"
	"fmt"
	"net/url"
	"os"
	"strings"
	"time"

	"sallyport/loadtest/load"
)

type fields []string

func (f *fields) String() string     { return strings.Join(*f, ", ") }
func (f *fields) Set(s string) error { *f = append(*f, s); return nil }

func main() {
	var headers fields
	connections := flag.Int("c", 64, "connections")
	duration := flag.Duration("d", 10*time.Second, "duration")
	rate := flag.Int("rate", 0, "requests a second; 0 is as fast as the answers come")
	flag.Var(&headers, "H", "a header field, as \"Name: value\"; may be repeated")
	flag.Usage = func() {
		fmt.Fprintln(flag.CommandLine.Output(), "usage: load [flags] http://host:port/path")
		flag.PrintDefaults()
	}
	flag.Parse()
	u, err := url.Parse(flag.Arg(0))
	if err != nil || u.Host == "" || flag.NArg() != 1 {
		flag.Usage()
		os.Exit(2)
	}
	request := "GET " + u.RequestURI() + " HTTP/1.1\r\nHost: " + u.Host + "\r\n"
	for _, h := range headers {
		request += h + "\r\n"
	}
	r, err := load.Run(load.Options{
		Address: u.Host, Requests: [][]byte{[]byte(request + "\r\n")},
		Connections: *connections, Duration: *duration, Rate: *rate,
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Printf("%d requests in %v, %.0f/s, p50 %v, p99 %v\n", r.Requests, r.Elapsed.Round(time.Millisecond),
		float64(r.Requests)/r.Elapsed.Seconds(), r.Latency.Quantile(0.5), r.Latency.Quantile(0.99))
	fmt.Printf("2xx %d, 3xx %d, 4xx %d, 5xx %d, errors %d\n", r.Classes[2], r.Classes[3], r.Classes[4], r.Classes[5], r.Errors)
}
