package conf

import (
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Size is a number of bytes, written "512B", "64KiB", "1MiB" or "2GiB".
type Size int64

var sizeUnits = []struct {
	name  string
	bytes int64
}{{"GiB", 1 << 30}, {"MiB", 1 << 20}, {"KiB", 1 << 10}, {"B", 1}}

// UnmarshalText reads a size; a number without a unit, or with a decimal one, is an error.
func (z *Size) UnmarshalText(text []byte) error {
	s := string(text)
	digits := len(s) - len(strings.TrimLeft(s, "0123456789"))
	n, err := strconv.ParseInt(s[:digits], 10, 64)
	unit := s[digits:]
	if err != nil {
		return fmt.Errorf(`%q is not a size; write one such as "512B", "64KiB" or "1MiB"`, s)
	}
	for _, u := range sizeUnits {
		if unit == u.name {
			if n > math.MaxInt64/u.bytes {
				return fmt.Errorf("%q is more bytes than can be counted", s)
			}
			*z = Size(n * u.bytes)
			return nil
		}
	}
	if unit == "" {
		return fmt.Errorf(`%q has no unit; write %q or %q`, s, s+"B", s+"KiB")
	}
	for _, u := range sizeUnits {
		if strings.EqualFold(unit[:1], u.name[:1]) {
			return fmt.Errorf("%q has an unknown unit; write %q", s, s[:digits]+u.name)
		}
	}
	return fmt.Errorf("%q has an unknown unit; the units are B, KiB, MiB and GiB", s)
}

// String returns the size in the largest unit that divides it.
func (z Size) String() string {
	for _, u := range sizeUnits {
		if int64(z)%u.bytes == 0 && z != 0 {
			return strconv.FormatInt(int64(z)/u.bytes, 10) + u.name
		}
	}
	return "0B"
}

// MarshalText returns what String returns.
func (z Size) MarshalText() ([]byte, error) { return []byte(z.String()), nil }
