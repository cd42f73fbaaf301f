package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"os/signal"
	"sync"
	"syscall"

	"sallyport/gateway"
	"sallyport/gateway/admin"
)

const runUsage = `usage: sallyport run -c FILE

Signals: HUP reads the configuration again; TERM and INT drain and then exit, a second one exits at once.`

// run is the command run: it serves a configuration until it is told to end.
func run(args []string, out, stderr io.Writer) int {
	flags := flag.NewFlagSet("run", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("c", "", "the configuration file")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, runUsage)
		return exitFine
	case err != nil:
		fmt.Fprintf(stderr, "sallyport run: %v\n%s\n", err, runUsage)
		return exitUsage
	case *file == "" || flags.NArg() > 0:
		fmt.Fprintln(stderr, runUsage)
		return exitUsage
	}
	return serve(*file, stderr, func() {})
}

// serve runs a gateway until a signal or the admin port ends it. ready is called when it serves.
func serve(file string, stderr io.Writer, ready func()) int {
	slog.SetDefault(slog.New(slog.NewTextHandler(stderr, nil)))
	g := gateway.New()
	warnings, err := g.Start(file)
	for _, w := range warnings {
		fmt.Fprintln(stderr, w.Error())
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitWrong
	}
	drained := make(chan struct{})
	ctx, stop := context.WithCancel(context.Background())
	defer stop()
	drain := sync.OnceFunc(func() {
		notify("STOPPING=1")
		go func() {
			g.Drain(ctx)
			close(drained)
		}()
	})
	port, err := openAdmin(g, drain)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitWrong
	}
	if port != nil {
		defer port.Close()
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT)
	defer signal.Stop(signals)
	notify("READY=1")
	ready()
	for ending := false; ; {
		select {
		case <-drained:
			return exitFine
		case s := <-signals:
			switch {
			case s == syscall.SIGHUP:
				notifyReloading()
				g.ReloadAloud("signal")
				notify("READY=1")
			case ending:
				stop()
			default:
				ending = true
				drain()
			}
		}
	}
}

// openAdmin opens the admin port; nil when the configuration says "off".
func openAdmin(g *gateway.Gateway, drain func()) (*admin.Server, error) {
	o, err := g.AdminOptions()
	if err != nil || o.Address == "off" {
		return nil, err
	}
	socket, err := net.Listen("tcp", o.Address)
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, fmt.Errorf("the admin port: %s is in use by another process; stop it, or write another gateway.admin.listen", o.Address)
	}
	if err != nil {
		return nil, fmt.Errorf("the admin port: cannot listen: %w", err)
	}
	port := admin.New(g, admin.Options{Address: o.Address, Token: o.Token, Drain: drain})
	go func() {
		if err := port.Serve(socket); err != nil {
			slog.Error("the admin port ended", "error", err)
		}
	}()
	return port, nil
}
