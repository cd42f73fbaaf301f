package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net/http"
	"os"
	"time"

	"sallyport/conf"
)

const reloadUsage = `usage: sallyport reload [-c FILE] [--admin ADDRESS]

It asks the admin port of a running gateway. The address and the token are those of FILE; without it the address is
127.0.0.1:9090 and the token is in the environment as SALLYPORT_ADMIN_TOKEN.`

// reload is the command reload: it makes a running gateway read its configuration again, and prints what is wrong with it.
func reload(args []string, out, stderr io.Writer) int {
	flags := flag.NewFlagSet("reload", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	file := flags.String("c", "", "the configuration file of the running gateway")
	address := flags.String("admin", "", "the address of its admin port")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, reloadUsage)
		return exitFine
	case err != nil || flags.NArg() > 0:
		fmt.Fprintln(stderr, reloadUsage)
		return exitUsage
	}
	token := os.Getenv("SALLYPORT_ADMIN_TOKEN")
	if *file != "" {
		c, _, err := conf.Load(*file)
		if err != nil {
			fmt.Fprintln(stderr, err)
			return exitWrong
		}
		if *address == "" {
			*address = c.Gateway.Admin.Listen
		}
		if t, err := c.Gateway.Admin.Token.Value(); err == nil && t != "" {
			token = t
		}
	}
	if *address == "" {
		*address = "127.0.0.1:9090"
	}
	return askReload(*address, token, out, stderr)
}

func askReload(address, token string, out, stderr io.Writer) int {
	request, err := http.NewRequest(http.MethodPost, "http://"+address+"/reload", nil)
	if err != nil {
		fmt.Fprintf(stderr, "sallyport reload: %v\n", err)
		return exitUsage
	}
	request.Header.Set("Authorization", "Bearer "+token)
	client := http.Client{Timeout: time.Minute}
	answer, err := client.Do(request)
	if err != nil {
		fmt.Fprintf(stderr, "sallyport reload: cannot reach the admin port: %v\n", err)
		return exitWrong
	}
	defer answer.Body.Close()
	var said struct {
		Generation uint64   `json:"generation"`
		Errors     []string `json:"errors"`
		Warnings   []string `json:"warnings"`
		Error      string   `json:"error"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&said); err != nil {
		fmt.Fprintf(stderr, "sallyport reload: the admin port answers %s, and no JSON: %v\n", answer.Status, err)
		return exitWrong
	}
	for _, line := range append(said.Warnings, said.Errors...) {
		fmt.Fprintln(stderr, line)
	}
	if answer.StatusCode != http.StatusOK {
		if said.Error != "" {
			fmt.Fprintf(stderr, "sallyport reload: %s\n", said.Error)
		}
		return exitWrong
	}
	fmt.Fprintf(out, "configuration %d is in force\n", said.Generation)
	return exitFine
}
