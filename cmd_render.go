package main

import (
	"fmt"
	"io"

	"sallyport/conf"
)

const renderUsage = `usage: sallyport render FILE

It prints the whole configuration: includes merged, defaults filled in, references kept as references.`

// render is the command render: it prints what a configuration amounts to, as TOML that loads to the same.
func render(args []string, out, stderr io.Writer) int {
	if asksHelp(args) {
		fmt.Fprintln(out, renderUsage)
		return exitFine
	}
	if len(args) != 1 || args[0] == "" || args[0][0] == '-' {
		fmt.Fprintln(stderr, renderUsage)
		return exitUsage
	}
	c, warnings, err := conf.Load(args[0])
	for _, w := range warnings {
		fmt.Fprintln(stderr, w.Error())
	}
	if err != nil {
		fmt.Fprintln(stderr, err)
		return exitWrong
	}
	if _, err := io.WriteString(out, c.Render()); err != nil {
		fmt.Fprintf(stderr, "sallyport render: %v\n", err)
		return exitWrong
	}
	return exitFine
}
