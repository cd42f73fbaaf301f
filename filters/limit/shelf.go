package limit

import (
	"fmt"
	"reflect"
)

// shelf holds the limits of one kind by name, each with its definition. A limit is the same limit for as long as its
// definition is.
type shelf[T any] map[string]item[T]

type item[T any] struct {
	definition any
	limit      T
}

// find returns the limit of this definition: the one that another route has, the one of the table before, or a new one.
func (s shelf[T]) find(before shelf[T], name string, definition any, create func() (T, error)) (T, error) {
	if have, there := s[name]; there {
		if !reflect.DeepEqual(have.definition, definition) {
			return have.limit, fmt.Errorf("there are two of the name %q, and they differ", name)
		}
		return have.limit, nil
	}
	if have, there := before[name]; there && reflect.DeepEqual(have.definition, definition) {
		s[name] = have
		return have.limit, nil
	}
	limit, err := create()
	if err == nil {
		s[name] = item[T]{definition, limit}
	}
	return limit, err
}
