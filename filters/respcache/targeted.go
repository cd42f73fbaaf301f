package respcache

import "sallyport/internal/wire"

// parseTargeted reads CDN-Cache-Control (RFC 9213) and reports whether it stands in place of Cache-Control and Expires:
// only when it is a Structured Fields dictionary without a mistake (RFC 9651 section 3.2) and has members. Directives
// whose value is not of their type are ignored.
func parseTargeted(d *directives, h *wire.Head) bool {
	i := h.First(wire.CDNCacheControl)
	if i < 0 {
		return false
	}
	value := h.ValueAt(i)
	if i = h.Next(i); i >= 0 {
		value = append([]byte(nil), value...) // rare: a list is one value, however many lines it is spread over
		for ; i >= 0; i = h.Next(i) {
			value = append(append(value, ", "...), h.ValueAt(i)...)
		}
	}
	p := structured{rest: value}
	count := 0
	var found directives
	for len(p.rest) > 0 && !p.bad {
		key := p.key()
		item := sfItem{kind: sfBoolean, number: 1}
		if p.take('=') {
			item = p.itemOrList()
		} else {
			p.parameters()
		}
		found.setTyped(key, item)
		count++
		p.next()
	}
	if p.bad || count == 0 {
		return false
	}
	*d = found
	return true
}

// setTyped takes a member of a dictionary as a directive; the last of several counts (RFC 9651 section 3.2).
func (d *directives) setTyped(key []byte, item sfItem) {
	on := item.kind == sfBoolean && item.number == 1
	switch string(key) {
	case "max-age":
		d.maxAge.setTyped(item)
	case "s-maxage":
		d.sMaxAge.setTyped(item)
	case "stale-while-revalidate":
		d.staleWhileRevalidate.setTyped(item)
	case "stale-if-error":
		d.staleIfError.setTyped(item)
	case "no-store":
		d.noStore = on
	case "no-cache":
		d.noCache, d.noCacheFields = typedFields(on, item)
	case "private":
		d.private, d.privateFields = typedFields(on, item)
	case "public":
		d.public = on
	case "must-revalidate":
		d.mustRevalidate = on
	case "proxy-revalidate":
		d.proxyRevalidate = on
	case "must-understand":
		d.mustUnderstand = on
	}
}

func typedFields(on bool, item sfItem) (bool, []byte) {
	if item.kind != sfString {
		return on, nil
	}
	if !isFieldList(item.text) {
		return true, nil
	}
	return false, item.text
}

func (s *seconds) setTyped(item sfItem) {
	if item.kind == sfInteger {
		*s = seconds{given: true, bad: item.number < 0, n: min(max(item.number, 0), maxSeconds)}
	}
}
