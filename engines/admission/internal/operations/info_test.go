package operations

import (
	"os"
	"strings"
	"testing"
)

func TestVersionsAreThoseOfGoMod(t *testing.T) {
	b, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]string{
		"kubernetes":            "k8s.io/kubernetes",
		"cel-go":                "github.com/google/cel-go",
		"structured-merge-diff": "sigs.k8s.io/structured-merge-diff/v6",
	}
	for name, version := range versions {
		if modules[name] == "" || !strings.Contains(string(b), modules[name]+" "+version) {
			t.Errorf("%s %s is not what go.mod requires", name, version)
		}
	}
}
