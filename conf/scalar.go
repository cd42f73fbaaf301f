package conf

import (
	"encoding"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// fill sets a field to its default. A default that does not decode is a mistake of this package.
func (d *decoder) fill(f field, v reflect.Value) {
	if v.Kind() == reflect.Slice {
		parts := strings.Split(f.standard, ",")
		v.Set(reflect.MakeSlice(v.Type(), len(parts), len(parts)))
		for i, part := range parts {
			fillScalar(f.key, strings.TrimSpace(part), v.Index(i))
		}
		return
	}
	fillScalar(f.key, f.standard, v)
}

func fillScalar(key, text string, v reflect.Value) {
	if err := setScalar(text, v); err != nil {
		panic(fmt.Sprintf("BUG: default of %s: %v", key, err))
	}
}

func setScalar(text string, v reflect.Value) error {
	if u, ok := v.Addr().Interface().(encoding.TextUnmarshaler); ok {
		return u.UnmarshalText([]byte(text))
	}
	switch v.Kind() {
	case reflect.String:
		v.SetString(text)
	case reflect.Bool:
		v.SetBool(text == "true")
	case reflect.Int, reflect.Int64:
		i, err := strconv.ParseInt(text, 10, 64)
		v.SetInt(i)
		return err
	case reflect.Float64:
		f, err := strconv.ParseFloat(text, 64)
		v.SetFloat(f)
		return err
	default:
		return fmt.Errorf("a %s has no text form", v.Type())
	}
	return nil
}

// bounds checks min and max.
func (d *decoder) bounds(n *node, f field, v reflect.Value) {
	if f.min == "" && f.max == "" {
		return
	}
	if v.Kind() == reflect.Pointer {
		v = v.Elem()
	}
	below := f.min != "" && compareScalar(v, f.min) < 0
	above := f.max != "" && compareScalar(v, f.max) > 0
	if !below && !above {
		return
	}
	switch {
	case f.max == "":
		d.errorf(n.place, "%s is %s; the least is %s", n.key, n.shown(), quoteLike(n, f.min))
	case f.min == "":
		d.errorf(n.place, "%s is %s; the most is %s", n.key, n.shown(), quoteLike(n, f.max))
	default:
		d.errorf(n.place, "%s is %s; it is from %s to %s", n.key, n.shown(), quoteLike(n, f.min), quoteLike(n, f.max))
	}
}

func quoteLike(n *node, text string) string {
	if n.kind == kindString {
		return strconv.Quote(text)
	}
	return text
}

func compareScalar(v reflect.Value, text string) int {
	bound := reflect.New(v.Type()).Elem()
	fillScalar("a bound", text, bound)
	switch {
	case v.CanInt():
		return compare(v.Int(), bound.Int())
	case v.CanFloat():
		return compare(v.Float(), bound.Float())
	}
	panic("BUG: a bound on a " + v.Type().String())
}

func compare[T int64 | float64](a, b T) int {
	switch {
	case a < b:
		return -1
	case a > b:
		return 1
	}
	return 0
}
