// Command stub runs a stub upstream until it is told to stop; see package stub for what it can be asked to do.
package main

import (
	"flag"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"sallyport/loadtest/stub"
)

func main() {
	var o stub.Options
	flag.StringVar(&o.Address, "listen", "127.0.0.1:9000", "address to listen on")
	flag.StringVar(&o.Node, "node", "", "name to send as Stub-Node")
	flag.StringVar(&o.Default, "script", "", "what to do for requests that bring no script, such as delay=10ms")
	flag.DurationVar(&o.Idle, "idle", 0, "announce this keep-alive time and close idle connections after it; 0 is never")
	flag.Parse()

	s, err := stub.Start(o)
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	fmt.Println("stub on", s.Addr())
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM, syscall.SIGINT)
	<-stop
	n := s.Stats()
	s.Close()
	fmt.Printf("%d connections, %d requests\n", n.Connections, n.Requests)
}
