package cache

import (
	"fmt"
	"testing"
)

func place(g *Generations, host, path, query string) *Place {
	p := g.Place([]byte(host+path+query), len(host), len(host)+len(path))
	return &p
}

func TestGenerations(t *testing.T) {
	f := func(purge Purge, host, path, query string, tags []string, want State) {
		t.Helper()
		g := newGenerations(1 << 12)
		g.Purge(&Purge{Host: []byte("before.example")})
		born := g.Now()
		p := place(g, host, path, query)
		var marks []byte
		for _, tag := range tags {
			marks = g.AppendTag(marks, []byte(tag))
		}
		if got := g.State(born, p, marks); got != Alive {
			t.Errorf("before: %d", got)
		}
		g.Purge(&purge)
		if got := g.State(born, p, marks); got != want {
			t.Errorf("%+v of %s%s%s %v: %d, want %d", purge, host, path, query, tags, got, want)
		}
		if got := g.State(g.Now(), p, marks); got != Alive {
			t.Errorf("%+v hits what came after it: %d", purge, got)
		}
		purge.Soft = true
		g = newGenerations(1 << 12)
		p = place(g, host, path, query)
		marks = marks[:0]
		for _, tag := range tags {
			marks = g.AppendTag(marks, []byte(tag))
		}
		g.Purge(&purge)
		if got := g.State(0, p, marks); (got == Stale) != (want == Purged) {
			t.Errorf("soft %+v: %d", purge, got)
		}
	}
	f(Purge{All: true}, "a.example", "/x", "?q", nil, Purged)
	f(Purge{Host: []byte("a.example")}, "a.example", "/x", "?q", nil, Purged)
	f(Purge{Host: []byte("b.example")}, "a.example", "/x", "?q", nil, Alive)
	f(Purge{URL: []byte("a.example/x?q")}, "a.example", "/x", "?q", nil, Purged)
	f(Purge{URL: []byte("a.example/x")}, "a.example", "/x", "?q", nil, Alive)
	f(Purge{Prefix: []byte("a.example/x")}, "a.example", "/x/y", "?q", nil, Purged)
	f(Purge{Prefix: []byte("a.example/xy")}, "a.example", "/x", "", nil, Alive)
	f(Purge{Prefix: []byte("a.example/x?q")}, "a.example", "/x", "?q", nil, Alive)
	f(Purge{Tags: [][]byte{[]byte("t1"), []byte("t2")}}, "a.example", "/x", "", []string{"t0", "t2"}, Purged)
	f(Purge{Tags: [][]byte{[]byte("t1")}}, "a.example", "/x", "", []string{"t0", "t2"}, Alive)
	f(Purge{Tags: [][]byte{[]byte("a.example")}}, "a.example", "/x", "", nil, Alive)
	f(Purge{Host: []byte("tag")}, "a.example", "/x", "", []string{"tag"}, Alive)
}

func TestGenerationsForgetPrefixesSafely(t *testing.T) {
	g := newGenerations(1 << 12)
	for i := range maxPrefixes {
		g.Purge(&Purge{Prefix: fmt.Appendf(nil, "a.example/%03d/", i)})
	}
	p := place(g, "a.example", "/000/x", "")
	other := place(g, "b.example", "/", "")
	if g.State(0, p, nil) != Purged || g.State(0, other, nil) != Alive {
		t.Error("prefixes are not remembered")
	}
	g.Purge(&Purge{Prefix: []byte("a.example/last/")})
	if g.State(0, p, nil) != Purged {
		t.Error("a forgotten purge no longer counts")
	}
	if g.State(1, other, nil) != Alive {
		t.Error("what is younger than the forgotten purge counts as purged")
	}
	g.Purge(&Purge{Prefix: []byte("a.example/")})
	if n := len(*g.hard.prefixes.Load()); n != 1 {
		t.Errorf("%d prefixes are kept that one covers", n)
	}
}

func TestGenerationsByChance(t *testing.T) {
	g := newGenerations(1 << 16)
	for i := range 1000 {
		p := place(g, "a.example", fmt.Sprint("/", i), "")
		g.Invalidate(p)
	}
	hit := 0
	for i := range 10_000 {
		if g.State(0, place(g, "b.example", fmt.Sprint("/", i), ""), nil) != Alive {
			hit++
		}
	}
	if hit > 100 {
		t.Errorf("%d of 10,000 entries are purged by chance after 1,000 purges", hit)
	}
}
