package limit

import (
	"crypto/sha256"
	"encoding/binary"
	"time"

	"sallyport/conf"
	"sallyport/filters"
	"sallyport/filters/attribute"
	"sallyport/internal/slots"
)

// quota is a limit of requests in a window of the calendar. Keys are known by a digest that is the same in every process,
// so that the counts can be written to a file.
type quota struct {
	limit    int64
	calendar calendar
	table    *slots.Table // the words below
}

// The words of a key: the end of the window it was last counted in, how much was counted, and its digest.
const (
	quotaEnd = iota
	quotaCount
	quotaDigest
	quotaWords = quotaDigest + 2
)

func newQuota(definition conf.Quota) (*quota, error) {
	table, err := slots.New(definition.Keys, quotaWords, 1)
	return &quota{limit: int64(definition.Limit), calendar: calendar{monthly: definition.Window == "month"}, table: table}, err
}

func (q *quota) take(x *filters.Exchange, key []byte, cost int64) outcome {
	now := x.Start.Unix()
	window := q.calendar.window(now)
	c := q.open(digestOf(key), window.end, now)
	defer c.Close()
	left := q.limit - c.Words[quotaCount]
	if c.State == slots.Overflow || left < cost {
		return outcome{verdict: refused, remaining: max(0, left), wait: time.Duration(window.end-now) * time.Second}
	}
	c.Words[quotaCount] += cost
	return outcome{}
}

func (q *quota) refund(_ *filters.Exchange, key []byte, cost int64) {
	d := digestOf(key)
	c := q.table.Peek(q.table.Key(d[:]), 0)
	if c.Words != nil {
		c.Words[quotaCount] = max(0, c.Words[quotaCount]-cost)
	}
	c.Close()
}

func (q *quota) reset(key []byte) {
	d := digestOf(key)
	c := q.table.Peek(q.table.Key(d[:]), 0)
	clear(c.Words)
	c.Close()
}

// open is the key's slot, counting in the window that ends at end.
func (q *quota) open(d digest, end, now int64) slots.Cell {
	c := q.table.Open(q.table.Key(d[:]), now)
	if c.State != slots.Overflow && c.Words[quotaEnd] < end {
		c.Words[quotaEnd], c.Words[quotaCount] = end, 0
		c.Words[quotaDigest] = int64(binary.LittleEndian.Uint64(d[:8]))
		c.Words[quotaDigest+1] = int64(binary.LittleEndian.Uint64(d[8:]))
	}
	return c
}

// digest stands for a key in every process.
type digest [16]byte

func digestOf(key []byte) digest {
	sum := sha256.Sum256(key)
	return digest(sum[:16])
}

func compileQuota(m *Memory, c *conf.Quota, site *filters.Site) (entry, error) {
	key, err := attribute.CompileKey(c.Key, site)
	if err != nil {
		return entry{}, err
	}
	definition := *c
	definition.Mode, definition.Keys = "", m.keys(c.Keys, quotaWords)
	counter, err := m.quotas.find(m.before.quotas, c.Name, definition, func() (*counter, error) {
		q, err := newQuota(definition)
		if err == nil {
			m.saved.restore(q, c.Name)
		}
		return newCounter(q, err)
	})
	if err != nil {
		return entry{}, err
	}
	period := conf.Rate{Count: int64(c.Limit), Per: 24 * time.Hour}
	if c.Window == "month" {
		period.Per *= 30 // what the field can say of a month
	}
	e := entry{counter: counter, key: key, cost: 1, fields: newFields("quota", []window{{Rate: period}})}
	e.denial = denial(site, filters.QuotaCaller, c.Mode)
	e.denial.With("RateLimit-Policy", e.fields.policy)
	return e, nil
}
