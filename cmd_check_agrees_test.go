package main

import (
	"context"
	"io"
	"log/slog"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sallyport/conf"
	"sallyport/gateway"
)

const agreeing = `schema = 1
[gateway]
admin = { listen = "off" }
drain = { quiet = "0s", requests = "0s", streams = "0s" }
[issuers.corp]
issuer = "https://id.example.com"
audiences = ["https://api.example.com"]
algorithms = ["HS256"]
jwks = { file = "keys.json" }
[keys.partners]
file = "partners.keys.toml"
[policies.base]
auth = { any = ["issuer:corp", "keys:partners"] }
rate = { key = ["principal", "client.ip/24"], limit = ["10/s", "100/m"], burst = 20 }
headers = { remove = ["Server"], set = { X-A = "{route} {path.id}" } }
concurrency = { max = 10, adaptive = true, min = 2 }
timeout = { request = "5s" }
[upstreams.app]
nodes = { a = "127.0.0.1:9000", b = { address = "127.0.0.1:9001", weight = 2 } }
balance = "hash:principal.tenant"
eject = { errors = "50%" }
breaker = { errors = "50%" }
retry = { attempts = 2, on = ["connect", "503"] }
[routes.read]
match = { host = "*.example.com", path = "/orders/{id}", methods = ["GET", "HEAD"] }
use = ["base"]
require = { scopes_all = ["a"], claims = { tenant = { equals = "path.id" } } }
rewrite = { strip_prefix = "/orders" }
to = "app"
[routes.write]
match = { path = "/orders/{id}", methods = ["POST"], headers = { X-Version = "2" } }
use = ["base"]
headers = { add = { X-B = "1" } }
cors = { origins = ["https://app.example.com"], credentials = true }
to = { app = 1 }
[routes.old]
match = { path = "/old/{id}/*" }
auth = "anonymous"
redirect = { to = "/orders/{id}", status = 301 }
[routes.health]
match = { path = "/healthz" }
auth = "anonymous"
respond = { status = 200, body = "ok" }
[listeners.public]
address = "127.0.0.1:0"
`

// TestCheckAgreesWithReload changes a configuration in many small ways: check and a running gateway must find the same of each.
func TestCheckAgreesWithReload(t *testing.T) {
	slog.SetDefault(slog.New(slog.NewTextHandler(io.Discard, nil)))
	dir := t.TempDir()
	writeFile(t, dir, "keys.json", `{"keys":[{"kty":"oct","kid":"k","alg":"HS256","k":"AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"}]}`)
	writeFile(t, dir, "partners.keys.toml", "")
	file := writeFile(t, dir, "agreeing.toml", agreeing)
	g := gateway.New()
	if _, err := g.Start(file); err != nil {
		t.Fatal(err)
	}
	defer g.Drain(context.Background())
	r := rand.New(rand.NewPCG(3, 4))
	refused := 0
	for range 400 {
		changed := mutate(r, agreeing)
		writeFile(t, dir, filepath.Base(file), changed)
		found := checkFile(file).Errors()
		_, err := g.Reload()
		if (len(found) > 0) != (err != nil) {
			t.Fatalf("%s\ncheck finds %v\nreload says %v", changed, found, err)
		}
		if err != nil {
			refused++
			if mistakes, ok := err.(conf.Problems); !ok || mistakes.Sorted().Error() != found.Error() {
				t.Fatalf("%s\ncheck finds\n%v\nreload says\n%v", changed, found, err)
			}
		}
	}
	if refused < 50 || refused > 390 {
		t.Errorf("%d of the changes were refused: too few or too many to mean something", refused)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
}

// mutate changes one line above the listener: drops or doubles it, or a word of it.
func mutate(r *rand.Rand, text string) string {
	above, listener, _ := strings.Cut(text, "[listeners.public]")
	lines := strings.SplitAfter(above, "\n")
	i := r.IntN(len(lines) - 1)
	words := strings.SplitAfter(lines[i], " ")
	w := r.IntN(len(words))
	switch r.IntN(6) {
	case 0:
		lines[i] = ""
	case 1:
		lines[i] += lines[i]
	case 2:
		words[w] = ""
		lines[i] = strings.Join(words, "")
	case 3:
		other := strings.SplitAfter(lines[r.IntN(len(lines)-1)], " ")
		words[w] = strings.TrimRight(other[r.IntN(len(other))], "\n")
		lines[i] = strings.TrimRight(strings.Join(words, ""), "\n") + "\n"
	case 4:
		at := r.IntN(len(lines[i]))
		lines[i] = lines[i][:at] + string("abz019./{}*\"= "[r.IntN(14)]) + lines[i][at:]
	default:
		at := r.IntN(len(lines[i]) - 1)
		lines[i] = lines[i][:at] + lines[i][at+1:]
	}
	return strings.Join(lines, "") + "[listeners.public]" + listener
}
