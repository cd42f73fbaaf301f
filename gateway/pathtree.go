package gateway

import (
	"slices"

	"sallyport/conf"
)

// pathNode is a place in the tree of one host's paths, behind the segments that lead to it.
type pathNode struct {
	few   []pathEdge           // to the literal segments, when they are few
	many  map[string]*pathNode // when they are not
	param *pathNode            // behind {name}
	here  []matchEntry         // routes whose path ends here, the most specific first
	rest  []matchEntry         // routes with /* here
}

type pathEdge struct {
	text string
	to   *pathNode
}

// fewEdges is how many literals are searched one by one; more of them are hashed.
const fewEdges = 4

// add puts a route where its segments lead.
func (n *pathNode) add(segments []conf.Segment, e matchEntry) {
	for _, s := range segments {
		switch s.Kind {
		case conf.Rest:
			n.rest = append(n.rest, e)
			return
		case conf.Param:
			if n.param == nil {
				n.param = &pathNode{}
			}
			n = n.param
		default:
			if n.many == nil {
				n.many = map[string]*pathNode{}
			}
			n = treeOf(n.many, s.Text)
		}
	}
	n.here = append(n.here, e)
}

// finish brings the node and those below it into the form in which they are searched; n may be nil.
func (n *pathNode) finish() {
	if n == nil {
		return
	}
	bySpecificity := func(a, b matchEntry) int { return a.pattern.Compare(b.pattern) }
	slices.SortStableFunc(n.here, bySpecificity)
	slices.SortStableFunc(n.rest, bySpecificity)
	n.param.finish()
	for _, next := range n.many {
		next.finish()
	}
	if len(n.many) > fewEdges {
		return
	}
	for text, next := range n.many {
		n.few = append(n.few, pathEdge{text, next})
	}
	n.many = nil
}

// literal returns the node behind a literal segment, nil when no route has it.
func (n *pathNode) literal(segment []byte) *pathNode {
	if n.many != nil {
		return n.many[string(segment)]
	}
	for i := range n.few {
		if n.few[i].text == string(segment) {
			return n.few[i].to
		}
	}
	return nil
}

// treeOf returns the node of a text, which it makes if need be.
func treeOf(trees map[string]*pathNode, host string) *pathNode {
	if trees[host] == nil {
		trees[host] = &pathNode{}
	}
	return trees[host]
}
