package seclang

import (
	"fmt"
	"strings"
)

// parseOperator reads the second argument of a SecRule: "@rx ...", "!@eq 0", or an expression alone.
func (p *parser) parseOperator(s string) (*Operator, error) {
	op := &Operator{}
	if strings.HasPrefix(s, "!") {
		op.Negated, s = true, s[1:]
	}
	if strings.HasPrefix(s, "@") {
		op.Name, op.Argument, _ = strings.Cut(s[1:], " ")
		op.Argument = strings.TrimSpace(op.Argument)
	} else {
		op.Name, op.Argument = "rx", strings.TrimSpace(s)
	}
	var err error
	switch op.Name {
	case "rx", "restpath", "validateByteRange":
	case "detectSQLi", "detectXSS", "validateUrlEncoding", "validateUtf8Encoding", "unconditionalMatch", "noMatch":
	case "eq", "ge", "gt", "le", "lt", "streq", "strmatch", "contains", "within", "beginsWith", "endsWith":
		op.Macro, err = ParseMacro(op.Argument)
	case "pm":
		op.Phrases = strings.Split(strings.ToLower(op.Argument), " ")
	case "pmFromFile", "pmf":
		op.Phrases, err = p.readLines(op.Argument)
		for i := range op.Phrases {
			op.Phrases[i] = strings.ToLower(op.Phrases[i])
		}
		op.Name = "pm"
	case "pmFromDataset":
		op.Phrases, err = p.dataset(op.Argument)
		op.Name = "pm"
	case "ipMatch":
		op.Phrases = strings.Split(op.Argument, ",")
	case "ipMatchFromFile", "ipMatchF":
		op.Phrases, err = p.readLines(op.Argument)
		op.Name = "ipMatch"
	case "ipMatchFromDataset":
		op.Phrases, err = p.dataset(op.Argument)
		op.Name = "ipMatch"
	default:
		err = fmt.Errorf("operator @%s is not supported", op.Name)
	}
	return op, err
}

// readLines reads a data file: one entry a line, comments start with #. Its name is relative to the rule file's folder.
func (p *parser) readLines(name string) ([]string, error) {
	data, err := p.source.ReadFile(p.relative(name))
	if err != nil {
		return nil, err
	}
	var lines []string
	for line := range strings.Lines(string(data)) {
		line = strings.TrimSpace(line)
		if line != "" && line[0] != '#' {
			lines = append(lines, line)
		}
	}
	return lines, nil
}

func (p *parser) dataset(name string) ([]string, error) {
	d := p.datasets[name]
	if len(d) == 0 {
		return nil, fmt.Errorf("dataset %q is not defined", name)
	}
	return d, nil
}
