package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"sallyport/conf"
	"sallyport/internal/apikey"
)

const keysUsage = `usage: sallyport keys new NAME [--scopes a,b] [--expires 90d] [--owner TEXT] [--file FILE]
       sallyport keys list FILE
       sallyport keys expire FILE NAME [--in 7d | --old]

new prints a key and the stanza with its digest, or enters the stanza in FILE; a name that is there gets a second key, and
keeps both until "keys expire FILE NAME --old" drops the older one. FILE is written anew, without its comments.`

// keys is the command keys: it makes API keys and keeps the files of their digests.
func keys(args []string, out, stderr io.Writer) int {
	commands := map[string]func(*flag.FlagSet, []string, io.Writer) error{"new": newKey, "list": listKeys, "expire": expireKey}
	if asksHelp(args) {
		fmt.Fprintln(out, keysUsage)
		return exitFine
	}
	if len(args) == 0 || commands[args[0]] == nil {
		fmt.Fprintln(stderr, keysUsage)
		return exitUsage
	}
	flags := flag.NewFlagSet("keys", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	err := commands[args[0]](flags, args[1:], out)
	var misuse usageError
	switch {
	case err == nil:
		return exitFine
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, keysUsage)
		return exitFine
	case errors.As(err, &misuse):
		fmt.Fprintf(stderr, "sallyport keys: %v\n%s\n", err, keysUsage)
		return exitUsage
	}
	fmt.Fprintf(stderr, "sallyport keys: %v\n", err)
	return exitWrong
}

// usageError is a wrong use of a command.
type usageError struct{ error }

func misuse(format string, args ...any) error { return usageError{fmt.Errorf(format, args...)} }

// arguments parses flags and as many other arguments as there are names for.
func arguments(flags *flag.FlagSet, args []string, names ...string) ([]string, error) {
	rest, err := parseInterleaved(flags, args)
	switch {
	case errors.Is(err, flag.ErrHelp):
		return nil, err
	case err != nil:
		return nil, usageError{err}
	case len(rest) < len(names):
		return nil, misuse("no %s", names[len(rest)])
	case len(rest) > len(names):
		return nil, misuse("%q is one argument too many", rest[len(names)])
	}
	return rest, nil
}

func newKey(flags *flag.FlagSet, args []string, out io.Writer) error {
	scopes := flags.String("scopes", "", "")
	expires := flags.String("expires", "", "")
	owner := flags.String("owner", "", "")
	file := flags.String("file", "", "")
	rest, err := arguments(flags, args, "NAME")
	if err != nil {
		return err
	}
	k := &conf.APIKey{ID: rest[0], Owner: *owner}
	if k.Scopes, err = scopeList(*scopes); err != nil {
		return err
	}
	if *expires != "" {
		if k.Expires.Time, err = after(*expires, time.Now()); err != nil {
			return err
		}
	}
	if strings.ContainsFunc(k.Owner, func(r rune) bool { return r < ' ' || r == 0x7f }) {
		return misuse("the owner %q has controls in it", k.Owner)
	}
	text, err := apikey.New(k.ID)
	if err != nil {
		return usageError{err}
	}
	k.Digest = conf.Digests{apikey.SumOf([]byte(text)).Digest()}
	if *file == "" {
		_, err = fmt.Fprintf(out, "%s\n\n%s", text, stanza(k))
		return err
	}
	if err := enterKey(*file, k); err != nil {
		return err
	}
	_, err = fmt.Fprintln(out, text)
	return err
}

// scopeList reads scopes with commas between them.
func scopeList(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	list := strings.Split(text, ",")
	for i, s := range list {
		list[i] = strings.TrimSpace(s)
		// RFC 6749 section 3.3: visible ASCII but for quotes and backslashes.
		if list[i] == "" || strings.ContainsFunc(list[i], func(r rune) bool { return r <= ' ' || r >= 0x7f || r == '"' || r == '\\' }) {
			return nil, misuse("%q is not a scope", s)
		}
	}
	return list, nil
}

// after returns the moment a written length of time after now, in whole seconds.
func after(length string, now time.Time) (time.Time, error) {
	var d conf.Duration
	if err := d.UnmarshalText([]byte(length)); err != nil {
		return time.Time{}, usageError{err}
	}
	if d <= 0 {
		return time.Time{}, misuse("%q is over already", length)
	}
	return now.Add(time.Duration(d)).UTC().Truncate(time.Second), nil
}

func listKeys(flags *flag.FlagSet, args []string, out io.Writer) error {
	rest, err := arguments(flags, args, "FILE")
	if err != nil {
		return err
	}
	all, err := conf.LoadKeys(rest[0])
	if err != nil {
		return err
	}
	table := tabwriter.NewWriter(out, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "NAME\tSECRETS\tEXPIRES\tSCOPES\tOWNER")
	for _, id := range slices.Sorted(maps.Keys(all)) {
		k := all[id]
		expires := "never"
		switch {
		case k.Expires.IsZero():
		case k.Expires.After(time.Now()):
			expires = k.Expires.UTC().Format(time.RFC3339)
		default:
			expires = "expired"
		}
		fmt.Fprintf(table, "%s\t%d\t%s\t%s\t%s\n", id, len(k.Digest), expires, strings.Join(k.Scopes, " "), k.Owner)
	}
	return table.Flush()
}

func expireKey(flags *flag.FlagSet, args []string, out io.Writer) error {
	in := flags.String("in", "", "")
	old := flags.Bool("old", false, "")
	rest, err := arguments(flags, args, "FILE", "NAME")
	if err != nil {
		return err
	}
	if *old && *in != "" {
		return misuse("--in and --old exclude each other")
	}
	file, id := rest[0], rest[1]
	all, err := conf.LoadKeys(file)
	if err != nil {
		return err
	}
	k := all[id]
	switch {
	case k == nil:
		return fmt.Errorf("%s: there is no key %q", file, id)
	case *old && len(k.Digest) < 2:
		return fmt.Errorf("%s: %q has one secret only", file, id)
	case *old:
		k.Digest = k.Digest[1:]
	case *in != "":
		if k.Expires.Time, err = after(*in, time.Now()); err != nil {
			return err
		}
	default:
		k.Expires.Time = time.Now().UTC().Truncate(time.Second)
	}
	return writeKeys(file, all)
}
