package schema

// arrayHolds checks an array and marks the elements that a rule is about.
func (r *run) arrayHolds(s *arrayRule, v int, m marks) bool {
	d := &r.document
	count := d.Len(v)
	if count < s.least || s.most >= 0 && count > s.most || s.distinct && !d.Distinct(v) {
		return false
	}
	i := v + 1
	for n := range count {
		about := s.rest
		if n < len(s.prefix) {
			about = s.prefix[n]
		}
		if about == nil {
			break
		}
		if !r.other(about, i) {
			return false
		}
		r.mark(m, n)
		i = d.Next(i)
	}
	return s.contains == nil || r.containsHolds(s, v, m)
}

func (r *run) containsHolds(s *arrayRule, v int, m marks) bool {
	d := &r.document
	found, i := 0, v+1
	for n := range d.Len(v) {
		if r.other(s.contains, i) {
			found++
			if s.marks {
				r.mark(m, n)
			}
		}
		i = d.Next(i)
	}
	return found >= s.leastContained && (s.mostContained < 0 || found <= s.mostContained)
}

// objectHolds checks an object and marks the members that a rule is about.
func (r *run) objectHolds(s *objectRule, v int, m marks) bool {
	d := &r.document
	count := d.Len(v)
	if count < s.least || s.most >= 0 && count > s.most {
		return false
	}
	required, i := 0, v+1
	for n := range count {
		name, value := i, i+1
		i = d.Next(value)
		about, known := s.members[string(d.Text(name))]
		if about.required {
			required++
		}
		known = known && about.rule != nil
		if !r.other(about.rule, value) || !r.other(s.names, name) {
			return false
		}
		for j := range s.patterns {
			p := &s.patterns[j]
			if p.expression.Match(d.Text(name)) {
				if known = true; !r.other(p.rule, value) {
					return false
				}
			}
		}
		if !known && s.additional != nil {
			if known = true; !r.other(s.additional, value) {
				return false
			}
		}
		if known {
			r.mark(m, n)
		}
	}
	return required == s.required && r.dependenciesHold(s.dependent, v, m)
}

func (r *run) dependenciesHold(list []dependency, v int, m marks) bool {
	d := &r.document
	for i := range list {
		dep := &list[i]
		if d.Member(v, dep.name) < 0 {
			continue
		}
		for _, name := range dep.required {
			if d.Member(v, name) < 0 {
				return false
			}
		}
		if dep.rule != nil && !r.same(dep.rule, v, m) {
			return false
		}
	}
	return true
}
