package limit

import (
	"fmt"
	"sync/atomic"
	"time"

	"github.com/VictoriaMetrics/metrics"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
	"sallyport/internal/wire"
)

// tarpitted bounds the requests of the whole process that wait in a tarpit: beyond it blocks are refused at once.
const tarpitted = 1000

var inTarpit atomic.Int64

// penaltyFilter refuses who is blocked, and counts at the end of an exchange what came of it.
type penaltyFilter struct {
	penalty  *penalty
	counts   *attribute.Key // who is counted
	distinct *attribute.Key // what is counted of it; nil: its requests
	blocks   *attribute.Key // who is blocked
	statuses *statuses      // nil: refusals
	tarpit   time.Duration
	denial   *filters.Denial
	started  *metrics.Counter
}

// Request refuses who is blocked.
func (f *penaltyFilter) Request(x *filters.Exchange) filters.Verdict {
	if x.Now >= f.penalty.last.Load() {
		return filters.Next
	}
	x.Scratch = f.blocks.Append(x.Scratch[:0], x)
	left := f.penalty.blocked(x.Scratch, x.Now)
	if left == 0 {
		return filters.Next
	}
	v := x.Refuse(f.denial)
	if v == filters.Done {
		x.Scratch = appendSeconds(x.Scratch[:0], left)
		x.Reply.AddKnown(wire.RetryAfter, x.Scratch)
		f.wait()
	}
	return v
}

// wait is the tarpit: it holds up the client's connection, and nothing else.
func (f *penaltyFilter) wait() {
	if f.tarpit == 0 {
		return
	}
	if inTarpit.Add(1) <= tarpitted {
		time.Sleep(f.tarpit)
	}
	inTarpit.Add(-1)
}

// Finish counts the exchange, if it is an offence.
func (f *penaltyFilter) Finish(x *filters.Exchange) {
	if !f.offends(x) {
		return
	}
	var value []byte
	x.Scratch = f.counts.Append(x.Scratch[:0], x)
	if f.distinct != nil {
		at := len(x.Scratch)
		x.Scratch = f.distinct.Append(x.Scratch, x)
		value, x.Scratch = x.Scratch[at:], x.Scratch[:at]
	}
	if f.penalty.count(x.Scratch, value, x.Now) {
		x.Scratch = f.blocks.Append(x.Scratch[:0], x)
		f.penalty.start(x.Scratch, x.Now)
		f.started.Inc()
	}
}

// offends reports whether an exchange counts: by its status, or, when none are written, as a refusal that is the client's
// fault.
func (f *penaltyFilter) offends(x *filters.Exchange) bool {
	if f.statuses != nil {
		return f.statuses.has(x.Reply.Status)
	}
	return x.Denial != nil && x.Denial.Status < 500
}

// statuses is a set of statuses from 400 to 599.
type statuses [200]bool

func (s *statuses) has(status int) bool { return status >= 400 && status < 600 && s[status-400] }

func compilePenalty(m *Memory, c *conf.Penalty, site *filters.Site) (f *penaltyFilter, err error) {
	f = &penaltyFilter{
		tarpit:  time.Duration(c.Tarpit),
		denial:  denial(site, filters.RatePenalty, c.Mode),
		started: site.Metrics.GetOrCreateCounter(fmt.Sprintf("sallyport_penalties_total{route=%q}", site.Route)),
	}
	if f.counts, err = attribute.CompileKey(c.Key, site); err != nil {
		return nil, err
	}
	f.blocks = f.counts
	if len(c.Blocks) > 0 {
		if f.blocks, err = attribute.CompileKey(c.Blocks, site); err != nil {
			return nil, err
		}
	}
	if len(c.Distinct) > 0 {
		if f.distinct, err = attribute.CompileKey(c.Distinct, site); err != nil {
			return nil, err
		}
	}
	if len(c.Status) > 0 {
		f.statuses = new(statuses)
		for _, status := range c.Status {
			if status < 400 || status > 599 {
				return nil, fmt.Errorf("%d is not a refusal", status)
			}
			f.statuses[status-400] = true
		}
	}
	definition := *c
	definition.Mode, definition.Tarpit, definition.Keys = "", 0, m.keys(c.Keys, penaltyWords)
	f.penalty, err = m.penalties.find(m.before.penalties, c.Name, definition, func() (*penalty, error) { return newPenalty(definition) })
	return f, err
}
