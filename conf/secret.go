package conf

import (
	"fmt"
	"os"
	"strconv"
	"strings"
)

// Secret is a reference to a secret: { file = "..." } or { env = "..." }, or the secret itself, which is a warning. Nothing
// but Value shows it.
type Secret struct {
	File    Path
	Env     string
	literal string
}

// IsZero reports whether no secret is configured.
func (s Secret) IsZero() bool { return s == Secret{} }

// Value reads the secret now. Of a file, line ends at its end are not part of it.
func (s Secret) Value() (string, error) {
	switch {
	case s.File != "":
		text, err := os.ReadFile(string(s.File))
		if err != nil {
			return "", fmt.Errorf("cannot read secret: %w", err)
		}
		value := strings.TrimRight(string(text), "\r\n")
		if value == "" {
			return "", fmt.Errorf("the secret file %q is empty", s.File)
		}
		return value, nil
	case s.Env != "":
		value := os.Getenv(s.Env)
		if value == "" {
			return "", fmt.Errorf("the environment variable %s of a secret is not set", s.Env)
		}
		return value, nil
	}
	return s.literal, nil
}

// String returns where the secret is, never the secret.
func (s Secret) String() string {
	switch {
	case s.File != "":
		return "{ file = " + strconv.Quote(string(s.File)) + " }"
	case s.Env != "":
		return "{ env = " + strconv.Quote(s.Env) + " }"
	case s.literal != "":
		return "(a literal secret)"
	}
	return ""
}

// GoString keeps %#v from showing a literal secret.
func (s Secret) GoString() string { return "conf.Secret" + s.String() }

// LiteralSecret returns a secret that is its own value.
func LiteralSecret(value string) Secret { return Secret{literal: value} }

func (s *Secret) fromNode(d *decoder, n *node) {
	const right = `{ file = "..." } or { env = "..." }`
	if n.kind == kindString {
		if n.text == "" {
			d.errorf(n.place, "the secret is empty; write %s", right)
			return
		}
		s.literal = n.text
		d.warnf(n.place, "%s is a secret in clear text; write %s", n.key, right)
		return
	}
	if n.kind != kindTable {
		d.errorf(n.place, "a secret is written %s", right)
		return
	}
	var reference struct {
		File Path   `toml:"file"`
		Env  string `toml:"env"`
	}
	d.into(n, &reference)
	if (reference.File == "") == (reference.Env == "") && !d.failedAt(n) {
		d.errorf(n.place, "a secret is either a file or a variable of the environment: write %s", right)
		return
	}
	s.File, s.Env = reference.File, reference.Env
}
