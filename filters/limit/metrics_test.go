package limit

import (
	"bytes"
	"testing"

	"sallyport/internal/state"
)

func TestWriteMetrics(t *testing.T) {
	rules := penaltyRules(nil)
	rules.Rate, rules.Concurrency, rules.Quota = clusterRate("lease", "allow", 1, "1/h"), concurrency("route", 7), quotaRules("day", 5).Quota
	b := &bench{t: t, memory: NewMemory(config(), state.New(state.Options{})), site: newSite()}
	b.compile(rules)
	b.request(b.exchange("192.0.2.1", "corp|alice"))
	var text bytes.Buffer
	b.memory.WriteMetrics(&text)
	const want = `sallyport_limit_overflow_total{kind="rate",limit="r"} 0
sallyport_limit_alone_total{limit="r"} 1
sallyport_limit_overflow_total{kind="quota",limit="q"} 0
sallyport_limit_overflow_total{kind="penalty",limit="p"} 0
sallyport_limit_overflow_total{kind="concurrency",limit="c"} 0
sallyport_concurrency_limit{limit="c"} 7
`
	if text.String() != want {
		t.Errorf("got\n%s", text.String())
	}
}
