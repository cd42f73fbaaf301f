package lb

import (
	"context"
	"errors"
	"fmt"
	"net"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/miekg/dns"

	"sallyport/conf"
)

const (
	minTTL     = time.Second // a record that lives shorter is still believed so long
	dnsTimeout = 2 * time.Second
	maxFound   = 1024 // nodes that are taken from one answer
)

// resolver finds nodes in DNS. It asks the servers itself, because the standard library does not tell how long an answer is valid.
type resolver struct {
	conf    *conf.DNS
	servers []string // host:port, asked in this order
	search  []string // domains that a relative name is tried in
	ndots   int
	problem error // the servers are not known
	udp     dns.Client
	tcp     dns.Client
}

func newResolver(c *conf.DNS) *resolver {
	r := &resolver{
		conf: c,
		udp:  dns.Client{Timeout: dnsTimeout, UDPSize: dns.DefaultMsgSize},
		tcp:  dns.Client{Timeout: dnsTimeout, Net: "tcp"},
	}
	if c.Server != "" {
		r.servers = []string{c.Server}
		return r
	}
	system, err := dns.ClientConfigFromFile("/etc/resolv.conf")
	if err != nil {
		r.problem = fmt.Errorf("cannot read the servers of DNS: %w", err)
		return r
	}
	for _, server := range system.Servers {
		r.servers = append(r.servers, net.JoinHostPort(server, system.Port))
	}
	r.search, r.ndots = system.Search, system.Ndots
	return r
}

// found is an address and how much of the upstream's load it is meant to take.
type found struct {
	host   string
	port   uint16
	weight int
}

func (r *resolver) find(ctx context.Context) ([]conf.Node, time.Duration, error) {
	every := time.Duration(r.conf.Every)
	if r.problem != nil {
		return nil, every, r.problem
	}
	// No answer: asked again as soon as a short-lived one would be.
	again := min(every, minTTL)
	var addresses []found
	var ttl time.Duration
	var err error
	if r.conf.Type == "srv" {
		addresses, ttl, err = r.services(ctx, r.conf.Name)
	} else {
		addresses, ttl, err = r.hostPort(ctx, r.conf.Name)
	}
	if err != nil {
		return nil, again, err
	}
	if len(addresses) == 0 {
		return nil, again, fmt.Errorf("DNS has no address for %q", r.conf.Name)
	}
	return nodesOf(addresses), min(max(ttl, minTTL), every), nil
}

// nodesOf makes a node of every address, named for it: an address keeps its state whatever else is in an answer.
func nodesOf(addresses []found) []conf.Node {
	var nodes []conf.Node
	for _, a := range addresses {
		address := net.JoinHostPort(a.host, strconv.Itoa(int(a.port)))
		if !slices.ContainsFunc(nodes, func(n conf.Node) bool { return n.Address == address }) {
			nodes = append(nodes, conf.Node{Name: address, Address: address, Weight: a.weight})
		}
	}
	slices.SortFunc(nodes, func(a, b conf.Node) int { return strings.Compare(a.Name, b.Name) })
	return nodes[:min(len(nodes), maxFound)]
}

// hostPort finds the addresses of "host:port".
func (r *resolver) hostPort(ctx context.Context, name string) ([]found, time.Duration, error) {
	host, text, err := net.SplitHostPort(name)
	if err != nil {
		return nil, 0, fmt.Errorf("%q is not a host and a port: %w", name, err)
	}
	port, err := strconv.ParseUint(text, 10, 16)
	if err != nil {
		return nil, 0, fmt.Errorf("%q has no port number", name)
	}
	hosts, ttl, err := r.addresses(ctx, host)
	var addresses []found
	for _, h := range hosts {
		addresses = append(addresses, found{h, uint16(port), 1})
	}
	return addresses, ttl, err
}

// addresses finds the IPv4 and IPv6 addresses of a host. One family is enough.
func (r *resolver) addresses(ctx context.Context, host string) (hosts []string, ttl time.Duration, err error) {
	ttl = time.Duration(r.conf.Every)
	var problems []error
	for _, kind := range []uint16{dns.TypeA, dns.TypeAAAA} {
		answer, err := r.ask(ctx, host, kind)
		if err != nil {
			problems = append(problems, err)
			continue
		}
		for _, record := range answer {
			switch record := record.(type) {
			case *dns.A:
				hosts = append(hosts, record.A.String())
			case *dns.AAAA:
				hosts = append(hosts, record.AAAA.String())
			}
			ttl = min(ttl, seconds(record.Header().Ttl)) // of a CNAME on the way too
		}
	}
	if len(problems) > 0 {
		// Half an answer would take away the nodes of the other half.
		return nil, 0, errors.Join(problems...)
	}
	return hosts, ttl, nil
}

