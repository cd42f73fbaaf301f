package main

import "strconv"

// plainproxy is loadtest/cmd/plainproxy, what one gets from fasthttp in thirty lines.
func plainproxy(name string) contestant {
	return contestant{name: name, program: "plainproxy", command: func(e *entry) ([]string, error) {
		return []string{"-listen", e.address, "-upstream", e.upstreams[0], "-threads", strconv.Itoa(e.threads)}, nil
	}}
}
