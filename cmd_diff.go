package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"sallyport/conf"
	"sallyport/gateway"
)

const diffUsage = `usage: sallyport diff [--replay FILE] OLD NEW

It tells what changes when the configuration NEW takes the place of OLD. --replay decides about the requests of an access
log, JSON lines, by both of them, and tells how many would get another verdict. Exit code 0, with or without differences.`

// diff is the command diff.
func diff(args []string, out, stderr io.Writer) int {
	flags := flag.NewFlagSet("diff", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	log := flags.String("replay", "", "an access log")
	files, err := parseInterleaved(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, diffUsage)
		return exitFine
	case err != nil:
		fmt.Fprintf(stderr, "sallyport diff: %v\n%s\n", err, diffUsage)
		return exitUsage
	case len(files) != 2:
		fmt.Fprintln(stderr, diffUsage)
		return exitUsage
	}
	var configs [2]*conf.Config
	for i, file := range files {
		if configs[i], _, err = conf.Load(file); err != nil {
			fmt.Fprintln(stderr, err)
			return exitWrong
		}
	}
	differences := conf.Compare(configs[0], configs[1])
	for _, d := range differences {
		fmt.Fprintln(out, d)
	}
	if len(differences) == 0 {
		fmt.Fprintln(out, "no difference")
	}
	if *log == "" {
		return exitFine
	}
	return replay(files, *log, out, stderr)
}

// replay prints what the configurations in two files make of the requests of a log.
func replay(files []string, log string, out, stderr io.Writer) int {
	var offline [2]*gateway.Offline
	for i, file := range files {
		o, code := openOffline(file, stderr)
		if o == nil {
			return code
		}
		defer o.Close()
		offline[i] = o
	}
	lines, err := os.Open(log)
	if err != nil {
		fmt.Fprintf(stderr, "sallyport diff: %v\n", err)
		return exitWrong
	}
	defer lines.Close()
	r, err := gateway.CompareReplay(offline[0], offline[1], lines)
	if err != nil {
		fmt.Fprintf(stderr, "%s:%v\n", log, err)
		return exitWrong
	}
	changed := 0
	for _, c := range r.Changes {
		changed += c.Requests
	}
	fmt.Fprintf(out, "\n%d requests replayed, %d change their verdict\n", r.Requests, changed)
	for _, c := range r.Changes {
		route := "no route"
		if c.Route != "" {
			route = "route " + c.Route
		}
		fmt.Fprintf(out, "%s: %d from %s to %s\n", route, c.Requests, c.Old, c.New)
		for _, e := range c.Examples {
			fmt.Fprintf(out, "  %s\n", e)
		}
	}
	if r.Unknown > 0 {
		fmt.Fprintf(out, "%d not compared: the log does not tell scopes, claims, fields and bodies, and the verdict hangs on them\n", r.Unknown)
	}
	return exitFine
}
