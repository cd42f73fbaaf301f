// Command sallyport is an API gateway for the edge.
package main

import (
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
)

// command is one of sallyport's commands. It returns the exit code.
type command struct {
	name  string
	about string
	run   func(args []string, out, stderr io.Writer) int
}

var commands = []command{
	{"run", "serve a configuration", run},
	{"check", "find every mistake in configurations, offline", check},
	{"audit", "print what is legal and risky in a configuration, scored", audit},
	{"fmt", "write configurations in the one way to write them", format},
	{"render", "print the whole configuration with its defaults", render},
	{"schema", "print the JSON Schema of the configuration, for editors", schema},
	{"explain", "tell what becomes of a request, and why", explain},
	{"test", "run the tests of a configuration", test},
	{"diff", "tell what changes between two configurations", diff},
	{"reload", "make a running gateway read its configuration again", reload},
	{"demo", "run a gateway with an issuer and an upstream, and print what to try", demo},
	{"waf", "tell which WAF rules match a request; propose exclusions", wafCommand},
	{"keys", "make, list and expire API keys", keys},
	{"version", "print the version", version},
}

func main() { os.Exit(dispatch(os.Args[1:], os.Stdout, os.Stderr)) }

// dispatch runs the command that args name.
func dispatch(args []string, out, stderr io.Writer) int {
	if len(args) == 0 {
		usage(stderr)
		return exitUsage
	}
	if args[0] == "help" || asksHelp(args) {
		usage(out)
		return exitFine
	}
	for _, c := range commands {
		if c.name == args[0] {
			return c.run(args[1:], out, stderr)
		}
	}
	fmt.Fprintf(stderr, "sallyport: unknown command %q\n", args[0])
	usage(stderr)
	return exitUsage
}

// asksHelp reports whether the first argument asks what there is to say.
func asksHelp(args []string) bool {
	return len(args) > 0 && slices.Contains([]string{"-h", "-help", "--help"}, args[0])
}

func usage(w io.Writer) {
	fmt.Fprintln(w, "Sallyport is an API gateway for the edge.\n\nusage: sallyport COMMAND [ARGUMENTS]")
	for _, c := range commands {
		fmt.Fprintf(w, "  %-8s %s\n", c.name, c.about)
	}
	fmt.Fprintln(w, "\nsallyport COMMAND --help tells more of one. "+strings.Join([]string{
		"Exit codes: 0 fine,", "1 the thing looked at is wrong,", "2 wrong use."}, " "))
}
