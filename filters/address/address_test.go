package address

import (
	"context"
	"fmt"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/filterstest"
)

func networksOf(t testing.TB, list ...string) []conf.Network {
	t.Helper()
	var ns []conf.Network
	for _, s := range list {
		var n conf.Network
		if err := n.UnmarshalText([]byte(s)); err != nil {
			t.Fatal(err)
		}
		ns = append(ns, n)
	}
	return ns
}

func feedOf(t testing.TB, lines ...string) *Feed {
	t.Helper()
	path := filepath.Join(t.TempDir(), "feed.txt")
	if err := os.WriteFile(path, []byte(strings.Join(lines, "\n")), 0o600); err != nil {
		t.Fatal(err)
	}
	f := NewFeed(&conf.Feed{Name: "bad", File: conf.Path(path)}, metrics.NewSet())
	if err := f.Load(context.Background()); err != nil {
		t.Fatal(err)
	}
	return f
}

func feedsOf(feed *Feed) *Feeds { return &Feeds{byName: map[string]*Feed{"bad": feed}} }

func TestAddress(t *testing.T) {
	feeds := feedsOf(feedOf(t, "198.51.100.0/24", "2001:db8:bad::/48"))
	f := func(c conf.Address, client, reason string) {
		t.Helper()
		a, err := New(&c, feeds, filterstest.Site("orders"))
		if err != nil {
			t.Fatal(err)
		}
		x := filterstest.Exchange(t, "GET /")
		x.Client, _ = netip.ParseAddr(client)
		v := a.Request(x)
		if (v == filters.Done) != (reason != "") || reason != "" && (x.Denial.Code != reason || x.Reply.Status != 403) {
			t.Fatalf("%s: %v %v, want %q", client, v, x.Denial, reason)
		}
	}
	deny := conf.Address{Deny: networksOf(t, "10.0.0.0/8", "2001:db8::/32")}
	f(deny, "10.1.2.3", "address.denied")
	f(deny, "11.1.2.3", "")
	f(deny, "2001:db8::1", "address.denied")
	f(deny, "2001:db9::1", "")
	f(deny, "", "")

	allow := conf.Address{Allow: networksOf(t, "192.0.2.0/24", "::1"), Deny: networksOf(t, "192.0.2.66")}
	f(allow, "192.0.2.1", "")
	f(allow, "192.0.2.66", "address.denied")
	f(allow, "192.0.3.1", "address.denied")
	f(allow, "::1", "")
	f(allow, "::2", "address.denied")
	f(allow, "", "address.denied")

	listed := conf.Address{Allow: networksOf(t, "198.51.100.7", "192.0.2.0/24", "2001:db8::/32", "fe80::/10"), Feeds: []string{"bad"}}
	f(listed, "198.51.100.7", "feed.denied")
	f(listed, "198.51.100.8", "address.denied")
	f(listed, "192.0.2.1", "")
	f(listed, "2001:db8:bad::1", "feed.denied")
	f(listed, "fe80::1%eth0", "")

	if _, err := New(&conf.Address{Feeds: []string{"other"}}, feeds, filterstest.Site("orders")); err == nil {
		t.Fatal("a feed that is not there")
	}
}

func TestAddressShadow(t *testing.T) {
	a, err := New(&conf.Address{Deny: networksOf(t, "0.0.0.0/0"), Mode: conf.Shadow}, feedsOf(nil), filterstest.Site("orders"))
	if err != nil {
		t.Fatal(err)
	}
	x := filterstest.Exchange(t, "GET /")
	if a.Request(x) != filters.Next || x.Shadowed.Code != "address.denied" || x.Denial != nil {
		t.Fatalf("%v %v", x.Shadowed, x.Denial)
	}
}

