package conf

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// Format returns a configuration in the one way to write it: a blank line before each table, the equals signs of lines that follow one
// another below each other, one space where a space belongs, and nothing at the ends of lines. Comments, order and the texts of values
// stay. The error is a Problem when the text is not TOML.
func Format(name string, text []byte) ([]byte, error) {
	var values map[string]any
	if _, err := toml.Decode(string(text), &values); err != nil {
		return nil, (source{name: name, text: text}).syntax(err)
	}
	f := formatter{scanner: scanner{text: string(text), line: 1}}
	f.read()
	return []byte(f.write()), nil
}

// statement is a line of a file, or several when its value or its comment goes on.
type statement struct {
	blank   bool   // an empty line stands before it
	header  string // "[a.b]" or "[[a.b]]"
	key     string
	value   string
	comment string // "# ...", alone or at the end
}

// formatter reads a text that is TOML into statements and writes them.
type formatter struct {
	scanner
	statements []statement
}

func (f *formatter) read() {
	for {
		lines := f.gap()
		if f.end() {
			return
		}
		s := statement{blank: lines > 1}
		switch f.peek() {
		case '#':
		case '[':
			s.header = f.headerText()
		default:
			s.key = f.keyText()
			f.next()
			f.skipSpace()
			s.value = f.valueText(0)
		}
		f.skipSpace()
		if f.peek() == '#' {
			s.comment = f.commentText()
		}
		f.statements = append(f.statements, s)
	}
}

// gap passes white space and returns how many lines end in it.
func (f *formatter) gap() int {
	lines := 0
	for !f.end() && strings.IndexByte(" \t\r\n", f.peek()) >= 0 {
		if f.peek() == '\n' {
			lines++
		}
		f.next()
	}
	return lines
}

func (f *formatter) commentText() string {
	start := f.at
	for !f.end() && f.peek() != '\n' {
		f.next()
	}
	return strings.TrimRight(f.text[start:f.at], " \t\r")
}

func (f *formatter) headerText() string {
	brackets := 1
	if strings.HasPrefix(f.text[f.at:], "[[") {
		brackets = 2
	}
	f.skip(brackets)
	key := f.keyText()
	f.skip(brackets)
	return strings.Repeat("[", brackets) + key + strings.Repeat("]", brackets)
}

// keyText reads a dotted key and returns its parts as they are written, joined without spaces.
func (f *formatter) keyText() string {
	var parts []string
	for {
		f.skipSpace()
		start := f.at
		if c := f.peek(); c == '"' || c == '\'' {
			f.quoted()
		} else {
			for isBare(f.peek()) {
				f.next()
			}
		}
		parts = append(parts, f.text[start:f.at])
		f.skipSpace()
		if f.peek() != '.' {
			return strings.Join(parts, ".")
		}
		f.next()
	}
}

// valueText reads a value and returns it formatted; lines after its first are indented by depth.
func (f *formatter) valueText(depth int) string {
	start := f.at
	switch f.peek() {
	case '"', '\'':
		f.quoted()
		return f.text[start:f.at]
	case '[':
		return f.listText(depth, "[", "]", "", func() string { return f.valueText(depth + 1) })
	case '{':
		return f.listText(depth, "{", "}", " ", func() string {
			key := f.keyText()
			f.next()
			f.skipSpace()
			return key + " = " + f.valueText(depth+1)
		})
	}
	for !f.end() && !strings.ContainsRune(",]}#\n", rune(f.peek())) {
		f.next()
	}
	return strings.TrimRight(f.text[start:f.at], " \t\r")
}

// listText reads an array or an inline table. One that is written over several lines stays so.
func (f *formatter) listText(depth int, opening, closing, padding string, element func() string) string {
	indent := "\n" + strings.Repeat("  ", depth+1)
	out := opening
	first, separated, broken := true, false, false
	f.next()
	for {
		lines := f.gap()
		switch {
		case f.peek() == '#':
			if lines > 0 {
				out += indent
			} else {
				out += " "
			}
			out += f.commentText()
			broken, separated = true, false
			continue
		case f.end() || f.text[f.at:f.at+1] == closing:
			f.next()
			switch {
			case lines > 0 || broken:
				return out + "\n" + strings.Repeat("  ", depth) + closing
			case first:
				return out + closing
			}
			return strings.TrimSuffix(out, ",") + padding + closing
		case f.peek() == ',':
			f.next()
			out += ","
			separated = true
			continue
		}
		switch {
		case lines > 0 || broken:
			out += indent
		case separated:
			out += " "
		default:
			out += padding
		}
		out += element()
		first, separated, broken = false, false, false
	}
}

// write joins the statements.
func (f *formatter) write() string {
	var b strings.Builder
	for i := 0; i < len(f.statements); {
		group := f.group(i)
		f.writeGroup(&b, i, group)
		i = group
	}
	return b.String()
}

// group returns the end of the run of lines that starts at i: keys that follow one another without an empty line, or one other line.
func (f *formatter) group(i int) int {
	end := i + 1
	if f.statements[i].key == "" {
		return end
	}
	for end < len(f.statements) && f.statements[end].key != "" && !f.statements[end].blank {
		end++
	}
	return end
}

func (f *formatter) writeGroup(b *strings.Builder, from, to int) {
	width, comment := 0, 0
	for _, s := range f.statements[from:to] {
		width = max(width, len([]rune(s.key)))
	}
	lines := make([]string, to-from)
	for i, s := range f.statements[from:to] {
		switch {
		case s.header != "":
			lines[i] = s.header
		case s.key != "":
			lines[i] = fmt.Sprintf("%-*s = %s", width, s.key, s.value)
		}
		if s.comment != "" && !strings.Contains(lines[i], "\n") {
			comment = max(comment, len([]rune(lines[i])))
		}
	}
	for i, s := range f.statements[from:to] {
		if f.spaced(from + i) {
			b.WriteByte('\n')
		}
		b.WriteString(lines[i])
		if s.comment != "" {
			if lines[i] != "" {
				pad := 1
				if !strings.Contains(lines[i], "\n") {
					pad += comment - len([]rune(lines[i]))
				}
				b.WriteString(strings.Repeat(" ", pad))
			}
			b.WriteString(s.comment)
		}
		b.WriteByte('\n')
	}
}

// spaced reports whether an empty line stands before statement i: where one was, and before a table or the comment over it.
func (f *formatter) spaced(i int) bool {
	if i == 0 {
		return false
	}
	s := f.statements[i]
	switch {
	case s.blank:
		return true
	case s.header != "":
		return !f.isComment(i - 1)
	case !f.isComment(i) || f.isComment(i-1):
		return false
	}
	for i < len(f.statements) && f.isComment(i) {
		i++
		if i < len(f.statements) && f.statements[i].blank {
			return false
		}
	}
	return i < len(f.statements) && f.statements[i].header != ""
}

// isComment reports whether statement i is a comment on a line of its own.
func (f *formatter) isComment(i int) bool {
	s := f.statements[i]
	return s.header == "" && s.key == ""
}
