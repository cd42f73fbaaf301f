package limit

import (
	"strconv"
	"strings"
	"time"

	"sallyport/filters"
	"sallyport/internal/wire"
)

// fields are what a refused client is told, after draft-ietf-httpapi-ratelimit-headers-10: the policies (in whole seconds,
// as the draft wants them), and what is left of the one that refused. The names of limits are not told to strangers.
type fields struct {
	policy string
	names  []string // of each window's policy, quoted
}

func newFields(name string, windows []window) fields {
	var f fields
	var policies []string
	for _, w := range windows {
		seconds := int64((w.Per + time.Second - 1) / time.Second)
		quota := w.Count * int64(time.Duration(seconds)*time.Second/w.Per)
		quoted := `"` + name + `"`
		if len(windows) > 1 {
			quoted = `"` + name + "-" + strconv.FormatInt(seconds, 10) + `"`
		}
		f.names = append(f.names, quoted)
		policies = append(policies, quoted+";q="+strconv.FormatInt(quota, 10)+";w="+strconv.FormatInt(seconds, 10))
	}
	f.policy = strings.Join(policies, ", ")
	return f
}

// add puts Retry-After and RateLimit into the reply.
func (f *fields) add(x *filters.Exchange, o *outcome) {
	b := appendSeconds(x.Scratch[:0], o.wait)
	x.Reply.AddKnown(wire.RetryAfter, b)
	b = append(b[:0], f.names[o.window]...)
	b = append(b, ";r="...)
	b = strconv.AppendInt(b, o.remaining, 10)
	b = append(b, ";t="...)
	b = appendSeconds(b, o.wait)
	x.Reply.Add("RateLimit", b)
	x.Scratch = b
}

// appendSeconds rounds up, and never appends 0: who comes back at once is refused again.
func appendSeconds(dst []byte, d time.Duration) []byte {
	return strconv.AppendInt(dst, max(1, int64((d+time.Second-1)/time.Second)), 10)
}
