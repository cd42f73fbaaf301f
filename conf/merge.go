package conf

import "reflect"

// nameLimits gives the limits of a policy or a route that are not named the name of where they are written. A route that takes a
// limit from a policy so shares it with the other routes that do.
func nameLimits(owner string, rules *node) {
	for _, key := range []string{"rate", "concurrency", "quota", "penalty"} {
		rules.child(key).nameIt(owner)
	}
	for _, key := range []string{"rates", "penalties"} {
		if more := rules.child(key); more != nil {
			for name, n := range more.table {
				n.nameIt(owner + "." + name)
			}
		}
	}
}

func (n *node) nameIt(name string) {
	if n != nil && n.kind == kindTable && n.table["name"] == nil {
		n.set("name", &node{kind: kindString, key: "name", name: n.name, place: n.place, dir: n.dir, text: name})
	}
}

// effective returns a route with the rules of the policies it uses: the route's word beats a policy's, and a later policy's an
// earlier one's. The field's merge tag says what beating means:
//
//	keys     a table, key by key
//	names    a table of things with names, name by name; none is lost
//	edits    header edits: remove lists follow one another, set and add are merged field by field
//	append   lists follow one another
//	all      requirements: a list of all of them
//	(none)   the whole value
func effective(route *node, policies *node, fs []field) *node {
	use := route.child("use")
	merged := *route
	merged.table, merged.keys = map[string]*node{}, nil
	for _, key := range route.keys {
		merged.set(key, route.table[key])
	}
	for _, f := range fs {
		var value *node
		if use != nil {
			for _, name := range use.array {
				value = mergeValues(f.merge, value, policies.child(name.text).child(f.key), f.table)
			}
		}
		value = mergeValues(f.merge, value, route.child(f.key), f.table)
		if value != nil {
			merged.set(f.key, value)
		}
	}
	return &merged
}

// mergeValues returns what two values of one key are together; either may be nil. t is the struct of a table.
func mergeValues(how string, earlier, later *node, t reflect.Type) *node {
	switch {
	case earlier == nil:
		return later
	case later == nil:
		return earlier
	case how == "all", how == "append":
		return joined(earlier, later)
	case how == "" || earlier.kind != kindTable || later.kind != kindTable:
		return later
	}
	merged := *later
	merged.table, merged.keys = map[string]*node{}, nil
	for _, n := range []*node{earlier, later} {
		for _, key := range n.keys {
			merged.set(key, mergeValues(inside(how, key, t), merged.table[key], n.table[key], nil))
		}
	}
	return &merged
}

// inside returns how the values of a key inside a merged table become one.
func inside(how, key string, t reflect.Type) string {
	switch {
	case how == "edits" && key == "remove":
		return "append"
	case how == "edits":
		return "keys"
	case how == "keys" && t != nil:
		for _, f := range fieldsOf(t) {
			if f.key == key {
				return f.merge
			}
		}
	}
	return ""
}

func joined(earlier, later *node) *node {
	list := *later
	list.kind, list.table, list.keys = kindArray, nil, nil
	list.array = append(append([]*node{}, earlier.oneOrMore()...), later.oneOrMore()...)
	return &list
}
