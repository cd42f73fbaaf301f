package conf

import (
	"fmt"
	"net/netip"
	"net/url"
	"os"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// validator finds what the types of the values cannot: references, files, and values that do not go together. It also sees a Config
// that did not decode whole, and is silent about what is missing in it.
type validator struct {
	*decoder
	c   *Config
	now time.Time
}

func (v *validator) all() {
	c := v.c
	if c.Schema != Schema && c.Has("schema") && v.is(kindInteger, "schema") {
		v.errorAt("schema is %d; this program reads schema 1", []string{"schema"}, c.Schema)
	}
	v.names()
	v.gateway()
	v.listeners()
	v.issuers()
	v.upstreams()
	v.policies()
	v.routes()
	v.state()
	v.observe()
	v.tests()
}

func (v *validator) at(path ...string) Position { return v.c.At(path...) }

// errorf reports a mistake, unless the value did not even decode.
func (v *validator) errorf(at Position, format string, args ...any) {
	if !v.broken[at] {
		v.decoder.errorf(at, format, args...)
	}
}

func (v *validator) warnf(at Position, format string, args ...any) {
	if !v.broken[at] {
		v.decoder.warnf(at, format, args...)
	}
}

// errorAt reports a mistake in the value at path.
func (v *validator) errorAt(format string, path []string, args ...any) {
	v.errorf(v.at(path...), format, args...)
}

func (v *validator) warnAt(format string, path []string, args ...any) {
	v.warnf(v.at(path...), format, args...)
}

// differs reports whether a key is written with another text than its default's.
func (v *validator) differs(standard string, path ...string) bool {
	n, whole := v.c.root.find(path...)
	return whole && n.text != standard
}

// written reports whether a key is there, or another one that was probably meant to be it.
func (v *validator) written(base []string, key string) bool {
	n, whole := v.c.root.find(base...)
	return whole && (n.child(key) != nil || v.meant[meaning{n.name, key}])
}

// key returns the place of the key at path, which is written.
func (v *validator) key(path ...string) Position {
	n, _ := v.c.root.find(path...)
	return n.name
}

func (v *validator) is(k kind, path ...string) bool {
	n, whole := v.c.root.find(path...)
	return whole && n.kind == k
}

// under is append that never writes into its first argument.
func under(base []string, more ...string) []string { return slices.Concat(base, more) }

// element is the path of a list's element for a message; lists have no keys, so the place is that of the element's node.
func (v *validator) element(i int, path ...string) Position {
	n, whole := v.c.root.find(path...)
	if whole && n.kind == kindArray && i < len(n.array) {
		return n.array[i].place
	}
	return v.at(path...)
}

// names checks what things are called.
func (v *validator) names() {
	for _, f := range fieldsOf(reflect.TypeFor[Config]()) {
		n := v.c.root.child(f.key)
		if n == nil || n.kind != kindTable || !isNames(f.key) {
			continue
		}
		for _, name := range n.keys {
			if !isName(name) {
				v.errorf(n.table[name].name, "%q is not a name; names are of letters, digits, dash, underscore and dot, and begin with a letter or a digit", name)
			}
		}
	}
	if _, taken := v.c.Rulesets["crs"]; taken {
		v.errorf(v.key("rulesets", "crs"), `the ruleset "crs" is built in; give yours another name, with base = "crs"`)
	}
}

// reference checks that a name is defined in a family of tables.
func reference[T any](v *validator, at Position, what, name string, defined map[string]T) bool {
	if _, ok := defined[name]; ok {
		return true
	}
	message := fmt.Sprintf("there is no %s %q", what, name)
	switch near := nearest(name, names(defined)); {
	case near != "":
		message += fmt.Sprintf("; did you mean %q?", near)
	case len(defined) == 0:
		message += "; none is defined"
	case len(defined) <= 8:
		message += "; there is " + strings.Join(names(defined), ", ")
	}
	v.errorf(at, "%s", message)
	return false
}

// distinct checks that a list has no element twice and no empty one.
func (v *validator) distinct(list []string, path ...string) {
	seen := map[string]bool{}
	for i, s := range list {
		if s == "" {
			v.errorf(v.element(i, path...), `%s has an empty element`, path[len(path)-1])
		} else if seen[s] {
			v.errorf(v.element(i, path...), "%s names %q twice", path[len(path)-1], s)
		}
		seen[s] = true
	}
}

// methods checks a list of methods.
func (v *validator) methods(list []string, path ...string) {
	v.distinct(list, path...)
	if len(list) == 0 && v.is(kindArray, path...) {
		v.errorAt("%s is empty; leave it out for all methods", path, path[len(path)-1])
	}
	for i, m := range list {
		switch {
		case m == "":
		case m == "CONNECT" || m == "TRACE":
			v.errorf(v.element(i, path...), "%s is always refused", m)
		case !isToken(m):
			v.errorf(v.element(i, path...), "%q is not a method", m)
		case m != strings.ToUpper(m) && isKnownMethod(strings.ToUpper(m)):
			v.errorf(v.element(i, path...), "methods are compared with their case; write %q", strings.ToUpper(m))
		}
	}
}

func isKnownMethod(m string) bool {
	return slices.Contains([]string{"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "CONNECT", "TRACE"}, m)
}

// fieldName checks that a string can be the name of a header field.
func (v *validator) fieldName(at Position, key, name string) bool {
	if !isToken(name) {
		v.errorf(at, "%s: %q is not a field name", key, name)
		return false
	}
	return true
}

// fieldValue checks that a string can be the value of a header field.
func (v *validator) fieldValue(at Position, name, value string) {
	for i := range len(value) {
		if c := value[i]; c < ' ' && c != '\t' || c == 0x7f {
			v.errorf(at, "the value of %s has a control character, %q", name, string(rune(c)))
			return
		}
	}
	if strings.TrimSpace(value) != value {
		v.errorf(at, "the value of %s, %q, has space around it", name, value)
	}
}

// hostPort checks "host:port". Which may be empty: the host of a listener.
func hostPort(s string, listening bool) error {
	i := strings.LastIndexByte(s, ':')
	example := `"127.0.0.1:8080"`
	if listening {
		example = `":8080" or "127.0.0.1:8080"`
	}
	if i < 0 {
		if _, err := strconv.ParseUint(s, 10, 16); err == nil {
			return fmt.Errorf("%q is not an address and port; write %q", s, ":"+s)
		}
		return fmt.Errorf("%q has no port; write one such as %s", s, example)
	}
	host, port := s[:i], s[i+1:]
	n, err := strconv.ParseUint(port, 10, 16)
	switch {
	case strings.Contains(s, "://"):
		return fmt.Errorf("%q is a URL; write %q", s, strings.TrimRight(s[strings.Index(s, "://")+3:], "/"))
	case err != nil:
		return fmt.Errorf("%q has no port from 1 to 65535 after the colon; write one such as %s", s, example)
	case n == 0 && !listening:
		return fmt.Errorf("%q has port 0, which nothing can connect to", s)
	case host == "" && listening:
		return nil
	case host == "":
		return fmt.Errorf("%q has no host; write one such as %s", s, example)
	case strings.HasPrefix(host, "["):
		if !isIPv6Literal(host) {
			return fmt.Errorf(`%q is not an address; IPv6 is written "[2001:db8::1]:8080"`, s)
		}
	case strings.Contains(host, ":"):
		return fmt.Errorf(`%q is not an address; IPv6 is written %q`, s, "["+host+"]:"+port)
	case !isHostname(host):
		return fmt.Errorf("%q is not an address: %q is not a host", s, host)
	case isDotted(host):
		if _, err := netip.ParseAddr(host); err != nil {
			return fmt.Errorf("%q is not an address: %q is not an IP address", s, host)
		}
	}
	return nil
}

// isDotted reports whether a host is digits and dots, which is an IPv4 address or a mistake.
func isDotted(host string) bool { return strings.Trim(host, "0123456789.") == "" }

func isIPv6Literal(s string) bool {
	inner, closed := strings.CutSuffix(strings.TrimPrefix(s, "["), "]")
	a, err := netip.ParseAddr(inner)
	return closed && err == nil && a.Is6()
}

// secureURL checks that a URL is https, or http to loopback, so that nobody on the way can change what it gives.
func secureURL(s string) error {
	u, err := url.Parse(s)
	switch {
	case err != nil || u.Host == "" || u.Opaque != "":
		return fmt.Errorf(`%q is not a URL; write one such as "https://id.example.com"`, s)
	case u.User != nil:
		return fmt.Errorf("the URL to %q has credentials in it; they do not belong in a URL", u.Host)
	case u.Fragment != "":
		return fmt.Errorf("%q has a fragment, which is never sent", s)
	case u.Scheme == "https":
		return nil
	case u.Scheme != "http":
		return fmt.Errorf("%q is not an https URL", s)
	}
	host := u.Hostname()
	if a, err := netip.ParseAddr(host); err == nil && a.IsLoopback() || host == "localhost" {
		return nil
	}
	return fmt.Errorf("%q is in clear text; write %q (http is for loopback alone)", s, "https"+strings.TrimPrefix(s, u.Scheme))
}

// gateway checks the table of the process.
func (v *validator) gateway() {
	g := v.c.Gateway
	if g.Admin.Listen != "off" {
		if err := hostPort(g.Admin.Listen, true); err != nil {
			v.errorAt("listen: %v", []string{"gateway", "admin", "listen"}, err)
		} else if !isLoopback(g.Admin.Listen) && g.Admin.Token.IsZero() {
			v.errorAt("listen: %q is not loopback; admin needs a token = { file = \"...\" } there", []string{"gateway", "admin", "listen"}, g.Admin.Listen)
		}
	}
	v.secret(g.Admin.Token, "gateway", "admin", "token")
	v.fieldName(v.at("gateway", "request_id", "header"), "header", g.RequestID.Header)
	if g.Memory > 0 {
		if sum := g.Caches.Tokens + g.Caches.Responses + g.Caches.Limits; sum > g.Memory {
			v.errorAt("memory is %s; the caches inside it are %s together", []string{"gateway", "memory"}, g.Memory, sum)
		}
	}
	if g.Data != "" {
		if info, err := os.Stat(string(g.Data)); err == nil && !info.IsDir() {
			v.errorAt("data: %q is not a folder", []string{"gateway", "data"}, g.Data)
		}
	}
}

func isLoopback(address string) bool {
	host := address[:max(strings.LastIndexByte(address, ':'), 0)]
	a, err := netip.ParseAddr(strings.Trim(host, "[]"))
	return err == nil && a.IsLoopback() || host == "localhost"
}

// secret warns of a variable that is not set where the check runs. It does not look at what the secret is.
func (v *validator) secret(s Secret, path ...string) {
	if s.Env != "" && os.Getenv(s.Env) == "" {
		v.warnAt("%s: the environment variable %s is not set here", path, path[len(path)-1], s.Env)
	}
}
