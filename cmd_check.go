package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"

	"sallyport/conf"
	"sallyport/gateway"
)

// The exit codes of all commands.
const (
	exitFine  = 0
	exitWrong = 1 // the thing that was looked at is wrong
	exitUsage = 2 // the command was used wrongly
)

const checkUsage = "usage: sallyport check [--format text|json|sarif] [--strict] FILE..."

// check is the command check: it finds every mistake in configurations, without the network. What it finds goes to out.
func check(args []string, out, stderr io.Writer) int {
	flags := flag.NewFlagSet("check", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	format := flags.String("format", "text", "text, json or sarif")
	strict := flags.Bool("strict", false, "warnings are mistakes")
	files, err := parseInterleaved(flags, args)
	write, known := checkFormats[*format]
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, checkUsage)
		return exitFine
	case err != nil:
		fmt.Fprintf(stderr, "sallyport check: %v\n%s\n", err, checkUsage)
		return exitUsage
	case !known:
		fmt.Fprintf(stderr, "sallyport check: unknown format %q\n%s\n", *format, checkUsage)
		return exitUsage
	case len(files) == 0:
		fmt.Fprintf(stderr, "sallyport check: no file\n%s\n", checkUsage)
		return exitUsage
	}
	var found conf.Problems
	for _, file := range files {
		found = append(found, checkFile(file)...)
	}
	if err := write(out, found); err != nil {
		fmt.Fprintf(stderr, "sallyport check: %v\n", err)
		return exitWrong
	}
	if len(found.Errors()) > 0 || *strict && len(found) > 0 {
		return exitWrong
	}
	return exitFine
}

// checkFile returns everything that is wrong or doubtful in one configuration.
func checkFile(file string) conf.Problems {
	c, warnings, err := conf.Load(file)
	var mistakes conf.Problems
	switch {
	case err == nil:
		mistakes = gateway.Check(c)
	case !errors.As(err, &mistakes):
		mistakes = conf.Problems{{File: file, Message: err.Error()}}
	}
	return append(mistakes, warnings...).Sorted()
}

// parseInterleaved parses flags that stand before, between or after the other arguments, which it returns.
func parseInterleaved(flags *flag.FlagSet, args []string) ([]string, error) {
	var rest []string
	for {
		if err := flags.Parse(args); err != nil {
			return nil, err
		}
		args = flags.Args()
		if len(args) == 0 {
			return rest, nil
		}
		rest, args = append(rest, args[0]), args[1:]
	}
}

var checkFormats = map[string]func(io.Writer, conf.Problems) error{
	"text":  writeProblems,
	"json":  writeProblemsJSON,
	"sarif": writeProblemsSARIF,
}

func writeProblems(w io.Writer, found conf.Problems) error {
	for _, p := range found {
		if _, err := fmt.Fprintln(w, p.Error()); err != nil {
			return err
		}
	}
	return nil
}

func writeProblemsJSON(w io.Writer, found conf.Problems) error {
	if found == nil {
		found = conf.Problems{}
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(found)
}