// services finds the targets of SRV records: those with the best priority.
func (r *resolver) services(ctx context.Context, name string) ([]found, time.Duration, error) {
	answer, err := r.ask(ctx, name, dns.TypeSRV)
	if err != nil {
		return nil, 0, err
	}
	ttl := time.Duration(r.conf.Every)
	var services []*dns.SRV
	for _, record := range answer {
		ttl = min(ttl, seconds(record.Header().Ttl))
		if srv, ok := record.(*dns.SRV); ok && srv.Target != "." {
			services = append(services, srv)
		}
	}
	slices.SortStableFunc(services, func(a, b *dns.SRV) int { return int(a.Priority) - int(b.Priority) })
	var addresses []found
	for _, srv := range services[:min(len(services), maxFound)] {
		if srv.Priority != services[0].Priority {
			break
		}
		hosts, hostTTL, err := r.addresses(ctx, srv.Target)
		if err != nil {
			return nil, 0, err
		}
		ttl = min(ttl, hostTTL)
		for _, h := range hosts {
			addresses = append(addresses, found{h, srv.Port, max(1, int(srv.Weight))})
		}
	}
	return addresses, ttl, nil
}

func seconds(ttl uint32) time.Duration { return time.Duration(ttl) * time.Second }

// ask returns the records of a name, from the first server that knows. A name without such records has none: no error.
func (r *resolver) ask(ctx context.Context, name string, kind uint16) ([]dns.RR, error) {
	if ip := net.ParseIP(name); ip != nil {
		return literal(ip, kind, r.conf.Every), nil
	}
	var err error
	for _, full := range r.candidates(name) {
		for _, server := range r.servers {
			var answer *dns.Msg
			answer, err = r.exchange(ctx, server, full, kind)
			if err != nil {
				continue
			}
			if len(answer.Answer) > 0 {
				return answer.Answer, nil
			}
			break // it knows, and there is nothing: the next name
		}
		if err != nil {
			return nil, err
		}
	}
	return nil, nil
}

// candidates returns the absolute names to try for a name (resolv.conf's search and ndots).
func (r *resolver) candidates(name string) []string {
	if dns.IsFqdn(name) {
		return []string{name}
	}
	var relative []string
	for _, domain := range r.search {
		relative = append(relative, dns.Fqdn(name+"."+domain))
	}
	if strings.Count(name, ".") >= r.ndots {
		return append([]string{dns.Fqdn(name)}, relative...)
	}
	return append(relative, dns.Fqdn(name))
}

func (r *resolver) exchange(ctx context.Context, server, name string, kind uint16) (*dns.Msg, error) {
	question := new(dns.Msg)
	question.SetQuestion(name, kind)
	question.SetEdns0(dns.DefaultMsgSize, false)
	answer, _, err := r.udp.ExchangeContext(ctx, question, server)
	if err == nil && answer.Truncated {
		answer, _, err = r.tcp.ExchangeContext(ctx, question, server)
	}
	if err != nil {
		return nil, fmt.Errorf("cannot ask %s for %s: %w", server, name, err)
	}
	if answer.Rcode != dns.RcodeSuccess && answer.Rcode != dns.RcodeNameError {
		return nil, fmt.Errorf("%s answers %s for %s", server, dns.RcodeToString[answer.Rcode], name)
	}
	return answer, nil
}

// literal is the answer for a name that is an address.
func literal(ip net.IP, kind uint16, ttl conf.Duration) []dns.RR {
	header := dns.RR_Header{Ttl: uint32(time.Duration(ttl) / time.Second)}
	switch {
	case ip.To4() != nil && kind == dns.TypeA:
		return []dns.RR{&dns.A{Hdr: header, A: ip}}
	case ip.To4() == nil && kind == dns.TypeAAAA:
		return []dns.RR{&dns.AAAA{Hdr: header, AAAA: ip}}
	}
	return nil
}
