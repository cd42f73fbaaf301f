package conf

import (
	"fmt"
	"strconv"
	"strings"
)

// Percent is a share from 0 to 100, written "10%" or "0.5%".
type Percent float64

// UnmarshalText reads a share; the sign is required.
func (p *Percent) UnmarshalText(text []byte) error {
	s := string(text)
	number, found := strings.CutSuffix(s, "%")
	f, err := strconv.ParseFloat(number, 64)
	switch {
	case err != nil:
		return fmt.Errorf(`%q is not a percentage; write one such as "10%%"`, s)
	case !found:
		return fmt.Errorf("%q has no unit; write %q", s, s+"%")
	case !(f >= 0 && f <= 100):
		return fmt.Errorf(`%q is out of range; a percentage is from "0%%" to "100%%"`, s)
	}
	*p = Percent(f)
	return nil
}

// String returns the share as it is written.
func (p Percent) String() string { return strconv.FormatFloat(float64(p), 'f', -1, 64) + "%" }

// MarshalText returns what String returns.
func (p Percent) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// Fraction returns the share as a number from 0 to 1.
func (p Percent) Fraction() float64 { return float64(p) / 100 }
