package conf

import (
	"cmp"
	"math"
	"reflect"
)

// Burst returns the bucket of a limit that has none written: one second's worth, at least 1.
func (r Rate) Burst() int {
	return max(1, int(math.Ceil(r.PerSecond())))
}

// limits checks the rate limits, concurrency limits, quotas and penalties of a policy or a route.
func (v *validator) limits(r *Rules, base []string) {
	if r.Rate != nil {
		v.rate(r.Rate, r.Cost, under(base, "rate"))
	}
	for _, name := range names(r.Rates) {
		v.rate(r.Rates[name], r.Cost, under(base, "rates", name))
	}
	if c := r.Concurrency; c != nil {
		if len(c.Priority) > 1 {
			v.errorf(v.element(1, under(base, "concurrency", "priority")...), "priority: %s is one too many; it is one attribute", c.Priority[1])
		}
		switch {
		case c.Adaptive && c.Min > c.Max && c.Max > 0:
			v.errorAt("min, %d, is more than max, %d", under(base, "concurrency", "min"), c.Min, c.Max)
		case !c.Adaptive && c.Min > 1:
			v.warnAt("min has no effect without adaptive = true", under(base, "concurrency", "min"))
		case !c.Adaptive && len(c.Priority) > 0:
			v.warnAt("priority has no effect without adaptive = true", under(base, "concurrency", "priority"))
		}
		if most := v.connections(); most > 0 && c.Max > most {
			v.warnAt("max is %d and never reached: the listeners take %d connections together", under(base, "concurrency", "max"), c.Max, most)
		}
	}
	if r.Penalty != nil {
		v.penalty(r.Penalty, under(base, "penalty"))
	}
	for _, name := range names(r.Penalties) {
		v.penalty(r.Penalties[name], under(base, "penalties", name))
	}
}

func (v *validator) penalty(p *Penalty, base []string) {
	if len(p.Distinct) > 0 && p.After > 500 {
		v.errorAt("after is %d; with distinct it is at most 500", under(base, "after"), p.After)
	}
	for i, s := range p.Status {
		if s < 400 || s > 599 {
			v.errorf(v.element(i, under(base, "status")...), "status: %d is not a refusal; it takes statuses from 400 to 599", s)
		}
	}
}

// connections returns how many connections all listeners take together.
func (v *validator) connections() int {
	sum := 0
	for _, l := range v.c.Listeners {
		sum += l.Limits.Connections
	}
	return sum
}

// maxWindows is how many windows a rate limit can have at once.
const maxWindows = 4

func (v *validator) rate(r *RateLimit, cost int, base []string) {
	if len(r.Limit) > maxWindows {
		v.errorf(v.rateElement(maxWindows, base), "limit: there are %d windows; a limit has at most %d", len(r.Limit), maxWindows)
	}
	for i, a := range r.Limit {
		for _, b := range r.Limit {
			if a == b || b.Per > a.Per || a.Per == b.Per && b.Count >= a.Count {
				continue
			}
			if float64(b.Count)*float64(a.Per)/float64(b.Per) <= float64(a.Count) && r.Burst == 0 {
				v.warnf(v.rateElement(i, base), "limit: %q is never reached: %q allows no more", a, b)
				break
			}
		}
	}
	if len(r.Limit) == 1 {
		if bucket := cmp.Or(r.Burst, r.Limit[0].Burst()); cost > bucket {
			v.errorAt("no request can pass: it costs %d and the bucket holds %d; write burst = %d", under(base, "limit"), cost, bucket, cost)
		}
	}
	if r.Scope == "cluster" && v.c.State == nil && !v.c.Has("state") {
		v.errorAt(`scope is "cluster" and there is no [state] that the nodes share`, under(base, "scope"))
	}
	if r.Scope == "node" {
		for key, standard := range map[string]string{"consistency": "lease", "on_state_loss": "local-share"} {
			if v.differs(standard, under(base, key)...) {
				v.warnAt(`%s has no effect without scope = "cluster"`, under(base, key), key)
			}
		}
	}
}

func (v *validator) rateElement(i int, base []string) Position {
	return v.element(i, under(base, "limit")...)
}

// sharedNames checks that limits of one name are the same limit.
func (v *validator) sharedNames() {
	type definition struct {
		limit any
		at    Position
	}
	first := map[string]definition{}
	check := func(family, name string, limit any, base []string) {
		if reflect.ValueOf(limit).IsNil() {
			return
		}
		at := v.at(base...)
		known, there := first[family+" "+name]
		if !there {
			first[family+" "+name] = definition{limit, at}
			return
		}
		if !reflect.DeepEqual(known.limit, limit) {
			v.errorf(v.at(under(base, "name")...), "%s %q is also the name of another one, at %s; limits of one name share their buckets and are the same", family, name, known.at)
		}
	}
	for _, route := range names(v.c.Routes) {
		r := v.c.Routes[route]
		base := []string{"routes", route}
		if r.Rate != nil {
			check("rate", r.Rate.Name, r.Rate, under(base, "rate"))
		}
		for _, name := range names(r.Rates) {
			check("rate", r.Rates[name].Name, r.Rates[name], under(base, "rates", name))
		}
		if r.Concurrency != nil {
			check("concurrency", r.Concurrency.Name, r.Concurrency, under(base, "concurrency"))
		}
		if r.Quota != nil {
			check("quota", r.Quota.Name, r.Quota, under(base, "quota"))
		}
		if r.Penalty != nil {
			check("penalty", r.Penalty.Name, r.Penalty, under(base, "penalty"))
		}
		for _, name := range names(r.Penalties) {
			check("penalty", r.Penalties[name].Name, r.Penalties[name], under(base, "penalties", name))
		}
	}
}
