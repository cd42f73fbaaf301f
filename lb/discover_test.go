package lb

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/miekg/dns"

	"sallyport/conf"
)

// zone is a DNS server on loopback that answers with the records it holds.
type zone struct {
	address string
	mu      sync.Mutex
	records string // in the form of a zone file; "broken" answers SERVFAIL
}

func newZone(t *testing.T) *zone {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	var conn net.PacketConn
	for range 20 { // somebody else may have the other half of a port
		if err != nil {
			t.Fatal(err)
		}
		if conn, err = net.ListenPacket("udp", listener.Addr().String()); err == nil {
			break
		}
		listener.Close()
		listener, err = net.Listen("tcp", "127.0.0.1:0")
	}
	z := &zone{address: conn.LocalAddr().String()}
	udp := &dns.Server{PacketConn: conn, Handler: z}
	tcp := &dns.Server{Listener: listener, Handler: z}
	go udp.ActivateAndServe()
	go tcp.ActivateAndServe()
	t.Cleanup(func() { udp.Shutdown(); tcp.Shutdown() })
	return z
}

func (z *zone) hold(records string) {
	z.mu.Lock()
	defer z.mu.Unlock()
	z.records = records
}

func (z *zone) ServeDNS(w dns.ResponseWriter, question *dns.Msg) {
	z.mu.Lock()
	records := z.records
	z.mu.Unlock()
	answer := new(dns.Msg)
	answer.SetReply(question)
	asked := question.Question[0]
	if records == "broken" {
		answer.Rcode = dns.RcodeServerFailure
	} else {
		parser := dns.NewZoneParser(strings.NewReader(records), "", "")
		for record, ok := parser.Next(); ok; record, ok = parser.Next() {
			header := record.Header()
			if strings.EqualFold(header.Name, asked.Name) && (header.Rrtype == asked.Qtype || header.Rrtype == dns.TypeCNAME) {
				answer.Answer = append(answer.Answer, record)
			}
		}
	}
	if _, udp := w.RemoteAddr().(*net.UDPAddr); udp {
		answer.Truncate(dns.DefaultMsgSize)
	}
	w.WriteMsg(answer)
}

func TestResolver(t *testing.T) {
	z := newZone(t)
	f := func(kind, name, records, want string) {
		t.Helper()
		z.hold(records)
		r := newResolver(&conf.DNS{Name: name, Type: kind, Every: conf.Duration(10 * time.Second), Server: z.address})
		nodes, again, err := r.find(context.Background())
		got := fmt.Sprint(again)
		for _, n := range nodes {
			got += fmt.Sprintf(" %s*%d", n.Address, n.Weight)
		}
		if err != nil {
			got = "error"
		}
		if got != want {
			t.Errorf("%s %s gives %q, want %q", kind, name, got, want)
		}
	}
	f("a", "app.svc:8080", "app.svc. 5 A 10.0.0.2\napp.svc. 7 A 10.0.0.1", "5s 10.0.0.1:8080*1 10.0.0.2:8080*1")
	f("a", "app.svc:8080", "app.svc. 5 A 10.0.0.1\napp.svc. 3 AAAA 2001:db8::1", "3s 10.0.0.1:8080*1 [2001:db8::1]:8080*1")
	f("a", "app.svc:80", "app.svc. 0 A 10.0.0.1", "1s 10.0.0.1:80*1")     // not more often than once a second
	f("a", "app.svc:80", "app.svc. 3600 A 10.0.0.1", "10s 10.0.0.1:80*1") // nor less often than every
	f("a", "app.svc:80", "app.svc. 9 A 1.1.1.1\napp.svc. 9 A 1.1.1.1", "9s 1.1.1.1:80*1")
	f("a", "app.svc:80", "", "error")
	f("a", "app.svc:80", "broken", "error")
	f("a", "app.svc", "app.svc. 5 A 10.0.0.1", "error")
	f("a", "10.9.8.7:80", "", "10s 10.9.8.7:80*1")
	f("srv", "_http._tcp.app", "_http._tcp.app. 5 SRV 1 10 81 x.\n_http._tcp.app. 5 SRV 1 30 82 y.\n_http._tcp.app. 5 SRV 2 0 83 z.\n"+
		"x. 4 A 10.0.0.1\ny. 9 A 10.0.0.2\nz. 9 A 10.0.0.3", "4s 10.0.0.1:81*10 10.0.0.2:82*30")
	f("srv", "_http._tcp.app", "_http._tcp.app. 5 SRV 0 0 81 x.\nx. 9 A 10.0.0.1", "5s 10.0.0.1:81*1")
	f("srv", "_http._tcp.app", "_http._tcp.app. 5 SRV 0 0 0 .", "error")

	many, want := "", "9s"
	for i := range 200 {
		many += fmt.Sprintf("big. 9 A 10.0.1.%d\n", i)
	}
	z.hold(many)
	r := newResolver(&conf.DNS{Name: "big:80", Type: "a", Every: conf.Duration(10 * time.Second), Server: z.address})
	if nodes, again, err := r.find(context.Background()); len(nodes) != 200 || again.String() != want || err != nil {
		t.Errorf("an answer that needs TCP gives %d nodes, %v, %v", len(nodes), again, err)
	}
}

