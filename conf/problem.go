package conf

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Position is a place in a configuration file. Line and Col count from 1, Col in bytes; both are 0 when only the file is known.
type Position struct {
	File string `json:"file"`
	Line int    `json:"line"`
	Col  int    `json:"col"`
}

// String returns "file:line:col", or the file alone when the line is not known.
func (p Position) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// Errorf returns the mistake found at p.
func (p Position) Errorf(format string, args ...any) Problem {
	return Problem{File: p.File, Line: p.Line, Col: p.Col, Message: fmt.Sprintf(format, args...)}
}

// Warnf returns the doubtful thing found at p.
func (p Position) Warnf(format string, args ...any) Problem {
	w := p.Errorf(format, args...)
	w.Warning = true
	return w
}

// Problem is one thing that is wrong with a configuration, or doubtful when Warning is set. Its message says what is
// wrong, with the value, and what would be right. It never holds a secret.
type Problem struct {
	File    string `json:"file"`
	Line    int    `json:"line"`
	Col     int    `json:"col"`
	Warning bool   `json:"warning"`
	Message string `json:"message"`
}

// Position returns where the problem is.
func (p Problem) Position() Position { return Position{p.File, p.Line, p.Col} }

// Error returns "file:line:col: message", with "warning: " before the message of a warning.
func (p Problem) Error() string {
	if p.Warning {
		return p.Position().String() + ": warning: " + p.Message
	}
	return p.Position().String() + ": " + p.Message
}

// Problems are all that was found, in the order of the files.
type Problems []Problem

// Error returns one problem a line.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Errors returns the problems that are not warnings, nil when there is none.
func (ps Problems) Errors() Problems { return ps.filter(false) }

// Warnings returns the problems that are only warnings, nil when there is none.
func (ps Problems) Warnings() Problems { return ps.filter(true) }

func (ps Problems) filter(warning bool) Problems {
	var kept Problems
	for _, p := range ps {
		if p.Warning == warning {
			kept = append(kept, p)
		}
	}
	return kept
}

// Sorted returns the problems by place, each once: what a policy gets wrong is found again in every route that uses it.
func (ps Problems) Sorted() Problems {
	slices.SortFunc(ps, func(a, b Problem) int {
		return cmp.Or(strings.Compare(a.File, b.File), cmp.Compare(a.Line, b.Line), cmp.Compare(a.Col, b.Col), strings.Compare(a.Message, b.Message))
	})
	return slices.Compact(ps)
}
