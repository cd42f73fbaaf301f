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

Signals: HUP reads the configuration again; TERM and INT drain and then exit, a second one exits at once;
USR2 starts the binary again, hands it the sockets, and drains when the new process is ready.`

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
	before, err := inherit()
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitWrong
	}
	g.Inherit(before.sockets)
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
	port, adminSocket, err := openAdmin(g, drain, before.sockets)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitWrong
	}
	if port != nil {
		defer port.Close()
	}
	signals := make(chan os.Signal, 4)
	signal.Notify(signals, syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT, syscall.SIGUSR2)
	defer signal.Stop(signals)
	notify("READY=1")
	before.done()
	ready()
	succeeded := make(chan int, 1) // by a process of this id; 0 when it did not come up
	upgrading := false
	for ending := false; ; {
		select {
		case <-drained:
			return exitFine
		case pid := <-succeeded:
			upgrading = false
			if pid == 0 || ending {
				continue
			}
			notify(fmt.Sprintf("MAINPID=%d", pid))
			if port != nil {
				port.Close() // the new process answers there
			}
			ending = true
			drain()
		case s := <-signals:
			switch {
			case s == syscall.SIGUSR2:
				if upgrading || ending {
					continue
				}
				upgrading = true
				sockets := g.Sockets()
				if adminSocket != nil {
					sockets[adminAddress] = adminSocket
				}
				go func() { succeeded <- upgrade(sockets) }()
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

// upgrade hands over to a new process and returns its id, 0 when it did not come up.
func upgrade(sockets map[string]net.Listener) int {
	pid, err := succeed(sockets)
	if err != nil {
		slog.Error("upgrade failed", "error", err)
		return 0
	}
	slog.Info("a new process has taken over", "pid", pid)
	return pid
}

// adminAddress stands for the admin port's address among the sockets that are handed over.
const adminAddress = "admin"

// openAdmin opens the admin port; nil when the configuration says "off". Its socket may be one that was handed over.
func openAdmin(g *gateway.Gateway, drain func(), inherited map[string]net.Listener) (*admin.Server, net.Listener, error) {
	o, err := g.AdminOptions()
	if err != nil || o.Address == "off" {
		return nil, nil, err
	}
	socket := inherited[adminAddress]
	delete(inherited, adminAddress)
	if socket == nil {
		socket, err = net.Listen("tcp", o.Address)
	}
	if errors.Is(err, syscall.EADDRINUSE) {
		return nil, nil, fmt.Errorf("the admin port: %s is in use by another process; stop it, or write another gateway.admin.listen", o.Address)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("the admin port: cannot listen: %w", err)
	}
	port := admin.New(g, admin.Options{Address: o.Address, Token: o.Token, Drain: drain})
	go func() {
		if err := port.Serve(socket); err != nil {
			slog.Error("the admin port ended", "error", err)
		}
	}()
	return port, socket, nil
}
