// Command sallyport is an API gateway for the edge.
package main

import (
	"context"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"sallyport/gateway"
)

func main() {
	if len(os.Args) < 4 || os.Args[1] != "run" {
		os.Exit(2)
	}
	g := gateway.New()
	warnings, err := g.Start(os.Args[3])
	for _, w := range warnings {
		fmt.Fprintln(os.Stderr, w)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	<-signals
	g.Drain(context.Background())
}
