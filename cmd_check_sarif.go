package main

import (
	"encoding/json"
	"io"

	"sallyport/conf"
)

// The parts of SARIF 2.1.0 that code hosts and editors read.
type (
	sarifLog struct {
		Schema  string     `json:"$schema"`
		Version string     `json:"version"`
		Runs    []sarifRun `json:"runs"`
	}
	sarifRun struct {
		Tool    sarifTool     `json:"tool"`
		Results []sarifResult `json:"results"`
	}
	sarifTool struct {
		Driver sarifDriver `json:"driver"`
	}
	sarifDriver struct {
		Name  string      `json:"name"`
		Rules []sarifRule `json:"rules"`
	}
	sarifRule struct {
		ID string `json:"id"`
	}
	sarifResult struct {
		RuleID    string          `json:"ruleId"`
		Level     string          `json:"level"`
		Message   sarifMessage    `json:"message"`
		Locations []sarifLocation `json:"locations"`
	}
	sarifMessage struct {
		Text string `json:"text"`
	}
	sarifLocation struct {
		Physical sarifPhysical `json:"physicalLocation"`
	}
	sarifPhysical struct {
		Artifact sarifArtifact `json:"artifactLocation"`
		Region   *sarifRegion  `json:"region,omitempty"`
	}
	sarifArtifact struct {
		URI string `json:"uri"`
	}
	sarifRegion struct {
		Line int `json:"startLine"`
		Col  int `json:"startColumn"`
	}
)

const sarifRuleID = "configuration"

func writeProblemsSARIF(w io.Writer, found conf.Problems) error {
	run := sarifRun{Tool: sarifTool{sarifDriver{Name: "sallyport", Rules: []sarifRule{{sarifRuleID}}}}, Results: []sarifResult{}}
	for _, p := range found {
		r := sarifResult{RuleID: sarifRuleID, Level: "error", Message: sarifMessage{p.Message}}
		if p.Warning {
			r.Level = "warning"
		}
		place := sarifPhysical{Artifact: sarifArtifact{p.File}}
		if p.Line > 0 {
			place.Region = &sarifRegion{p.Line, p.Col}
		}
		r.Locations = []sarifLocation{{place}}
		run.Results = append(run.Results, r)
	}
	e := json.NewEncoder(w)
	e.SetEscapeHTML(false)
	e.SetIndent("", "  ")
	return e.Encode(sarifLog{"https://json.schemastore.org/sarif-2.1.0.json", "2.1.0", []sarifRun{run}})
}
