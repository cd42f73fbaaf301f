package conf

// WAF is attack detection by rules.
type WAF struct {
	Ruleset   string      `toml:"ruleset" default:"crs" doc:"crs, the OWASP Core Rule Set, or a name from [rulesets]"`
	Paranoia  int         `toml:"paranoia" default:"1" min:"1" max:"4" doc:"paranoia level of the rules"`
	Threshold int         `toml:"threshold" default:"5" min:"1" max:"10000" doc:"anomaly score that is refused"`
	Body      Size        `toml:"body" default:"128KiB" min:"1B" max:"64MiB" doc:"the most of a body that is inspected"`
	Over      string      `toml:"over" default:"refuse" enum:"refuse|prefix|pass" doc:"a longer body: refused, inspected as far as it fits, or not inspected"`
	Exclude   []Exclusion `toml:"exclude" merge:"append" doc:"rules that are off here"`
	Mode      Mode        `toml:"mode" default:"enforce" enum:"enforce|shadow|off" doc:"what a refusal does"`
}

// Exclusion turns rules off, for the targets or altogether.
type Exclusion struct {
	Rules   []string `toml:"rules" doc:"rule ids and ranges, such as 942100 or 942000-942999"`
	Tags    []string `toml:"tags" doc:"rules with one of these tags"`
	Targets []string `toml:"targets" doc:"only for these variables, such as ARGS:q; without them the rules are off"`
}

// Ruleset is WAF rules of your own.
type Ruleset struct {
	Name  string `toml:"-"`
	Base  string `toml:"base" enum:"crs" doc:"the rules that these are added to: crs, or none when not written"`
	Files []Path `toml:"files" doc:"SecLang files, in their order"`
}
