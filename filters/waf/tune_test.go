package waf

import (
	"strings"
	"testing"

	"sallyport/conf"
	"sallyport/filters"
)

// What tune proposes lets the request pass, and nothing else.
func TestTune(t *testing.T) {
	const q = "GET /?q=1'%20or%20'1'='1 HTTP/1.1" + browser
	x := exchange(t, q, "", true)
	newFilter(t, defaults(), nil).Request(x)
	line := `{"route":"shop","waf":` + string(x.Findings) + "}\nnot a line\n{}\n"
	var out strings.Builder
	n, err := Tune(&out, strings.NewReader(line))
	if n != 1 || err != nil {
		t.Fatalf("%d refusals, %v", n, err)
	}
	for _, part := range []string{"# [routes.shop]", `"942100"`, `targets = ["ARGS:q"]`} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is missing in %s", part, out.String())
		}
	}
	c := defaults()
	c.Exclude = []conf.Exclusion{{Rules: []string{"942100"}, Targets: []string{"ARGS:q"}}}
	if newFilter(t, c, nil).Request(exchange(t, q, "", true)) != filters.Next {
		t.Error("the exclusion does not let the request pass")
	}
}

func TestExplain(t *testing.T) {
	var out strings.Builder
	raw := "GET /?q=1'%20or%20'1'='1 HTTP/1.1\r\nHost: a\r\nUser-Agent: x\r\nAccept: */*\r\n\r\n"
	if err := NewRulesets().Explain(&out, defaults(), nil, nil, []byte(raw)); err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{"rule 942100", "matched ARGS:q", "score 8", "decision refuse by rule 949110"} {
		if !strings.Contains(out.String(), part) {
			t.Errorf("%q is missing in %s", part, out.String())
		}
	}
}
