package conf

// RateLimit is a token bucket per key. Limits of the same Name are the same limit: the routes that have it share its buckets.
type RateLimit struct {
	Name        string     `toml:"name" doc:"limits of one name share their buckets; the policy's or route's own when not written"`
	Key         Attributes `toml:"key" required:"yes" doc:"whose requests are counted together: an attribute or a list of them"`
	Limit       Rates      `toml:"limit" required:"yes" doc:"requests in a time, such as \"100/s\", or several, [\"10/s\", \"1000/h\"], that must all hold"`
	Burst       int        `toml:"burst" min:"1" doc:"the whole bucket; one second's worth of the limit, at least 1, when not written"`
	Keys        int        `toml:"keys" min:"1" max:"100000000" doc:"how many keys are counted at the same time, more share one bucket; its share of gateway.caches.limits when not written"`
	Scope       string     `toml:"scope" default:"node" enum:"node|cluster" doc:"whether the nodes of a cluster share the limit; cluster needs [state]"`
	Consistency string     `toml:"consistency" default:"lease" enum:"lease|exact" doc:"in a cluster: tokens taken ahead of need, or asked for one by one"`
	OnStateLoss string     `toml:"on_state_loss" default:"local-share" enum:"local-share|allow|deny" doc:"in a cluster, while the state cannot be reached: the limit divided by the nodes, none, or 503"`
	Mode        Mode       `toml:"mode" default:"enforce" enum:"enforce|shadow|off" doc:"what a refusal does"`
}

// Rates are the windows of one limit.
type Rates []Rate

func (rs *Rates) fromNode(d *decoder, n *node) {
	if n.kind == kindArray && len(n.array) == 0 {
		d.errorf(n.place, `%s is empty; it takes a rate such as "100/s"`, n.key)
	}
	for _, one := range n.oneOrMore() {
		var r Rate
		before := len(d.problems)
		if one.kind != kindString {
			d.unitless(one, &r)
		} else if err := r.UnmarshalText([]byte(one.text)); err != nil {
			d.errorf(one.place, "%s: %v", n.key, err)
		}
		if len(d.problems) == before {
			*rs = append(*rs, r)
		}
	}
}

func (as *Attributes) fromNode(d *decoder, n *node) {
	if n.kind == kindArray && len(n.array) == 0 {
		d.errorf(n.place, `%s is empty; it takes an attribute such as "client.ip"`, n.key)
	}
	for _, one := range n.oneOrMore() {
		var a Attribute
		if one.kind != kindString {
			d.wrong(one, `an attribute such as "client.ip", or a list of them`)
			continue
		}
		if err := a.UnmarshalText([]byte(one.text)); err != nil {
			d.errorf(one.place, "%s: %v", n.key, err)
			continue
		}
		*as = append(*as, a)
	}
}

// Concurrency limits the requests that run at the same time.
type Concurrency struct {
	Name     string     `toml:"name" doc:"limits of one name count together; the policy's or route's own when not written"`
	Key      Attributes `toml:"key" default:"route" doc:"whose requests are counted together: an attribute or a list of them"`
	Max      int        `toml:"max" required:"yes" min:"1" doc:"requests at the same time; with adaptive, the ceiling"`
	Adaptive bool       `toml:"adaptive" default:"false" doc:"find the limit from latency, between min and max"`
	Min      int        `toml:"min" default:"1" min:"1" doc:"the floor of adaptive"`
	Keys     int        `toml:"keys" default:"20000" min:"1" max:"100000000" doc:"how many keys are counted at the same time; more are refused"`
	Priority Attributes `toml:"priority" doc:"with adaptive: the attribute whose value, 0 to 9, says who is shed first; low first"`
	Mode     Mode       `toml:"mode" default:"enforce" enum:"enforce|shadow|off" doc:"what a refusal does"`
}

// Quota is a number of requests in a calendar window, kept over restarts.
type Quota struct {
	Name   string     `toml:"name" doc:"quotas of one name count together; the policy's or route's own when not written"`
	Key    Attributes `toml:"key" required:"yes" doc:"whose requests are counted together: an attribute or a list of them"`
	Limit  int        `toml:"limit" required:"yes" min:"1" doc:"requests in a window"`
	Keys   int        `toml:"keys" min:"1" max:"100000000" doc:"how many keys are counted in a window, more are refused; its share of gateway.caches.limits when not written"`
	Window string     `toml:"window" default:"month" enum:"day|month" doc:"the window, in UTC"`
	Mode   Mode       `toml:"mode" default:"enforce" enum:"enforce|shadow|off" doc:"what a refusal does"`
}

// Penalty blocks who is refused again and again, or slows it down.
type Penalty struct {
	Name     string     `toml:"name" doc:"penalties of one name count together; the policy's or route's own when not written"`
	Key      Attributes `toml:"key" default:"client.ip" doc:"who is counted: an attribute or a list of them"`
	Keys     int        `toml:"keys" min:"1" max:"100000000" doc:"how many are remembered at the same time, more are not counted; its share of gateway.caches.limits when not written"`
	Status   []int      `toml:"status" doc:"statuses that count, the upstream's too; every refusal of this gateway that is the client's fault when not written"`
	Distinct Attributes `toml:"distinct" doc:"count how many different values of this there are, such as accounts of one address, instead of requests"`
	After    int        `toml:"after" default:"20" min:"1" max:"1000000" doc:"how many in the window; with distinct, up to 500"`
	Window   Duration   `toml:"window" default:"1m" min:"1s" max:"24h" doc:"the window, which begins with the first that counts"`
	Blocks   Attributes `toml:"blocks" doc:"who is blocked; key when not written"`
	Block    Duration   `toml:"block" default:"5m" min:"1s" max:"24h" doc:"how long the block lasts"`
	Tarpit   Duration   `toml:"tarpit" max:"30s" doc:"how long a blocked request waits for its refusal"`
	Mode     Mode       `toml:"mode" default:"shadow" enum:"enforce|shadow|off" doc:"what a block does"`
}
