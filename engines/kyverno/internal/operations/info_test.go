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
		"kyverno":    "github.com/kyverno/kyverno",
		"kubernetes": "k8s.io/api",
		"cel-go":     "github.com/google/cel-go",
	}
	for name, version := range versions {
		if modules[name] == "" || !strings.Contains(string(b), modules[name]+" "+version) {
			t.Errorf("%s %s is not what go.mod requires", name, version)
		}
	}
}
