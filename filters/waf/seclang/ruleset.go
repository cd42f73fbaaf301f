package seclang

import (
	"fmt"
	"strings"
)

// EngineMode says whether rules run and whether they may interrupt.
type EngineMode uint8

// The modes of SecRuleEngine.
const (
	EngineOn EngineMode = iota
	EngineDetectionOnly
	EngineOff
)

func parseEngineMode(s string) (EngineMode, error) {
	switch strings.ToLower(s) {
	case "on":
		return EngineOn, nil
	case "off":
		return EngineOff, nil
	case "detectiononly":
		return EngineDetectionOnly, nil
	}
	return 0, fmt.Errorf("%q is not On, Off or DetectionOnly", s)
}

func parseOnOff(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "on":
		return true, nil
	case "off":
		return false, nil
	}
	return false, fmt.Errorf("%q is not On or Off", s)
}

// A Ruleset is what a set of files says.
type Ruleset struct {
	Rules []*Rule // heads of chains, actions and markers, in order

	Engine              EngineMode
	RequestBodyAccess   bool
	RequestBodyLimit    int64
	RequestBodyPartial  bool // a longer body is inspected up to the limit, instead of refused
	JSONDepth           int
	ArgumentsLimit      int
	ResponseBodyAccess  bool
	ResponseBodyLimit   int64
	ResponseBodyTypes   []string
	ResponseBodyPartial bool
}

// newRuleset returns a ruleset with Coraza's defaults.
func newRuleset() *Ruleset {
	return &Ruleset{
		RequestBodyLimit: 128 << 20, JSONDepth: 1024, ArgumentsLimit: 1000,
		ResponseBodyLimit: 512 << 10, ResponseBodyPartial: true,
	}
}

// Find returns the rule with an id, or nil.
func (s *Ruleset) Find(id int) *Rule {
	for _, r := range s.Rules {
		if r.ID == id {
			return r
		}
	}
	return nil
}

// Remove takes out the rules that pick says yes to. Markers stay.
func (s *Ruleset) Remove(pick func(*Rule) bool) {
	kept := s.Rules[:0:0]
	for _, r := range s.Rules {
		if r.Marker != "" || !pick(r) {
			kept = append(kept, r)
		}
	}
	s.Rules = kept
}

// UpdateTargets reads a list of targets as SecRuleUpdateTargetById does ("!ARGS:password") and applies it to the rules that
// pick says yes to. It returns how many there were.
func (s *Ruleset) UpdateTargets(targets string, pick func(*Rule) bool) (int, error) {
	n := 0
	for _, r := range s.Rules {
		if r.Marker != "" || !pick(r) {
			continue
		}
		n++
		if err := r.addTargets(strings.Trim(targets, `"`)); err != nil {
			return n, err
		}
	}
	return n, nil
}
