package limit

import (
	"sync/atomic"
	"time"
)

// calendar divides time into days or months of UTC.
type calendar struct {
	monthly bool
	last    atomic.Pointer[span] // the one last asked about
}

// span is a window, in seconds since 1970: from start up to and without end.
type span struct{ start, end int64 }

// window returns the window that now lies in. It allocates when a window begins.
func (c *calendar) window(now int64) span {
	if s := c.last.Load(); s != nil && s.start <= now && now < s.end {
		return *s
	}
	t := time.Unix(now, 0).UTC()
	first := time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
	next := first.AddDate(0, 0, 1)
	if c.monthly {
		first = first.AddDate(0, 0, 1-t.Day())
		next = first.AddDate(0, 1, 0)
	}
	s := &span{first.Unix(), next.Unix()}
	c.last.Store(s)
	return *s
}
