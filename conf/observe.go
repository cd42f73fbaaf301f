package conf

// Observe is logs.
type Observe struct {
	AccessLog AccessLog `toml:"access_log" doc:"a JSON line per request"`
}

// AccessLog is a line per request. Refusals are never dropped by sampling.
type AccessLog struct {
	To        Output   `toml:"to" default:"stdout" doc:"stdout, stderr, off, or a file"`
	Sample2xx Percent  `toml:"sample_2xx" default:"100%" doc:"share of the requests that went well"`
	Redact    []string `toml:"redact" default:"authorization, cookie" doc:"query parameters, as query:NAME, whose values are not logged; names of fields may stand here too, though no value of a field ever is logged"`
}
