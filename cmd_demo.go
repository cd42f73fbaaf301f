package main

import (
	"crypto/rand"
	_ "embed"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"sallyport/internal/jose"
)

const demoUsage = `usage: sallyport demo [--tokens FILE]

It runs a gateway on 127.0.0.1:8080 with its admin port on 127.0.0.1:9090, an upstream and an issuer of tokens, all in one
process, and prints commands to try. --tokens writes the tokens to FILE as JSON, for the load scripts.`

//go:embed demo.toml
var demoConfiguration string

// demo is the command demo.
func demo(args []string, out, stderr io.Writer) int {
	flags := flag.NewFlagSet("demo", flag.ContinueOnError)
	flags.SetOutput(io.Discard)
	tokensFile := flags.String("tokens", "", "where to write the tokens")
	switch err := flags.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Fprintln(out, demoUsage)
		return exitFine
	case err != nil || flags.NArg() > 0:
		fmt.Fprintln(stderr, demoUsage)
		return exitUsage
	}
	if err := runDemo(*tokensFile, out, stderr); err != nil {
		fmt.Fprintf(stderr, "sallyport demo: %v\n", err)
		return exitWrong
	}
	return exitFine
}

func runDemo(tokensFile string, out, stderr io.Writer) error {
	dir, err := os.MkdirTemp("", "sallyport-demo-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	signer, err := jose.NewSigner(jose.ES256)
	if err != nil {
		return err
	}
	issuer, err := serveDemo(demoIssuer(signer))
	if err != nil {
		return err
	}
	upstream, err := serveDemo(demoUpstream())
	if err != nil {
		return err
	}
	tokens, err := demoTokens(signer, "http://"+issuer)
	if err != nil {
		return err
	}
	if tokensFile != "" {
		text, err := json.Marshal(tokens)
		if err != nil {
			return err
		}
		if err := os.WriteFile(tokensFile, text, 0o600); err != nil {
			return err
		}
	}
	admin := rand.Text()
	if err := os.WriteFile(filepath.Join(dir, "admin.token"), []byte(admin), 0o600); err != nil {
		return err
	}
	text := strings.NewReplacer("@ISSUER@", "http://"+issuer, "@UPSTREAM@", upstream).Replace(demoConfiguration)
	file := filepath.Join(dir, "sallyport.toml")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return err
	}
	if code := serve(file, stderr, func() { printDemo(out, file, admin, tokens) }); code != exitFine {
		return errors.New("the gateway did not start")
	}
	return nil
}

// serveDemo serves on a free port of this machine, until the process ends, and returns the address.
func serveDemo(h http.Handler) (string, error) {
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	go http.Serve(socket, h)
	return socket.Addr().String(), nil
}

// demoIssuer publishes the signer's key.
func demoIssuer(s *jose.Signer) http.Handler {
	keys := jose.JWKS(s)
	mux := http.NewServeMux()
	mux.HandleFunc("GET /jwks.json", func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/jwk-set+json")
		w.Write(keys)
	})
	return mux
}

// demoUpstream answers what the routes of the demo lead to.
func demoUpstream() http.Handler {
	mux := http.NewServeMux()
	say := func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		fmt.Fprintf(w, "{\"method\":%q,\"path\":%q}\n", r.Method, r.URL.Path)
	}
	mux.HandleFunc("/", say)
	mux.HandleFunc("/v1/orders", func(w http.ResponseWriter, r *http.Request) {
		if _, err := io.Copy(io.Discard, r.Body); err != nil {
			return
		}
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(http.StatusCreated)
		io.WriteString(w, "{\"id\":42}\n")
	})
	mux.HandleFunc("/v1/echo", func(w http.ResponseWriter, r *http.Request) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return
		}
		w.Header().Set("Content-Type", r.Header.Get("Content-Type"))
		w.Write(body)
	})
	mux.HandleFunc("/v1/slow", func(w http.ResponseWriter, r *http.Request) {
		wait, err := time.ParseDuration(r.URL.Query().Get("for"))
		if err != nil {
			wait = 300 * time.Millisecond
		}
		select {
		case <-time.After(wait):
			say(w, r)
		case <-r.Context().Done():
		}
	})
	return mux
}

// demoTokens signs one token that may read and one that may write as well.
func demoTokens(s *jose.Signer, issuer string) (map[string]string, error) {
	tokens := map[string]string{}
	now := time.Now()
	for name, scope := range map[string]string{"reader": "orders:read", "writer": "orders:read orders:write"} {
		claims, err := json.Marshal(map[string]any{
			"iss": issuer, "aud": "demo", "sub": name, "scope": scope,
			"iat": now.Unix(), "exp": now.Add(24 * time.Hour).Unix(),
		})
		if err != nil {
			return nil, err
		}
		if tokens[name], err = s.Sign("at+jwt", claims); err != nil {
			return nil, err
		}
	}
	return tokens, nil
}

func printDemo(out io.Writer, file, admin string, tokens map[string]string) {
	fmt.Fprintf(out, `Sallyport listens on http://127.0.0.1:8080, its admin port on http://127.0.0.1:9090.
Its configuration is %[1]s. To end it: ctrl-c.

# no token is needed
curl -i http://127.0.0.1:8080/hello

# with a token that may read: 200; without: 401 auth.missing
READER='%[2]s'
curl -i -H "Authorization: Bearer $READER" http://127.0.0.1:8080/v1/orders/42
curl -i http://127.0.0.1:8080/v1/orders/42

# to write needs another scope: 403 authz.scope, and 201 with the right one
WRITER='%[3]s'
curl -i -H "Authorization: Bearer $READER" -H 'Content-Type: application/json' -d '{"item":1}' http://127.0.0.1:8080/v1/orders
curl -i -H "Authorization: Bearer $WRITER" -H 'Content-Type: application/json' -d '{"item":1}' http://127.0.0.1:8080/v1/orders

# /v1/orders/{id} takes 5 requests a second from each caller, 10 at once: then 429 with Retry-After
for i in $(seq 30); do curl -s -o /dev/null -w '%%{http_code} ' -H "Authorization: Bearer $READER" http://127.0.0.1:8080/v1/orders/42; done; echo

# everything is counted; what changes state needs the admin token
curl -s http://127.0.0.1:9090/metrics | grep sallyport_
curl -s -X POST -H 'Authorization: Bearer %[4]s' http://127.0.0.1:9090/reload

`, file, tokens["reader"], tokens["writer"], admin)
}
