package content

import (
	"strings"

	"sallyport/internal/wire"
)

// mediaRange is what a route takes: "application/json", "image/*" or "*/*", in lower case.
type mediaRange struct{ main, sub string }

func newMediaRanges(list []string) []mediaRange {
	var ranges []mediaRange
	for _, s := range list {
		main, sub, _ := strings.Cut(strings.ToLower(strings.TrimSpace(s)), "/")
		ranges = append(ranges, mediaRange{main, sub})
	}
	return ranges
}

// has reports whether a type is one that is meant.
func (r *mediaRange) has(m wire.MediaType) bool {
	return r.main == "*" || wire.EqualFold(m.Main, r.main) && (r.sub == "*" || wire.EqualFold(m.Sub, r.sub))
}
