package main

import (
	"encoding/xml"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"strings"

	"sallyport/gateway"
)

const testUsage = `usage: sallyport test [--junit FILE] FILE

It runs the [tests] of a configuration, without sending anything, and names the routes that no test reaches.`

// test is the command test: it runs a configuration's own tests.
func test(args []string, out, stderr io.Writer) int {
	flags := flag.NewFlagSet("test", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	junit := flags.String("junit", "", "where to write the results as JUnit XML")
	files, err := parseInterleaved(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, testUsage)
		return exitFine
	case err != nil:
		fmt.Fprintf(stderr, "sallyport test: %v\n%s\n", err, testUsage)
		return exitUsage
	case len(files) != 1:
		fmt.Fprintln(stderr, testUsage)
		return exitUsage
	}
	o, code := openOffline(files[0], stderr)
	if o == nil {
		return code
	}
	defer o.Close()
	results := o.RunTests()
	failed := 0
	for _, r := range results {
		if len(r.Failures) == 0 {
			fmt.Fprintf(out, "ok    %s\n", r.Name)
			continue
		}
		failed++
		fmt.Fprintf(out, "FAIL  %s\n", r.Name)
		for _, f := range r.Failures {
			fmt.Fprintf(out, "      %s: %s\n", r.Place, f)
		}
		if r.Decision != nil {
			fmt.Fprintf(out, "      %s\n", strings.ReplaceAll(strings.TrimSpace(r.Decision.String()), "\n", "\n      "))
		}
	}
	if untested := o.Uncovered(results); len(untested) > 0 {
		fmt.Fprintf(out, "no test reaches: %s\n", strings.Join(untested, ", "))
	}
	fmt.Fprintf(out, "%d passed, %d failed\n", len(results)-failed, failed)
	if *junit != "" {
		if err := writeJUnit(*junit, results, failed); err != nil {
			fmt.Fprintf(stderr, "sallyport test: %v\n", err)
			return exitWrong
		}
	}
	if failed > 0 {
		return exitWrong
	}
	return exitFine
}

type junitSuite struct {
	XMLName  xml.Name    `xml:"testsuite"`
	Name     string      `xml:"name,attr"`
	Tests    int         `xml:"tests,attr"`
	Failures int         `xml:"failures,attr"`
	Cases    []junitCase `xml:"testcase"`
}

type junitCase struct {
	Name    string        `xml:"name,attr"`
	Class   string        `xml:"classname,attr"`
	Failure *junitFailure `xml:"failure"`
}

type junitFailure struct {
	Message string `xml:"message,attr"`
	Text    string `xml:",chardata"`
}

func writeJUnit(file string, results []gateway.TestResult, failed int) error {
	suite := junitSuite{Name: "sallyport", Tests: len(results), Failures: failed}
	for _, r := range results {
		c := junitCase{Name: r.Name, Class: "tests"}
		if len(r.Failures) > 0 {
			c.Failure = &junitFailure{Message: strings.Join(r.Failures, "; ")}
			if r.Decision != nil {
				c.Failure.Text = r.Decision.String()
			}
		}
		suite.Cases = append(suite.Cases, c)
	}
	text, err := xml.MarshalIndent(suite, "", "  ")
	if err != nil {
		panic("BUG: test results have no XML form: " + err.Error())
	}
	return os.WriteFile(file, append([]byte(xml.Header), append(text, '\n')...), 0o644)
}
