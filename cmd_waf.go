package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"sallyport/conf"
	"sallyport/filters/waf"
)

const wafUsage = `usage: sallyport waf explain [--paranoia N] [--threshold N] FILE
       sallyport waf tune FILE`

// wafCommand is the command waf: explain tells which rules of the Core Rule Set match a request, whose bytes FILE holds (- is the
// standard input), and why; tune reads access lines and prints the narrowest exclusions that would have let the refused ones pass.
func wafCommand(args []string, out, stderr io.Writer) int {
	c := &conf.WAF{Ruleset: "crs", Body: 1 << 20}
	flags := flag.NewFlagSet("waf", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	flags.IntVar(&c.Paranoia, "paranoia", 1, "1 to 4")
	flags.IntVar(&c.Threshold, "threshold", 5, "the score that is refused")
	words, err := parseInterleaved(flags, args)
	if errors.Is(err, flag.ErrHelp) {
		fmt.Fprintln(out, wafUsage)
		return exitFine
	}
	if err != nil || len(words) != 2 || c.Paranoia < 1 || c.Paranoia > 4 {
		fmt.Fprintln(stderr, wafUsage)
		return exitUsage
	}
	in := os.Stdin
	if words[1] != "-" {
		if in, err = os.Open(words[1]); err != nil {
			fmt.Fprintf(stderr, "sallyport waf: %v\n", err)
			return exitWrong
		}
		defer in.Close()
	}
	switch words[0] {
	case "explain":
		var raw []byte
		if raw, err = io.ReadAll(in); err == nil {
			err = waf.NewRulesets().Explain(out, c, nil, nil, raw)
		}
	case "tune":
		var n int
		if n, err = waf.Tune(out, in); err == nil && n == 0 {
			err = errors.New("no access line tells of a refusal by the WAF")
		}
	default:
		fmt.Fprintln(stderr, wafUsage)
		return exitUsage
	}
	if err != nil {
		fmt.Fprintf(stderr, "sallyport waf: %v\n", err)
		return exitWrong
	}
	return exitFine
}
