package mask

import (
	"errors"
	"fmt"
	"strings"
)

// path is a tree of the dotted paths that are masked.
type path struct {
	hidden  bool // what the path leads to is masked
	members map[string]*path
	each    *path // "*": every element or member
}

// newPath makes the tree of a list of paths.
func newPath(list []string) (*path, error) {
	root := new(path)
	for _, s := range list {
		if s == "" {
			return nil, errors.New("a path is empty")
		}
		at := root
		for name := range strings.SplitSeq(s, ".") {
			if name == "" {
				return nil, fmt.Errorf("%q has an empty name in it", s)
			}
			at = at.child(name)
		}
		at.hidden = true
	}
	return root, nil
}

// child returns the tree behind a name, which it makes if need be.
func (p *path) child(name string) *path {
	if name == "*" {
		if p.each == nil {
			p.each = new(path)
		}
		return p.each
	}
	if p.members == nil {
		p.members = map[string]*path{}
	}
	if p.members[name] == nil {
		p.members[name] = new(path)
	}
	return p.members[name]
}
