package respcache

import (
	"time"

	"sallyport/internal/wire"
)

var (
	dayNames   = [...]string{"sun", "mon", "tue", "wed", "thu", "fri", "sat"}
	longDays   = [...]string{"sunday", "monday", "tuesday", "wednesday", "thursday", "friday", "saturday"}
	monthNames = [...]string{"jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"}
)

// parseDate reads an HTTP-date in any of its three forms (RFC 9110 section 5.6.7) and returns Unix seconds. Letters are
// compared without case and a zone other than GMT makes it invalid (RFC 9111 section 4.2); nothing else is forgiven. now
// places the two-digit year of the RFC 850 form.
func parseDate(b []byte, now int64) (int64, bool) {
	s := dateScanner{rest: b}
	var year, month, day int
	var clock int64
	switch {
	case len(b) > 3 && b[3] == ',': // Sun, 06 Nov 1994 08:49:37 GMT
		s.oneOf(dayNames[:])
		s.literal(", ")
		day = s.digits(2)
		s.literal(" ")
		month = s.oneOf(monthNames[:])
		s.literal(" ")
		year = s.digits(4)
		s.literal(" ")
		clock = s.clock()
		s.literal(" gmt")
	case len(b) > 3 && b[3] == ' ': // Sun Nov  6 08:49:37 1994
		s.oneOf(dayNames[:])
		s.literal(" ")
		month = s.oneOf(monthNames[:])
		s.literal(" ")
		if len(s.rest) > 0 && s.rest[0] == ' ' {
			s.literal(" ")
			day = s.digits(1)
		} else {
			day = s.digits(2)
		}
		s.literal(" ")
		clock = s.clock()
		s.literal(" ")
		year = s.digits(4)
	default: // Sunday, 06-Nov-94 08:49:37 GMT
		s.oneOf(longDays[:])
		s.literal(", ")
		day = s.digits(2)
		s.literal("-")
		month = s.oneOf(monthNames[:])
		s.literal("-")
		year = fullYear(s.digits(2), now)
		s.literal(" ")
		clock = s.clock()
		s.literal(" gmt")
	}
	if s.bad || len(s.rest) > 0 || day < 1 || day > daysIn(year, month) {
		return 0, false
	}
	return time.Date(year, time.Month(month+1), day, 0, 0, 0, 0, time.UTC).Unix() + clock, true
}

// fullYear takes a two-digit year that seems more than 50 years ahead as the last past year with these digits.
func fullYear(year int, now int64) int {
	current := time.Unix(now, 0).UTC().Year()
	year += current - current%100
	if year > current+50 {
		year -= 100
	}
	return year
}

func daysIn(year, month int) int {
	return time.Date(year, time.Month(month+2), 0, 0, 0, 0, 0, time.UTC).Day()
}

// dateScanner takes pieces off a date; after the first that does not fit it is bad.
type dateScanner struct {
	rest []byte
	bad  bool
}

func (s *dateScanner) literal(lower string) {
	if len(s.rest) < len(lower) || !wire.EqualFold(s.rest[:len(lower)], lower) {
		s.bad, s.rest = true, nil
		return
	}
	s.rest = s.rest[len(lower):]
}

func (s *dateScanner) oneOf(lower []string) int {
	for i, name := range lower {
		if len(s.rest) >= len(name) && wire.EqualFold(s.rest[:len(name)], name) {
			s.rest = s.rest[len(name):]
			return i
		}
	}
	s.bad, s.rest = true, nil
	return 0
}

func (s *dateScanner) digits(n int) int {
	if len(s.rest) < n {
		s.bad, s.rest = true, nil
		return 0
	}
	v := 0
	for _, c := range s.rest[:n] {
		if c < '0' || c > '9' {
			s.bad, s.rest = true, nil
			return 0
		}
		v = v*10 + int(c-'0')
	}
	s.rest = s.rest[n:]
	return v
}

// clock reads hh:mm:ss as seconds of the day; a leap second is allowed.
func (s *dateScanner) clock() int64 {
	h := s.digits(2)
	s.literal(":")
	m := s.digits(2)
	s.literal(":")
	sec := s.digits(2)
	if h > 23 || m > 59 || sec > 60 {
		s.bad = true
	}
	return int64(h)*3600 + int64(m)*60 + int64(sec)
}
