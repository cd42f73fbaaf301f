package tape

import (
	"bytes"
	"math/bits"
)

// Decimal is the exact value of a JSON number: 0.DIGITS times ten to the Exponent. It points into the number's text. It can
// be compared, whatever its size, without more work than its text has digits.
type Decimal struct {
	Negative bool
	Exponent int64  // zero for zero
	digits   []byte // from the first digit that is not zero to the last one, maybe with a point in between; empty for zero
	count    int    // of digits
}

// maxExponent keeps exponents apart from overflow: beyond it nobody can tell.
const maxExponent = 1 << 60

// ParseDecimal reads a number that is valid JSON.
func ParseDecimal(text []byte) (d Decimal) {
	if text[0] == '-' {
		d.Negative = true
		text = text[1:]
	}
	mantissa, exponent := text, int64(0)
	if i := bytes.IndexAny(text, "eE"); i >= 0 {
		mantissa, exponent = text[:i], parseExponent(text[i+1:])
	}
	point := bytes.IndexByte(mantissa, '.')
	whole := len(mantissa)
	if point >= 0 {
		whole = point
	}
	from := 0
	for from < len(mantissa) && (mantissa[from] == '0' || mantissa[from] == '.') {
		from++
	}
	to := len(mantissa)
	for to > from && (mantissa[to-1] == '0' || mantissa[to-1] == '.') {
		to--
	}
	if from == to {
		return Decimal{}
	}
	d.digits, d.count = mantissa[from:to], to-from
	if from < point && point < to {
		d.count--
	}
	d.Exponent = exponent + int64(whole-from)
	if point >= 0 && from > point {
		d.Exponent = exponent - int64(from-point-1)
	}
	return d
}

func parseExponent(text []byte) int64 {
	negative := text[0] == '-'
	if negative || text[0] == '+' {
		text = text[1:]
	}
	n := int64(0)
	for _, c := range text {
		if n = n*10 + int64(c-'0'); n > maxExponent/10 {
			n = maxExponent / 10
		}
	}
	if negative {
		return -n
	}
	return n
}

// Integer reports whether the number has no fraction: 1, 1.0 and 1e2 have none.
func (d Decimal) Integer() bool { return int64(d.count) <= d.Exponent || d.count == 0 }

// Compare returns a negative number when d is less than e, 0 when they are equal, and a positive one otherwise.
func (d Decimal) Compare(e Decimal) int {
	switch {
	case d.sign() != e.sign():
		return d.sign() - e.sign()
	case d.Negative:
		return e.compareSize(d)
	}
	return d.compareSize(e)
}

func (d Decimal) sign() int {
	switch {
	case d.count == 0:
		return 0
	case d.Negative:
		return -1
	}
	return 1
}

// compareSize compares without the sign; neither is zero, or both are.
func (d Decimal) compareSize(e Decimal) int {
	if d.Exponent != e.Exponent {
		if d.Exponent < e.Exponent {
			return -1
		}
		return 1
	}
	i, j := 0, 0
	for i < len(d.digits) && j < len(e.digits) {
		switch {
		case d.digits[i] == '.':
			i++
		case e.digits[j] == '.':
			j++
		case d.digits[i] != e.digits[j]:
			return int(d.digits[i]) - int(e.digits[j])
		default:
			i++
			j++
		}
	}
	return d.count - e.count
}

// MultipleOf reports whether d is an integer times the number 0.UNITS times ten to the exponent, where units is a positive
// number of so many digits that does not end in zero.
func (d Decimal) MultipleOf(units uint64, count int, exponent int64) bool {
	if d.count == 0 {
		return true
	}
	// d is A x 10^a and the other is units x 10^b with integers that do not end in zero.
	a, b := d.Exponent-int64(d.count), exponent-int64(count)
	if a < b {
		return false // ten would have to divide A
	}
	rest := uint64(0)
	for _, c := range d.digits {
		if c != '.' {
			rest = mulmod(rest, 10, units, uint64(c-'0'))
		}
	}
	return mulmod(rest, powmod(uint64(a-b), units), units, 0) == 0
}

// mulmod returns (x*y + z) mod m, where x is less than m.
func mulmod(x, y, m, z uint64) uint64 {
	high, low := bits.Mul64(x, y%m)
	low, carry := bits.Add64(low, z%m, 0)
	_, rest := bits.Div64((high+carry)%m, low, m)
	return rest
}

// powmod returns ten to the n mod m.
func powmod(n, m uint64) uint64 {
	result, base := 1%m, 10%m
	for ; n > 0; n >>= 1 {
		if n&1 == 1 {
			result = mulmod(result, base, m, 0)
		}
		base = mulmod(base, base, m, 0)
	}
	return result
}

// Units returns what MultipleOf takes of a positive number, and false for one with more than 18 digits.
func (d Decimal) Units() (units uint64, count int, exponent int64, ok bool) {
	if d.count == 0 || d.count > 18 || d.Negative {
		return 0, 0, 0, false
	}
	for _, c := range d.digits {
		if c != '.' {
			units = units*10 + uint64(c-'0')
		}
	}
	return units, d.count, d.Exponent, true
}
