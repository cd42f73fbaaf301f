package conf

// Observe is logs and traces.
type Observe struct {
	AccessLog AccessLog `toml:"access_log" doc:"a JSON line per request"`
	Tracing   *Tracing  `toml:"tracing" doc:"traces; none when not written"`
}

// AccessLog is a line per request. Refusals are never dropped by sampling.
type AccessLog struct {
	To        Output   `toml:"to" default:"stdout" doc:"stdout, stderr, off, or a file"`
	Sample2xx Percent  `toml:"sample_2xx" default:"100%" doc:"share of the requests that went well"`
	Redact    []string `toml:"redact" default:"authorization, cookie" doc:"fields, and query parameters as query:NAME, whose values are not logged"`
}

// Tracing sends spans to a collector.
type Tracing struct {
	OTLP   string  `toml:"otlp" required:"yes" doc:"URL of an OTLP/HTTP collector"`
	Sample Percent `toml:"sample" default:"1%" doc:"share of the requests that start a trace; one that a trusted peer started is kept"`
}
