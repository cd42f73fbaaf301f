package conf

import (
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Rate is a number of requests in a window of time, written "100/s", "1000/h" or "5/10s".
type Rate struct {
	Count int64
	Per   time.Duration
}

var rateUnits = []struct {
	name string
	per  time.Duration
}{{"s", time.Second}, {"m", time.Minute}, {"h", time.Hour}, {"d", 24 * time.Hour}}

// UnmarshalText reads a rate of at least one request.
func (r *Rate) UnmarshalText(text []byte) error {
	s := string(text)
	count, window, found := strings.Cut(s, "/")
	n, err := strconv.ParseInt(count, 10, 64)
	if !found {
		if err == nil {
			return fmt.Errorf("%q has no unit; write %q", s, s+"/s")
		}
		return fmt.Errorf(`%q is not a rate; write one such as "100/s", "1000/h" or "5/10s"`, s)
	}
	if err != nil {
		return fmt.Errorf(`%q is not a rate: %q is not a whole number; write one such as "100/s"`, s, count)
	}
	if n < 1 || n > 1e9 {
		return fmt.Errorf("%q is out of range: a rate is from 1 to 1000000000 in its window", s)
	}
	for _, u := range rateUnits {
		if window == u.name {
			*r = Rate{n, u.per}
			return nil
		}
	}
	per, err := parseDuration(window)
	if err != nil || per < time.Millisecond || per > 366*24*time.Hour {
		return fmt.Errorf(`%q is not a rate: its window is s, m, h, d or a duration, such as "100/s" or "5/10s"`, s)
	}
	*r = Rate{n, per}
	return nil
}

// String returns the rate as it is written.
func (r Rate) String() string {
	for _, u := range rateUnits {
		if r.Per == u.per {
			return strconv.FormatInt(r.Count, 10) + "/" + u.name
		}
	}
	return strconv.FormatInt(r.Count, 10) + "/" + Duration(r.Per).String()
}

// MarshalText returns what String returns.
func (r Rate) MarshalText() ([]byte, error) { return []byte(r.String()), nil }

// PerSecond returns the average.
func (r Rate) PerSecond() float64 { return float64(r.Count) / r.Per.Seconds() }
