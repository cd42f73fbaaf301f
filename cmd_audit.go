package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"sallyport/conf"
)

const auditUsage = "usage: sallyport audit [--format text|json] [--fail low|medium|high] FILE"

// auditReport is the JSON that audit prints.
type auditReport struct {
	Score    int        `json:"score"`
	Findings conf.Audit `json:"findings"`
}

// audit is the command audit: it prints what is legal and risky in a configuration, with a score out of 100. It fails when something is
// found that matters at least as much as --fail says.
func audit(args []string, out, stderr io.Writer) int {
	flags := flag.NewFlagSet("audit", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	format := flags.String("format", "text", "text or json")
	var least conf.Severity
	fails := false
	flags.Func("fail", "fail on findings of this severity", func(s string) error {
		fails = true
		return least.UnmarshalText([]byte(s))
	})
	files, err := parseInterleaved(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, auditUsage)
		return exitFine
	case err != nil:
		fmt.Fprintf(stderr, "sallyport audit: %v\n%s\n", err, auditUsage)
		return exitUsage
	case len(files) != 1 || *format != "text" && *format != "json":
		fmt.Fprintln(stderr, auditUsage)
		return exitUsage
	}
	c, _, err := conf.Load(files[0])
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitWrong
	}
	found := c.Audit()
	if err := writeAudit(out, *format, found); err != nil {
		fmt.Fprintf(stderr, "sallyport audit: %v\n", err)
		return exitWrong
	}
	if fails && len(found) > 0 && found[0].Severity >= least {
		return exitWrong
	}
	return exitFine
}

func writeAudit(w io.Writer, format string, found conf.Audit) error {
	if format == "json" {
		if found == nil {
			found = conf.Audit{}
		}
		e := json.NewEncoder(w)
		e.SetEscapeHTML(false)
		e.SetIndent("", "  ")
		return e.Encode(auditReport{found.Score(), found})
	}
	for _, f := range found {
		if _, err := fmt.Fprintln(w, f); err != nil {
			return err
		}
	}
	_, err := fmt.Fprintf(w, "score %d of 100, %d findings\n", found.Score(), len(found))
	return err
}
