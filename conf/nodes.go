package conf

import (
	"fmt"
	"os"
)

// ReadNodes reads a file of nodes: one line for each, in the form of an upstream's nodes, at the top or in a table [nodes]. An error
// holds every mistake at once. A file without a node is a mistake: it is more likely half written than meant.
func ReadNodes(path Path) (Nodes, error) {
	text, err := os.ReadFile(string(path))
	if err != nil {
		return nil, fmt.Errorf("%s: %s", path, readError(err))
	}
	s, err := newSource(string(path), text)
	if err != nil {
		return nil, err
	}
	root, problems := s.parse()
	if problems != nil {
		return nil, problems
	}
	if inner := root.child("nodes"); inner != nil && inner.kind == kindTable && inner.child("address") == nil {
		root = inner
	}
	var d decoder
	var nodes Nodes
	nodes.fromNode(&d, root)
	if mistakes := d.problems.Sorted().Errors(); mistakes != nil {
		return nil, mistakes
	}
	if len(nodes) == 0 {
		return nil, fmt.Errorf("%s: there is no node in the file", path)
	}
	return nodes, nil
}
