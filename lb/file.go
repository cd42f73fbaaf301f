package lb

import (
	"context"
	"fmt"
	"os"
	"time"

	"sallyport/conf"
)

// fileEvery is how often a file of nodes is looked at.
const fileEvery = time.Second

// nodesFile finds nodes in a file; it reads it when its size or time has changed.
type nodesFile struct {
	path conf.Path
	read os.FileInfo // when it was last read
}

func (s *nodesFile) find(context.Context) ([]conf.Node, time.Duration, error) {
	info, err := os.Stat(string(s.path))
	if err != nil {
		return nil, fileEvery, fmt.Errorf("cannot read the nodes: %w", err)
	}
	if s.read != nil && s.read.Size() == info.Size() && s.read.ModTime().Equal(info.ModTime()) && os.SameFile(s.read, info) {
		return nil, fileEvery, nil
	}
	nodes, err := conf.ReadNodes(s.path)
	if err != nil {
		return nil, fileEvery, err
	}
	s.read = info
	return nodes, fileEvery, nil
}
