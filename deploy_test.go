package main

import (
	"encoding/json"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestDeployedMetrics: dashboards and alerts name no metric that the gateway does not have.
func TestDeployedMetrics(t *testing.T) {
	source := metricSources(t)
	metric := regexp.MustCompile(`\bsallyport_[a-z_]+`)
	for _, file := range []string{"deploy/alerts.yml", "deploy/dashboard.json"} {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		names := metric.FindAllString(string(text), -1)
		if len(names) == 0 {
			t.Errorf("%s names no metric", file)
		}
		for _, name := range names {
			if base := strings.TrimSuffix(name, "_bucket"); !strings.Contains(source, base) {
				t.Errorf("%s: no metric %s", file, name)
			}
		}
	}
}

func TestDashboard(t *testing.T) {
	text, err := os.ReadFile("deploy/dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	if !json.Valid(text) {
		t.Error("deploy/dashboard.json is no JSON")
	}
}

// metricSources joins the module's Go files without its tests.
func metricSources(t *testing.T) string {
	t.Helper()
	var all strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all.String()
}
