package conf

// Mode says what a rule that can refuse does: refuse, only count what it would have refused, or nothing.
type Mode string

// The modes of a rule. The zero Mode does not leave this package: a table that is written has a mode.
const (
	Enforce Mode = "enforce"
	Shadow  Mode = "shadow"
	Off     Mode = "off"
)
