package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/netip"
	"os"
	"strings"
	"time"

	"sallyport/conf"
	"sallyport/gateway"
)

const explainUsage = `usage: sallyport explain [--json] -c FILE [-H "Name: value"]... [--as issuer:claim=value,...] [--from ADDRESS]
       [--body FILE] [--time RFC3339] METHOD URL

It tells what becomes of a request under a configuration, without sending anything: the route, every stage's verdict, and
the decision: forward, respond or refuse.`

// repeated is a flag that may stand several times.
type repeated []string

func (r *repeated) String() string     { return strings.Join(*r, ", ") }
func (r *repeated) Set(s string) error { *r = append(*r, s); return nil }

// explain is the command explain.
func explain(args []string, out, stderr io.Writer) int {
	flags := flag.NewFlagSet("explain", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	var fields repeated
	file := flags.String("c", "", "the configuration file")
	asJSON := flags.Bool("json", false, "print JSON")
	as := flags.String("as", "", "who calls")
	from := flags.String("from", "192.0.2.1", "the client's address")
	body := flags.String("body", "", "a file with the request's body")
	at := flags.String("time", "", "when")
	flags.Var(&fields, "H", "a field of the request")
	words, err := parseInterleaved(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, explainUsage)
		return exitFine
	case err != nil:
		fmt.Fprintf(stderr, "sallyport explain: %v\n%s\n", err, explainUsage)
		return exitUsage
	case *file == "" || len(words) != 2:
		fmt.Fprintln(stderr, explainUsage)
		return exitUsage
	}
	q := gateway.Question{Method: words[0], URL: words[1], Fields: fields}
	if q.From, err = netip.ParseAddr(*from); err != nil {
		fmt.Fprintf(stderr, "sallyport explain: --from: %v\n", err)
		return exitUsage
	}
	if *at != "" {
		if q.Time, err = time.Parse(time.RFC3339, *at); err != nil {
			fmt.Fprintf(stderr, "sallyport explain: --time: %v\n", err)
			return exitUsage
		}
	}
	if q.As, err = parseCaller(*as); err != nil {
		fmt.Fprintf(stderr, "sallyport explain: --as: %v\n", err)
		return exitUsage
	}
	if *body != "" {
		if q.Body, err = os.ReadFile(*body); err != nil {
			fmt.Fprintf(stderr, "sallyport explain: %v\n", err)
			return exitWrong
		}
	}
	o, code := openOffline(*file, stderr)
	if o == nil {
		return code
	}
	defer o.Close()
	d, err := o.Decide(q)
	if err != nil {
		fmt.Fprintf(stderr, "sallyport explain: %v\n", err)
		return exitUsage
	}
	if *asJSON {
		text, err := json.MarshalIndent(d, "", "  ")
		if err != nil {
			panic("BUG: a decision has no JSON form: " + err.Error())
		}
		fmt.Fprintf(out, "%s\n", text)
		return exitFine
	}
	fmt.Fprint(out, d)
	return exitFine
}

// openOffline loads and compiles a configuration for looking at it. What is wrong with it goes to stderr; then the result
// is nil and the exit code is given.
func openOffline(file string, stderr io.Writer) (*gateway.Offline, int) {
	c, _, err := conf.Load(file)
	if err != nil {
		fmt.Fprintln(stderr, err)
		return nil, exitWrong
	}
	o, problems := gateway.NewOffline(c)
	if len(problems) > 0 {
		fmt.Fprintln(stderr, problems)
		return nil, exitWrong
	}
	return o, exitFine
}

// parseCaller reads issuer:claim=value,claim=value: a caller with a token of that issuer. Values of one claim that stands
// again are joined by spaces, as scopes are; true, false and numbers are what they look like.
func parseCaller(text string) (*conf.TestAs, error) {
	if text == "" {
		return nil, nil
	}
	issuer, list, _ := strings.Cut(text, ":")
	if issuer == "" {
		return nil, fmt.Errorf("%q is not issuer:claim=value,...", text)
	}
	claims := map[string]any{}
	for pair := range strings.SplitSeq(list, ",") {
		if pair == "" {
			continue
		}
		name, value, ok := strings.Cut(pair, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%q is not claim=value", pair)
		}
		if earlier, twice := claims[name].(string); twice {
			value = earlier + " " + value
		}
		claims[name] = value
	}
	object, err := json.Marshal(claims)
	if err != nil {
		return nil, err
	}
	return &conf.TestAs{Issuer: issuer, Claims: conf.JSON(object)}, nil
}