func TestParse(t *testing.T) {
	f := func(text string, in, out string, size int) {
		t.Helper()
		list, err := parse([]byte(text))
		if err != nil {
			t.Fatalf("%q: %v", text, err)
		}
		if list.Size() != size || in != "" && !list.Contains(netip.MustParseAddr(in)) || out != "" && list.Contains(netip.MustParseAddr(out)) {
			t.Fatalf("%q: %d networks", text, list.Size())
		}
	}
	f("", "", "192.0.2.1", 0)
	f("# nothing\n\n; here\n", "", "192.0.2.1", 0)
	f("192.0.2.0/24\n", "192.0.2.1", "192.0.3.1", 1)
	f("192.0.2.7", "192.0.2.7", "192.0.2.8", 1)
	f("\xef\xbb\xbf192.0.2.7\r\n198.51.100.0/24 ; SBL1\r\n 203.0.113.9\t# x\r\n", "198.51.100.9", "203.0.113.8", 3)
	f("192.0.2.7/24", "192.0.2.1", "", 1)
	f("192.0.2.0/25\n192.0.2.128/25\n192.0.2.5", "192.0.2.200", "", 1)
	f("2001:db8::/32\n::ffff:192.0.2.1\n::ffff:198.51.100.0/120", "198.51.100.3", "::1", 3)

	refused := func(text, want string) {
		t.Helper()
		list, err := parse([]byte(text))
		if list != nil || err == nil || !strings.Contains(err.Error(), want) {
			t.Fatalf("%q: %v", text, err)
		}
	}
	refused("<html>\n<body>moved</body>\n", `0 lines are networks and 2 are not: line 1: "<html>" is not a network`)
	refused("0.0.0.0/0\n", "every address")
	refused("192.0.2.1\n::/0\n", "every address")
	refused("0.0.0.0/1\n128.0.0.0/1\n", "every address")
	refused("::ffff:0:0/64\n", "is not a network")

	some := strings.Repeat("192.0.2.1\n", 20) + "oops\n"
	if list, err := parse([]byte(some)); list == nil || list.Size() != 1 || err == nil || !strings.Contains(err.Error(), "line 21") {
		t.Fatalf("one bad line of many: %v", err)
	}
}

func TestFeedFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "feed.txt")
	feed := NewFeed(&conf.Feed{Name: "bad", File: conf.Path(path)}, metrics.NewSet())
	ip := netip.MustParseAddr("192.0.2.1")
	f := func(text string, ok, in bool) {
		t.Helper()
		if text != "" {
			if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		if err := feed.Load(context.Background()); (err == nil) != ok {
			t.Fatalf("%q: %v", text, err)
		}
		if feed.Contains(ip) != in {
			t.Fatalf("%q: contains %v", text, !in)
		}
	}
	f("", false, false)
	if feed.Ready() {
		t.Fatal("ready without a list")
	}
	f("192.0.2.0/24\n", true, true)
	f("", true, true)
	f("not a list at all\n", false, true)
	f("198.51.100.0/24 \n", true, false)
	if !feed.Ready() {
		t.Fatal("not ready")
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	f("", false, false)
	if !feed.Contains(netip.MustParseAddr("198.51.100.1")) {
		t.Fatal("the list went with its file")
	}
}

func TestFeeds(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string) conf.Path {
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return conf.Path(path)
	}
	set := metrics.NewSet()
	var mistakes []string
	compile := func(c map[string]*conf.Feed, previous *Feeds) *Feeds {
		mistakes = nil
		return CompileFeeds(c, previous, set, func(name string, err error) { mistakes = append(mistakes, name) })
	}
	kept := conf.Feed{Name: "kept", File: write("kept", "192.0.2.0/24")}
	changed := conf.Feed{Name: "changed", File: write("old", "192.0.2.0/24")}
	first := compile(map[string]*conf.Feed{"kept": &kept, "changed": &changed}, nil)
	first.Start()
	later := changed
	later.File = write("new", "198.51.100.0/24")
	broken := conf.Feed{Name: "broken", File: write("broken", "<html>")}
	again := kept
	compile(map[string]*conf.Feed{"kept": &again, "changed": &later, "broken": &broken}, first)
	if len(mistakes) != 1 || mistakes[0] != "broken" {
		t.Fatalf("mistakes: %q", mistakes)
	}
	second := compile(map[string]*conf.Feed{"kept": &again, "changed": &later, "url": {Name: "url", URL: "http://127.0.0.1:1/"}}, first)
	if len(mistakes) != 0 || second.byName["kept"] != first.byName["kept"] || second.byName["changed"] == first.byName["changed"] {
		t.Fatal("a feed changed with another one, or not with its definition")
	}
	if missing := second.Missing(); len(missing) != 1 || missing[0] != "url" {
		t.Fatalf("missing: %q", missing)
	}
	delete(second.byName, "url")
	second.Start()
	first.Retire(second)
	second.Retire(nil)
}

