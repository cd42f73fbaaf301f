package conf

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Duration is a length of time, written "250ms", "30s", "10m", "24h", "90d" or combined, "1h30m". A day is 24 hours.
type Duration time.Duration

// UnmarshalText reads a duration; a number without a unit is an error.
func (d *Duration) UnmarshalText(text []byte) error {
	s := string(text)
	parsed, err := parseDuration(s)
	if err != nil {
		if _, err := strconv.ParseFloat(s, 64); err == nil {
			return fmt.Errorf(`%q has no unit; write %q`, s, s+"s")
		}
		return fmt.Errorf(`%q is not a duration; write one such as "250ms", "30s", "10m", "24h" or "90d"`, s)
	}
	*d = Duration(parsed)
	return nil
}

func parseDuration(s string) (time.Duration, error) {
	days, rest, found := strings.Cut(s, "d")
	if !found {
		return time.ParseDuration(s)
	}
	n, err := strconv.ParseUint(days, 10, 32)
	if err != nil || n > math.MaxInt64/uint64(24*time.Hour) {
		return 0, fmt.Errorf("bad days %q", days)
	}
	whole := time.Duration(n) * 24 * time.Hour
	if rest == "" {
		return whole, nil
	}
	part, err := time.ParseDuration(rest)
	if err != nil || part < 0 || whole > math.MaxInt64-part {
		return 0, fmt.Errorf("bad duration %q", s)
	}
	return whole + part, nil
}

// String returns the duration in the largest units that express it, without zero parts.
func (d Duration) String() string {
	const day = 24 * time.Hour
	t := time.Duration(d)
	if t > 0 && t%day == 0 {
		return strconv.FormatInt(int64(t/day), 10) + "d"
	}
	s := t.String()
	if strings.HasSuffix(s, "m0s") {
		s = strings.TrimSuffix(s, "0s")
	}
	if strings.HasSuffix(s, "h0m") {
		s = strings.TrimSuffix(s, "0m")
	}
	return s
}

// MarshalText returns what String returns.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }
