package main

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"

	"sallyport/conf"
)

const fmtUsage = "usage: sallyport fmt [-w] [-l] FILE..."

// format is the command fmt: it prints configurations in the one way to write them, writes them back with -w, and with -l names those
// that are written otherwise and fails.
func format(args []string, out, stderr io.Writer) int {
	flags := flag.NewFlagSet("fmt", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	write := flags.Bool("w", false, "write the files")
	list := flags.Bool("l", false, "list the files that would change")
	files, err := parseInterleaved(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, fmtUsage)
		return exitFine
	case err != nil:
		fmt.Fprintf(stderr, "sallyport fmt: %v\n%s\n", err, fmtUsage)
		return exitUsage
	case len(files) == 0:
		fmt.Fprintf(stderr, "sallyport fmt: no file\n%s\n", fmtUsage)
		return exitUsage
	}
	code := exitFine
	for _, file := range files {
		before, err := os.ReadFile(file)
		var after []byte
		if err == nil {
			after, err = conf.Format(file, before)
		}
		changed := err == nil && !bytes.Equal(before, after)
		if changed && *list {
			fmt.Fprintln(out, file)
			code = exitWrong
		}
		switch {
		case err != nil:
		case *write && changed:
			err = replaceFile(file, after)
		case !*write && !*list:
			_, err = out.Write(after)
		}
		if err != nil {
			fmt.Fprintln(stderr, err)
			code = exitWrong
		}
	}
	return code
}

// replaceFile writes a file beside the old one and puts it in its place, with the same permissions, so that a reader never sees half.
func replaceFile(file string, text []byte) error {
	info, err := os.Stat(file)
	if err != nil {
		return err
	}
	beside := file + ".new"
	if err := os.WriteFile(beside, text, info.Mode().Perm()); err != nil {
		return err
	}
	if err := os.Rename(beside, file); err != nil {
		os.Remove(beside)
		return err
	}
	return nil
}
