package attribute

import (
	"encoding/binary"

	"sallyport/conf"
	"sallyport/filters"
)

// Key is a list of attributes that together name one party. It may be used by any number of goroutines.
type Key struct {
	parts []Attribute
	late  bool
}

// CompileKey prepares a key for a route.
func CompileKey(c conf.Attributes, site *filters.Site) (*Key, error) {
	k := &Key{late: c.Late()}
	for _, one := range c {
		a, err := Compile(one, site)
		if err != nil {
			return nil, err
		}
		k.parts = append(k.parts, a)
	}
	return k, nil
}

// Late reports whether the key is known only after authentication.
func (k *Key) Late() bool { return k.late }

// Append appends the key's bytes for this request. No two different lists of values have the same bytes, and a value that
// the request does not have differs from an empty one. They are the same in every process.
func (k *Key) Append(dst []byte, x *filters.Exchange) []byte {
	for i := range k.parts {
		at := len(dst)
		dst = append(dst, 0, 0, 0, 0)
		var found bool
		if dst, found = k.parts[i].append(dst, x); found {
			binary.LittleEndian.PutUint32(dst[at:], uint32(len(dst)-at-3)) // one more than its length
		}
	}
	return dst
}