func TestCandidates(t *testing.T) {
	f := func(name, want string) {
		t.Helper()
		r := &resolver{search: []string{"ns.svc", "svc"}, ndots: 2}
		if got := strings.Join(r.candidates(name), " "); got != want {
			t.Errorf("%q is tried as %q, want %q", name, got, want)
		}
	}
	f("app.", "app.")
	f("app", "app.ns.svc. app.svc. app.")
	f("a.b.c", "a.b.c. a.b.c.ns.svc. a.b.c.svc.")
}

// eventually waits in real time: the servers of these tests are real.
func eventually(t *testing.T, what string, f func() bool) {
	t.Helper()
	for range 2000 {
		if f() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal(what)
}

func TestNodesFromDNS(t *testing.T) {
	z := newZone(t)
	z.hold("app. 1 A 127.0.0.1\napp. 1 A 127.0.0.2")
	c := definedAs(t, fmt.Sprintf("dns = { name = \"app:80\", server = %q, every = \"100ms\" }", z.address))
	u, err := Compile(c, nil)
	if err != nil {
		t.Fatal(err)
	}
	u.Start()
	defer u.Stop()
	ready := func() string {
		s := ""
		for _, n := range u.fleet.view.Load().ready {
			s += n.address + " "
		}
		return s
	}
	if got := ready(); got != "127.0.0.1:80 127.0.0.2:80 " {
		t.Fatalf("after the start %s are ready", got)
	}
	first := u.fleet.view.Load().ready[0]
	first.latency.observe(1, 1e6)
	z.hold("app. 1 A 127.0.0.1\napp. 1 A 127.0.0.3")
	eventually(t, "the change is not seen", func() bool { return ready() == "127.0.0.1:80 127.0.0.3:80 " })
	if u.fleet.view.Load().ready[0] != first {
		t.Error("the node that stayed has lost its state")
	}
	z.hold("broken")
	time.Sleep(300 * time.Millisecond)
	if got := ready(); got != "127.0.0.1:80 127.0.0.3:80 " {
		t.Errorf("while DNS fails %s are ready", got)
	}
	z.hold("")
	time.Sleep(300 * time.Millisecond)
	if got := ready(); got != "127.0.0.1:80 127.0.0.3:80 " {
		t.Errorf("while DNS knows no address %s are ready", got)
	}
	again, err := Compile(c, u)
	if err != nil {
		t.Fatal(err)
	}
	again.Start()
	defer again.Stop()
	u.Stop()
	z.hold("app. 1 A 127.0.0.4") // who asks is still the goroutine of before the reload
	eventually(t, "the return is not seen", func() bool { return ready() == "127.0.0.4:80 " })
}

func TestNodesFromFile(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "nodes.toml")
		write := func(text string) {
			t.Helper()
			if err := os.WriteFile(path+".new", []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Rename(path+".new", path); err != nil {
				t.Fatal(err)
			}
		}
		write("a = \"127.0.0.1:1\"\nb = \"127.0.0.1:2\"")
		s := newStub(t, fmt.Sprintf("file = %q", path))
		f := func(text, want string) {
			t.Helper()
			write(text)
			time.Sleep(2 * fileEvery)
			synctest.Wait()
			if s.ready() != want {
				t.Errorf("%q makes %s ready, want %s", text, s.ready(), want)
			}
		}
		if s.ready() != "ab" {
			t.Errorf("after the start %s are ready", s.ready())
		}
		f("a = \"127.0.0.1:1\"\nc = \"127.0.0.1:3\"", "ac")
		f("a = ", "ac")
		f("", "ac")
		f("d = { address = \"127.0.0.1:3\", weight = 2 }", "d")
		if err := os.Remove(path); err != nil {
			t.Fatal(err)
		}
		time.Sleep(2 * fileEvery)
		if s.ready() != "d" {
			t.Errorf("without the file %s are ready", s.ready())
		}
	})
}
