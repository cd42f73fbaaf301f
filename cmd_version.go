package main

import (
	"fmt"
	"io"
	"runtime"
	"runtime/debug"
)

// version is the command version.
func version(args []string, out, stderr io.Writer) int {
	if asksHelp(args) {
		fmt.Fprintln(out, "usage: sallyport version")
		return exitFine
	}
	if len(args) != 0 {
		fmt.Fprintln(stderr, "usage: sallyport version")
		return exitUsage
	}
	module, revision := "(devel)", ""
	if info, ok := debug.ReadBuildInfo(); ok {
		module = info.Main.Version
		for _, s := range info.Settings {
			if s.Key == "vcs.revision" {
				revision = " " + s.Value
			}
		}
	}
	fmt.Fprintf(out, "sallyport %s%s %s %s/%s\n", module, revision, runtime.Version(), runtime.GOOS, runtime.GOARCH)
	return exitFine
}
