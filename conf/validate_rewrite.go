package conf

import (
	"net/url"
	"slices"
	"strings"
)

// rewrite checks the paths and templates of a route.
func (v *validator) rewrite(r *Route, p Pattern, known bool, base []string) {
	if r.Redirect != nil && r.Redirect.To != "" {
		v.redirect(r, p, known, base)
	}
	w := r.Rewrite
	if w == nil {
		return
	}
	base = under(base, "rewrite")
	if len(r.To) == 0 && !v.c.Has("routes", r.Name, "to") {
		v.errorf(v.key(base...), "rewrite is about the path that goes upstream, and this route goes to none")
	}
	steps := w.StripPrefix != "" || w.AddPrefix != "" || w.Replace != nil
	switch n, _ := v.c.root.find(base...); {
	case w.Path != "" && steps:
		v.errorAt("path is the whole path; it does not go with strip_prefix, replace or add_prefix", under(base, "path"))
	case w.Path == "" && !steps && !v.failedAt(n):
		v.errorAt("rewrite changes nothing; write strip_prefix, replace, add_prefix or path", base)
	}
	for _, prefix := range []struct{ key, value string }{{"strip_prefix", w.StripPrefix}, {"add_prefix", w.AddPrefix}, {"path", w.Path}} {
		v.prefix(prefix.key, prefix.value, v.at(under(base, prefix.key)...))
	}
	if w.Replace != nil {
		v.prefix("from", w.Replace.From, v.at(under(base, "replace", "from")...))
		v.prefix("to", w.Replace.To, v.at(under(base, "replace", "to")...))
	}
	if !known {
		return
	}
	v.begins(r, w.StripPrefix, "strip_prefix", p, under(base, "strip_prefix"))
	if w.Replace != nil && w.StripPrefix == "" {
		v.begins(r, w.Replace.From, "from", p, under(base, "replace", "from"))
	}
	v.template(w.Path, p.Params(), v.at(under(base, "path")...))
}

// prefix checks that a written prefix is a path.
func (v *validator) prefix(key, value string, at Position) {
	switch {
	case value == "":
	case !strings.HasPrefix(value, "/"):
		v.errorf(at, "%s: %q does not begin with a slash; write %q", key, value, "/"+value)
	case strings.ContainsAny(value, "?# "):
		v.errorf(at, "%s: %q is not a path", key, value)
	}
}

// begins checks that the paths a route matches can begin with a prefix, at a segment's end.
func (v *validator) begins(r *Route, prefix, key string, p Pattern, path []string) {
	if !strings.HasPrefix(prefix, "/") || prefix == "/" {
		return
	}
	for i, want := range strings.Split(strings.TrimSuffix(prefix[1:], "/"), "/") {
		if i < len(p.Segments) && p.Segments[i].Kind == Rest {
			return
		}
		if i >= len(p.Segments) || p.Segments[i].Kind == Literal && p.Segments[i].Text != want {
			v.errorAt("%s: no path that %q matches begins with %q", path, key, r.Match.Path, prefix)
			return
		}
	}
}

func (v *validator) redirect(r *Route, p Pattern, known bool, base []string) {
	to, at := r.Redirect.To, v.at(under(base, "redirect", "to")...)
	if known {
		v.template(to, slices.Concat(p.Params(), []string{"host", "path", "query"}), at)
	}
	plain := strings.NewReplacer("{", "", "}", "", "*", "").Replace(to)
	u, err := url.Parse(plain)
	switch {
	case err != nil || strings.ContainsAny(to, " \r\n\t"):
		v.errorf(at, "to: %q is not a URL", to)
	case u.Scheme == "" && !strings.HasPrefix(to, "/"):
		v.errorf(at, `to: %q is neither a URL nor a path; write one such as "https://{host}{path}" or "/new"`, to)
	case strings.HasPrefix(to, "//"):
		v.errorf(at, `to: %q names a host by its slashes; write "https:%s"`, to, to)
	case u.Scheme != "" && u.Scheme != "https" && u.Scheme != "http":
		v.errorf(at, "to: %q is neither http nor https", to)
	}
}

// template checks the {name}s of a template.
func (v *validator) template(s string, known []string, at Position) {
	for rest := s; ; {
		_, after, found := strings.Cut(rest, "{")
		if !found {
			if strings.Contains(rest, "}") {
				v.errorf(at, "%q has a } without its {", s)
			}
			return
		}
		name, following, closed := strings.Cut(after, "}")
		if !closed {
			v.errorf(at, "%q has a { without its }", s)
			return
		}
		if !slices.Contains(known, name) {
			message := "none is known here"
			if len(known) > 0 {
				message = "known are {" + strings.Join(known, "}, {") + "}"
			}
			v.errorf(at, "%q: there is no {%s}; %s", s, name, message)
		}
		rest = following
	}
}
