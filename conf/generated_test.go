package conf

import (
	"encoding/json"
	"os"
	"testing"
)

// TestGenerated fails when what is made from the structs is not what the repository has.
func TestGenerated(t *testing.T) {
	f := func(file, want string) {
		t.Helper()
		if *rewriteWants {
			if err := os.WriteFile(file, []byte(want), 0o644); err != nil {
				t.Fatal(err)
			}
			return
		}
		if got, err := os.ReadFile(file); err != nil || string(got) != want {
			t.Errorf("%s is not what the structs of package conf say; run: go generate ./conf", file)
		}
	}
	f("../docs/configuration.md", Reference())
	f("../docs/sallyport.schema.json", string(JSONSchema()))
}

func TestEveryKeyIsDocumented(t *testing.T) {
	var schema struct{ Properties map[string]json.RawMessage }
	if err := json.Unmarshal(JSONSchema(), &schema); err != nil || len(schema.Properties) == 0 {
		t.Fatalf("no JSON Schema: %v", err)
	}
	undocumented(t, "", schema.Properties)
}

func undocumented(t *testing.T, path string, properties map[string]json.RawMessage) {
	t.Helper()
	for key, text := range properties {
		var p struct {
			Description string
			Properties  map[string]json.RawMessage
		}
		if err := json.Unmarshal(text, &p); err != nil {
			t.Fatal(err)
		}
		if p.Description == "" && path+key != "secret" {
			t.Errorf("%s%s has no doc tag", path, key)
		}
		undocumented(t, path+key+".", p.Properties)
	}
}
