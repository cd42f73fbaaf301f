package engine

import (
	"bytes"
	"errors"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"

	"sallyport/filters/waf/rx"
	"sallyport/filters/waf/scan"
	"sallyport/filters/waf/seclang"
)

// operator is a rule's test. match may read the request's state and set captures; value must not be kept.
type operator interface {
	match(t *Tx, value []byte) bool
}

// operatorFunc is an operator without state.
type operatorFunc func(t *Tx, value []byte) bool

func (f operatorFunc) match(t *Tx, value []byte) bool { return f(t, value) }

func (c *compiler) operator(def *seclang.Operator) (operator, error) {
	m := c.macro(def.Macro)
	switch def.Name {
	case "rx":
		re, err := c.regexp(def.Argument)
		return &rxOperator{re: re}, err
	case "pm":
		return &pmOperator{set: c.phrases(def.Phrases)}, nil
	case "eq":
		return &compare{m, func(a, b int) bool { return a == b }}, nil
	case "ge":
		return &compare{m, func(a, b int) bool { return a >= b }}, nil
	case "gt":
		return &compare{m, func(a, b int) bool { return a > b }}, nil
	case "le":
		return &compare{m, func(a, b int) bool { return a <= b }}, nil
	case "lt":
		return &compare{m, func(a, b int) bool { return a < b }}, nil
	case "streq":
		return &compareText{m, bytes.Equal}, nil
	case "contains", "strmatch":
		return &compareText{m, bytes.Contains}, nil
	case "within":
		return &compareText{m, func(value, list []byte) bool { return bytes.Contains(list, value) }}, nil
	case "beginsWith":
		return &compareText{m, bytes.HasPrefix}, nil
	case "endsWith":
		return &compareText{m, bytes.HasSuffix}, nil
	case "ipMatch":
		return newIPMatch(def.Phrases)
	case "validateByteRange":
		return newByteRange(def.Argument)
	case "validateUrlEncoding":
		return operatorFunc(func(_ *Tx, value []byte) bool { return !validEscapes(value) }), nil
	case "validateUtf8Encoding":
		return operatorFunc(func(_ *Tx, value []byte) bool { return !utf8.Valid(value) }), nil
	case "unconditionalMatch":
		return always, nil
	case "noMatch":
		return operatorFunc(func(*Tx, []byte) bool { return false }), nil
	case "detectSQLi":
		return operatorFunc(detectSQLi), nil
	case "detectXSS":
		return operatorFunc(detectXSS), nil
	case "restpath":
		return newRestPath(def.Argument)
	}
	return nil, errors.New("the operator is not supported")
}

var always = operatorFunc(func(*Tx, []byte) bool { return true })

func (c *compiler) regexp(source string) (*rx.Regexp, error) {
	if re := c.rxs[source]; re != nil {
		return re, nil
	}
	re, err := rx.Compile(source, c.p.budget)
	if err == nil {
		c.rxs[source] = re
	}
	return re, err
}

func (c *compiler) phrases(list []string) *scan.Set {
	key := strings.Join(list, "\n")
	s := c.pms[key]
	if s == nil {
		s = scan.New(list)
		c.pms[key] = s
	}
	return s
}

// rxOperator is @rx.
type rxOperator struct{ re *rx.Regexp }

// maxCaptures is how many groups become members of TX, group 0 included.
const maxCaptures = 9

func (o *rxOperator) match(t *Tx, value []byte) bool {
	if !t.capturing {
		return o.re.Match(value)
	}
	if !o.re.Match(value) {
		return false
	}
	var buf [2 * maxCaptures]int
	groups := o.re.Groups(buf[:0], value)
	for i := 0; i < len(groups)/2 && i < maxCaptures; i++ {
		if from, to := groups[2*i], groups[2*i+1]; from >= 0 {
			t.setCapture(i, value[from:to])
		} else {
			t.setCapture(i, nil)
		}
	}
	return true
}

// pmOperator is @pm and its kin.
type pmOperator struct{ set *scan.Set }

