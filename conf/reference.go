package conf

import (
	"fmt"
	"reflect"
	"strings"
)

//go:generate go test -run TestGenerated . -args -rewrite

// Reference returns docs/configuration.md: every key with its type, bounds, default and meaning, from the tags of the structs.
func Reference() string {
	var b strings.Builder
	b.WriteString(referenceIntro)
	top := describe(reflect.TypeFor[Config]())
	b.WriteString("\n## The top of the file\n\n")
	keyTable(&b)
	for _, d := range top {
		if d.goType.Kind() == reflect.Struct {
			fmt.Fprintf(&b, "| [`%s`](#%s) | table | | %s |\n", heading(d), strings.ToLower(strings.Trim(d.key, ".")), d.doc)
			continue
		}
		keyRow(&b, d, "")
	}
	for _, d := range top {
		if d.goType.Kind() != reflect.Struct {
			continue
		}
		fmt.Fprintf(&b, "\n## %s\n\n`[%s]`: %s.\n\n", d.key, heading(d), d.doc)
		if d.key == "policies" || d.key == "routes" {
			b.WriteString("Takes all [rules](#rules)")
			if d.key == "policies" {
				b.WriteString(" and nothing else.\n")
				continue
			}
			b.WriteString(", and:\n\n")
		}
		keyTable(&b)
		keyRows(&b, describe(d.goType), "", d.key == "routes")
	}
	b.WriteString(rulesIntro)
	keyTable(&b)
	keyRows(&b, describe(reflect.TypeFor[Rules]()), "", false)
	return b.String()
}

func heading(d described) string {
	if d.named {
		return d.key + ".NAME"
	}
	return d.key
}

func keyTable(b *strings.Builder) {
	b.WriteString("| key | type | default | meaning |\n|---|---|---|---|\n")
}

// keyRows writes a row per key; the keys of tables below follow with their dotted names.
func keyRows(b *strings.Builder, ds []described, prefix string, withoutRules bool) {
	for _, d := range ds {
		if withoutRules && isRule(d.key) {
			continue
		}
		keyRow(b, d, prefix)
		below := prefix + d.key + "."
		if d.named {
			below += "NAME."
		}
		switch element, ok := elementOf(d.goType); {
		case ok && d.goType == reflect.TypeFor[Nodes]():
			keyRows(b, describe(element), below+"NAME.", false)
		case ok && d.goType == reflect.TypeFor[Requires]():
			keyRows(b, describe(element), below, false)
		case ok:
			keyRows(b, describe(element), prefix+d.key+"[].", false)
		case isTable(d.goType):
			keyRows(b, describe(d.goType), below, false)
		}
	}
}

func isRule(key string) bool {
	for _, f := range fieldsOf(reflect.TypeFor[Rules]()) {
		if f.key == key {
			return true
		}
	}
	return false
}

func keyRow(b *strings.Builder, d described, prefix string) {
	standard := ""
	switch {
	case d.required:
		standard = "required"
	case d.standard != "":
		standard = "`" + d.standard + "`"
	}
	key := prefix + d.key
	if d.named {
		key += ".NAME"
	}
	escape := strings.NewReplacer("|", "\\|").Replace
	fmt.Fprintf(b, "| `%s` | %s | %s | %s |\n", key, escape(d.typeName()), escape(standard), escape(d.doc))
}

const referenceIntro = `# Configuration

This file is made from the structs of package conf; change those, then run ` + "`go generate ./conf`" + `.

A configuration is one TOML file and what it includes. Everything has a name, ` + "`[routes.orders-read]`" + `, and the order of things never
matters. An unknown key is an error, also one in another letter case. ` + "`sallyport check FILE`" + ` reports every mistake at once as
` + "`file:line:col: what is wrong`" + `; ` + "`sallyport render FILE`" + ` prints what the files amount to, with every default.

## Values

| type | how it is written |
|---|---|
| duration | ` + "`\"250ms\"`, `\"30s\"`, `\"10m\"`, `\"24h\"`, `\"90d\"`" + `, or combined, ` + "`\"1h30m\"`" + ` |
| size | ` + "`\"512B\"`, `\"64KiB\"`, `\"1MiB\"`, `\"2GiB\"`" + ` |
| rate | ` + "`\"100/s\"`, `\"1000/h\"`, `\"5/10s\"`" + `: a number of requests in s, m, h, d or a duration |
| percentage | ` + "`\"10%\"`, `\"0.5%\"`" + ` |
| secret | ` + "`{ file = \"...\" }` or `{ env = \"...\" }`" + `; the secret itself is a warning |
| file, folder | relative to the file that names it; a file must exist |
| network | ` + "`\"10.0.0.0/8\"`, `\"2001:db8::/32\"`, `\"192.0.2.1\"`" + ` |
| attribute | ` + "`client.ip`, `client.ip/24`, `principal`, `principal.CLAIM`, `header.NAME`, `cookie.NAME`, `query.NAME`, `path.NAME`, `route`, `host`" + `; a claim inside another is dotted, and one with dots in its name is quoted, ` + "`principal.\"https://example.com/tenant\"`" + `; a list combines several |
| mode | ` + "`enforce`" + ` refuses, ` + "`shadow`" + ` lets through and counts what it would have refused, ` + "`off`" + ` does nothing |

The names of things are of letters, digits, dash, underscore and dot, and begin with a letter or a digit.
`

const rulesIntro = `
## rules

What a policy and a route can both say. A route takes policies with ` + "`use = [\"a\", \"b\"]`" + `. Its own word beats a policy's, and a later policy's
beats an earlier one's: the whole value, except that

- ` + "`require`" + ` of every policy and of the route must all hold;
- ` + "`rates`" + ` and ` + "`penalties`" + ` are all kept, by name;
- ` + "`headers`" + ` and ` + "`request_headers`" + ` combine: removals follow one another, ` + "`set`" + ` and ` + "`add`" + ` field by field;
- ` + "`address`, `content`, `waf`, `cache`, `forward`, `timeout`, `limits` and `normalize`" + ` combine key by key, and ` + "`waf.exclude`" + ` is added up.

A limit that a policy defines is one limit: all routes that take it share its buckets. Put ` + "`route`" + ` into its key to count for each route apart.

`
