package conf

import (
	"encoding"
	"fmt"
	"strings"
	"testing"
	"time"
)

// text reads in with u and returns how u writes it, or the error.
func text(u interface {
	encoding.TextUnmarshaler
	fmt.Stringer
}, in string) string {
	if err := u.UnmarshalText([]byte(in)); err != nil {
		return "error: " + err.Error()
	}
	return u.String()
}

func TestDuration(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := text(new(Duration), in); !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	f("250ms", "250ms")
	f("30s", "30s")
	f("90s", "1m30s")
	f("60s", "1m")
	f("10m", "10m")
	f("24h", "1d")
	f("25h", "25h")
	f("90d", "90d")
	f("1d12h", "36h")
	f("0s", "0s")
	f("-1s", "-1s")
	f("5", `error: "5" has no unit; write "5s"`)
	f("", `error: "" is not a duration`)
	f("1.5d", "error")
	f("99999999999d", "error")
	f("106752d", "error")
	f("106751d23h48m", "error")
	f("1d-5s", "error")
}

func TestSize(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := text(new(Size), in); !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	f("512B", "512B")
	f("1024B", "1KiB")
	f("64KiB", "64KiB")
	f("1536KiB", "1536KiB")
	f("2GiB", "2GiB")
	f("0B", "0B")
	f("5", `error: "5" has no unit; write "5B" or "5KiB"`)
	f("5MB", `error: "5MB" has an unknown unit; write "5MiB"`)
	f("5mib", `error: "5mib" has an unknown unit; write "5MiB"`)
	f("5 MiB", `error: "5 MiB" has an unknown unit; the units are`)
	f("MiB", "error")
	f("-1B", "error")
	f("9223372036854775807GiB", "error")
}

func TestRate(t *testing.T) {
	f := func(in, want string, burst int) {
		t.Helper()
		var r Rate
		if got := text(&r, in); !strings.HasPrefix(got, want) || got[0] != 'e' && r.Burst() != burst {
			t.Errorf("%q: got %s, burst %d, want %s, %d", in, got, r.Burst(), want, burst)
		}
	}
	f("100/s", "100/s", 100)
	f("1000/h", "1000/h", 1)
	f("90/m", "90/m", 2)
	f("5/10s", "5/10s", 1)
	f("5/1d", "5/d", 1)
	f("5/60s", "5/m", 1)
	f("0/s", "error", 0)
	f("1.5/s", "error", 0)
	f("5", `error: "5" has no unit; write "5/s"`, 0)
	f("5/", "error", 0)
	f("5/0s", "error", 0)
	f("5/-1s", "error", 0)
	f("/s", "error", 0)
}

func TestPercent(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := text(new(Percent), in); !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	f("10%", "10%")
	f("0.5%", "0.5%")
	f("100%", "100%")
	f("100.1%", "error")
	f("-1%", "error")
	f("NaN%", "error")
	f("10", `error: "10" has no unit; write "10%"`)
	f("%", "error")
}

func TestAttribute(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		var a Attribute
		got := "error"
		if err := a.UnmarshalText([]byte(in)); err == nil {
			got = fmt.Sprintf("%d %d %q %q", a.Kind, a.Bits, a.Name, a.Path)
			if a.String() != in {
				t.Errorf("%q is written as %q", in, a)
			}
		}
		if got != want {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	f("client.ip", `0 0 "" []`)
	f("client.ip/24", `0 24 "" []`)
	f("client.ip/64", `0 64 "" []`)
	f("principal", `1 0 "" []`)
	f("principal.tenant", `2 0 "" ["tenant"]`)
	f("principal.realm_access.roles", `2 0 "" ["realm_access" "roles"]`)
	f(`principal."https://x.example/tenant"`, `2 0 "" ["https://x.example/tenant"]`)
	f(`principal.a."b.c".d`, `2 0 "" ["a" "b.c" "d"]`)
	f("header.X-Tenant", `3 0 "X-Tenant" []`)
	f("cookie.session", `4 0 "session" []`)
	f("query.a b", `5 0 "a b" []`)
	f("path.id", `6 0 "id" []`)
	f("route", `7 0 "" []`)
	f("host", `8 0 "" []`)
	f("", "error")
	f("client", "error")
	f("client.ip/", "error")
	f("client.ip/0", "error")
	f("client.ip/024", "error")
	f("client.ip/129", "error")
	f("client.ip.x", "error")
	f("principal.", "error")
	f("principal..a", "error")
	f(`principal."a`, "error")
	f(`principal."a"b`, "error")
	f("header.", "error")
	f("header.a b", "error")
	f("host.name", "error")
	f("Client.ip", "error")
}

func TestNetwork(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := text(new(Network), in); !strings.HasPrefix(got, want) {
			t.Errorf("%q: got %s, want %s", in, got, want)
		}
	}
	f("10.0.0.0/8", "10.0.0.0/8")
	f("192.0.2.1", "192.0.2.1/32")
	f("2001:db8::/32", "2001:db8::/32")
	f("::ffff:192.0.2.1", "192.0.2.1/32")
	f("10.0.0.1/8", "error")
	f("10.0.0.0/33", "error")
	f("fe80::1%eth0", "error")
	f("", "error")
}

func TestSecretIsNotShown(t *testing.T) {
	s := LiteralSecret("hunter2")
	for _, shown := range []string{s.String(), fmt.Sprint(s), fmt.Sprintf("%v %+v %#v %s %q", s, s, s, s, s), fmt.Sprintf("%+v", struct{ S Secret }{s})} {
		if strings.Contains(shown, "hunter2") {
			t.Errorf("the secret is shown: %s", shown)
		}
	}
	t.Setenv("SALLYPORT_TEST_SECRET", "swordfish")
	if value, err := (Secret{Env: "SALLYPORT_TEST_SECRET"}).Value(); value != "swordfish" || err != nil {
		t.Errorf("got %q, %v", value, err)
	}
	if _, err := (Secret{Env: "SALLYPORT_NO_SUCH_VARIABLE"}).Value(); err == nil {
		t.Error("a variable that is not set is no error")
	}
}

func TestNearest(t *testing.T) {
	f := func(in, want string) {
		t.Helper()
		if got := nearest(in, []string{"address", "limits", "body", "tls", "to"}); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
	f("adress", "address")
	f("Address", "address")
	f("LIMITS", "limits")
	f("limist", "limits")
	f("bdy", "body")
	f("tsl", "tls")
	f("color", "")
	f("x", "")
}

func TestProblems(t *testing.T) {
	at := Position{"a.toml", 12, 3}
	f := func(p Problem, want string) {
		t.Helper()
		if got := p.Error(); got != want {
			t.Errorf("got %s, want %s", got, want)
		}
	}
	f(at.Errorf("%d is wrong", 5), "a.toml:12:3: 5 is wrong")
	f(at.Warnf("%d is odd", 5), "a.toml:12:3: warning: 5 is odd")
	f(Position{File: "a.toml"}.Errorf("gone"), "a.toml: gone")
	if got := time.Duration(Duration(time.Second)); got != time.Second {
		t.Error(got)
	}
}