func (o *pmOperator) match(t *Tx, value []byte) bool {
	if !o.set.Any(value) {
		return false
	}
	if t.capturing {
		at := 0
		for n := 0; n < 10; n++ {
			from, to, ok := o.set.Longest(value, at)
			if !ok {
				break
			}
			t.setCapture(n, value[from:to])
			at = to
		}
	}
	return true
}

// compare compares a value with a number.
type compare struct {
	with *macro
	test func(value, with int) bool
}

func (o *compare) match(t *Tx, value []byte) bool {
	return o.test(toNumber(value), t.expandNumber(o.with))
}

// compareText compares a value with a text.
type compareText struct {
	with *macro
	test func(value, with []byte) bool
}

func (o *compareText) match(t *Tx, value []byte) bool { return o.test(value, t.expand(o.with)) }

// ipMatch is @ipMatch.
type ipMatch struct{ nets []netip.Prefix }

func newIPMatch(list []string) (operator, error) {
	o := &ipMatch{}
	for _, s := range list {
		s = strings.TrimSpace(s)
		if s == "" {
			continue
		}
		var p netip.Prefix
		var err error
		if strings.Contains(s, "/") {
			p, err = netip.ParsePrefix(s)
		} else {
			var a netip.Addr
			a, err = netip.ParseAddr(s)
			p = netip.PrefixFrom(a, a.BitLen())
		}
		if err != nil {
			return nil, err
		}
		o.nets = append(o.nets, p.Masked())
	}
	return o, nil
}

func (o *ipMatch) match(t *Tx, value []byte) bool {
	addr := t.client
	if !bytes.Equal(value, t.scalars[seclang.RemoteAddr]) {
		var err error
		if addr, err = netip.ParseAddr(string(value)); err != nil {
			return false
		}
	}
	addr = addr.Unmap()
	for _, n := range o.nets {
		if n.Contains(addr) {
			return true
		}
	}
	return false
}

// byteRange is @validateByteRange: it matches a value with a byte outside.
type byteRange struct{ valid [256]bool }

func newByteRange(s string) (operator, error) {
	if s == "" {
		return always, nil
	}
	o := &byteRange{}
	for _, part := range strings.Split(s, ",") {
		first, last, ranged := strings.Cut(strings.TrimSpace(part), "-")
		if !ranged {
			last = first
		}
		lo, err1 := strconv.ParseUint(first, 10, 8)
		hi, err2 := strconv.ParseUint(last, 10, 8)
		if err := errors.Join(err1, err2); err != nil {
			return nil, fmt.Errorf("%q is not a range of bytes", part)
		}
		for b := lo; b <= hi; b++ {
			o.valid[b] = true
		}
	}
	return o, nil
}

func (o *byteRange) match(_ *Tx, value []byte) bool {
	for _, b := range value {
		if !o.valid[b] {
			return true
		}
	}
	return false
}

// validEscapes reports whether every % begins a valid escape.
func validEscapes(b []byte) bool {
	for i := 0; i < len(b); i++ {
		if b[i] == '%' {
			if i+2 >= len(b) || !isHex(b[i+1]) || !isHex(b[i+2]) {
				return false
			}
			i += 2
		}
	}
	return true
}

// restPath is @restpath: a path template whose placeholders become members of ARGS_PATH.
type restPath struct{ re *regexp.Regexp }

var placeholder = regexp.MustCompile(`\{([^}]+)\}`)

func newRestPath(template string) (operator, error) {
	pattern := placeholder.ReplaceAllString(strings.ReplaceAll(template, "/", `\/`), `(?P<$1>[^?/]+)`)
	re, err := regexp.Compile(pattern)
	return &restPath{re}, err
}

func (o *restPath) match(t *Tx, value []byte) bool {
	groups := o.re.FindSubmatchIndex(value)
	if groups == nil {
		return false
	}
	for i, name := range o.re.SubexpNames() {
		if i == 0 || name == "" || groups[2*i] < 0 {
			continue
		}
		t.setPathArg([]byte(name), t.arena.copy(value[groups[2*i]:groups[2*i+1]]))
	}
	return true
}