func TestFeedURL(t *testing.T) {
	asked, text, status := 0, "192.0.2.0/24\n", 200
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		asked++
		tag := fmt.Sprintf(`"%x"`, text)
		if r.Header.Get("If-None-Match") == tag {
			w.WriteHeader(304)
			return
		}
		w.Header().Set("ETag", tag)
		w.WriteHeader(status)
		w.Write([]byte(text))
	}))
	defer server.Close()
	feed := NewFeed(&conf.Feed{Name: "bad", URL: server.URL}, metrics.NewSet())
	ip := netip.MustParseAddr("192.0.2.1")
	f := func(ok, in bool) {
		t.Helper()
		if err := feed.Load(context.Background()); (err == nil) != ok {
			t.Fatal(err)
		}
		if feed.Contains(ip) != in {
			t.Fatalf("contains %v", !in)
		}
	}
	f(true, true)
	f(true, true)
	text, status = "# moved", 500
	f(false, true)
	status = 200
	f(true, false)
	if asked != 4 {
		t.Fatalf("asked %d times", asked)
	}
}

// onceSource is a list that fails, and then is there.
type onceSource struct{ asked []time.Time }

func (s *onceSource) read(context.Context) ([]byte, error) {
	s.asked = append(s.asked, time.Now())
	if len(s.asked) == 1 {
		return nil, fmt.Errorf("away")
	}
	return []byte("192.0.2.1\n"), nil
}

func TestFeedRun(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		source := new(onceSource)
		feed := NewFeed(&conf.Feed{Name: "bad", URL: "http://127.0.0.1/", Refresh: conf.Duration(time.Hour)}, metrics.NewSet())
		feed.source = source
		ctx, cancel := context.WithCancel(context.Background())
		reports := 0
		ended := make(chan struct{})
		start := time.Now()
		go func() {
			feed.Run(ctx, func(error) { reports++ })
			close(ended)
		}()
		time.Sleep(3 * time.Hour)
		cancel()
		<-ended
		if reports != 1 || !feed.Ready() || len(source.asked) < 4 || len(source.asked) > 5 {
			t.Fatalf("%d reports, asked %d times", reports, len(source.asked))
		}
		if first, second := source.asked[0].Sub(start), source.asked[1].Sub(start); first != 0 || second < 54*time.Second || second > time.Minute {
			t.Fatalf("asked after %v and %v", first, second)
		}
	})
}

func FuzzParse(f *testing.F) {
	for _, seed := range []string{"192.0.2.0/24\n", "# x\n::1 ; y\r\n", "0.0.0.0/0", "1.2.3.4/33\n", "\xef\xbb\xbf::ffff:1.2.3.0/120"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		list, err := parse(text)
		if list == nil {
			if err == nil {
				t.Fatal("neither a list nor an error")
			}
			return
		}
		for network := range list.All() {
			if network != network.Masked() || network.Bits() == 0 {
				t.Fatalf("%s is in the list", network)
			}
		}
	})
}

func BenchmarkAddress(b *testing.B) {
	random := rand.New(rand.NewPCG(1, 2))
	var lines []string
	for range 100_000 {
		lines = append(lines, fmt.Sprintf("%d.%d.%d.0/%d", 1+random.IntN(180), random.IntN(256), random.IntN(256), 16+random.IntN(9)))
	}
	feeds := feedsOf(feedOf(b, lines...))
	a, err := New(&conf.Address{Deny: networksOf(b, "10.0.0.0/8"), Feeds: []string{"bad"}}, feeds, filterstest.Site("orders"))
	if err != nil {
		b.Fatal(err)
	}
	x := filterstest.Exchange(b, "GET /")
	b.ReportAllocs()
	for b.Loop() {
		a.Request(x)
	}
}
