package revocation

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

func TestRevokedAndKept(t *testing.T) {
	path := filepath.Join(t.TempDir(), "data", "revoked")
	s, err := Open(path)
	if err != nil {
		t.Fatal(err)
	}
	revoke := func(r Revocation) {
		t.Helper()
		if err := s.Revoke(r); err != nil {
			t.Fatal(err)
		}
	}
	revoke(Revocation{Issuer: "corp", Token: "t1"})
	revoke(Revocation{Issuer: "corp", Subject: "alice", Before: 1000})
	revoke(Revocation{Issuer: "corp", Subject: "alice", Before: 900}) // a later moment stays
	revoke(Revocation{Issuer: "corp", Session: "s1"})
	revoke(Revocation{Issuer: "corp", Key: "k1"})

	check := func() {
		t.Helper()
		f := func(kind Kind, issuer, value string, issued int64, want bool) {
			t.Helper()
			if got := s.Revoked(s.Hash(kind, issuer, []byte(value)), issued); got != want {
				t.Errorf("revoked: %v; want %v", got, want)
			}
		}
		f(Token, "corp", "t1", 1<<40, true)
		f(Token, "corp", "t2", 0, false)
		f(Token, "other", "t1", 0, false)
		f(Session, "corp", "t1", 0, false)
		f(Session, "corp", "s1", 5, true)
		f(Key, "corp", "k1", 5, true)
		f(Subject, "corp", "alice", 999, true)
		f(Subject, "corp", "alice", 1000, false)
		f(Subject, "corp", "bob", 1, false)
	}
	check()
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(path); err != nil {
		t.Fatal(err)
	}
	check()
	s.Close()

	text, _ := os.ReadFile(path)
	if err := os.WriteFile(path, append(text, `{"issuer":"corp","jt`...), 0o600); err != nil {
		t.Fatal(err)
	}
	if s, err = Open(path); err != nil {
		t.Fatalf("a line that a crash cut short: %v", err)
	}
	revoke(Revocation{Issuer: "corp", Token: "t3"})
	check()
	s.Close()
	if s, err = Open(path); err != nil || s.Len() != 5 {
		t.Fatalf("after the cut line: %v", err)
	}
	s.Close()
	if err := os.WriteFile(path, append([]byte("junk\n"), text...), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err = Open(path); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Fatalf("a damaged file: %v", err)
	}
}

func TestParse(t *testing.T) {
	now := time.Unix(5000, 0)
	f := func(body string, want Revocation) {
		t.Helper()
		got, err := Parse([]byte(body), []string{"corp"}, now)
		if err != nil || got != want {
			t.Errorf("%+v, %v; want %+v", got, err, want)
		}
	}
	f(`{"issuer":"corp","jti":"a"}`, Revocation{Issuer: "corp", Token: "a"})
	f(`{"sid":"a"}`, Revocation{Issuer: "corp", Session: "a"})
	f(`{"kid":"a"}`, Revocation{Issuer: "corp", Key: "a"})
	f(`{"sub":"a"}`, Revocation{Issuer: "corp", Subject: "a", Before: 5001})
	f(`{"sub":"a","before":77}`, Revocation{Issuer: "corp", Subject: "a", Before: 77})
	f(`{"sub":"a","before":"77"}`, Revocation{Issuer: "corp", Subject: "a", Before: 77})
	f(`{"sub":"a","before":"1970-01-01T00:01:00Z"}`, Revocation{Issuer: "corp", Subject: "a", Before: 60})

	bad := func(body string, issuers ...string) {
		t.Helper()
		if r, err := Parse([]byte(body), issuers, now); err == nil {
			t.Errorf("%s is read as %+v", body, r)
		}
	}
	bad(``, "corp")
	bad(`[]`, "corp")
	bad(`{}`, "corp")
	bad(`{"jti":""}`, "corp")
	bad(`{"jti":"a","sub":"b"}`, "corp")
	bad(`{"jti":"a","before":5}`, "corp")
	bad(`{"sub":"a","before":"yesterday"}`, "corp")
	bad(`{"sub":"a","before":-5}`, "corp")
	bad(`{"sub":"a","before":1e3}`, "corp")
	bad(`{"jti":"a","x":1}`, "corp")
	bad(`{"jti":"a"} {}`, "corp")
	bad(`{"jti":1}`, "corp")
	bad(`{"jti":"a"}`, "corp", "other")
	bad(`{"jti":"a"}`)
	bad(`{"issuer":"nobody","jti":"a"}`, "corp")
}

// TestReadersSeeEveryRevocation grows the table under the eyes of readers.
func TestReadersSeeEveryRevocation(t *testing.T) {
	s, err := Open("")
	if err != nil {
		t.Fatal(err)
	}
	const n = 5000
	var done sync.WaitGroup
	written := make(chan int, n)
	for range 3 {
		done.Go(func() {
			for i := range written {
				if !s.Revoked(s.Hash(Token, "corp", fmt.Append(nil, i)), 0) {
					t.Errorf("%d is revoked, and a reader does not see it", i)
					return
				}
			}
		})
	}
	for i := range n {
		if err := s.Revoke(Revocation{Issuer: "corp", Token: fmt.Sprint(i)}); err != nil {
			t.Error(err)
			break
		}
		written <- i
	}
	close(written)
	done.Wait()
}

func BenchmarkRevoked(b *testing.B) {
	s, _ := Open("")
	for i := range 100_000 {
		_ = s.Revoke(Revocation{Issuer: "corp", Token: fmt.Sprint(i)})
	}
	hash := s.Hash(Token, "corp", []byte("not revoked"))
	b.ReportAllocs()
	for b.Loop() {
		if s.Revoked(hash, 0) {
			b.Fatal("revoked")
		}
	}
}
