//go:build !race

package content

import (
	"testing"

	"sallyport/conf"
	"sallyport/filters/filterstest"
)

func TestAllocations(t *testing.T) {
	f, err := New(&conf.Content{Types: []string{"application/json"}, Schema: schemaFile(t)}, 1000, filterstest.Site("orders"))
	if err != nil {
		t.Fatal(err)
	}
	check := func(contentType, body string) {
		t.Helper()
		x := exchange(t, f, "POST", contentType, body)
		if n := testing.AllocsPerRun(100, func() { f.Request(x) }); n != 0 {
			t.Errorf("%s %s: %v allocations", contentType, body, n)
		}
	}
	check("application/json", `{"id":1}`)
	check("application/json", `{"id":"a\n"}`)
	check("application/json; charset=utf-8", `{`)
	check("text/plain", `x`)
}
