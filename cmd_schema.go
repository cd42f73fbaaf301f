package main

import (
	"fmt"
	"io"

	"sallyport/conf"
)

// schema is the command schema: it prints a JSON Schema of the configuration, for editors.
func schema(args []string, out, stderr io.Writer) int {
	if asksHelp(args) {
		fmt.Fprintln(out, "usage: sallyport schema")
		return exitFine
	}
	if len(args) != 0 {
		fmt.Fprintln(stderr, "usage: sallyport schema")
		return exitUsage
	}
	if _, err := out.Write(conf.JSONSchema()); err != nil {
		fmt.Fprintf(stderr, "sallyport schema: %v\n", err)
		return exitWrong
	}
	return exitFine
}
