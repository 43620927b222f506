package operations

import (
	"os"
	"strings"
	"testing"

	"preadmit.dev/engines/abi/casetest"
)

func TestCases(t *testing.T) { casetest.Run(t, Table, "../../testdata/cases") }

func TestVersionsAreThoseOfGoMod(t *testing.T) {
	b, err := os.ReadFile("../../go.mod")
	if err != nil {
		t.Fatal(err)
	}
	modules := map[string]string{
		"opa":                   "github.com/open-policy-agent/opa",
		"constraint-frameworks": "github.com/open-policy-agent/frameworks/constraint",
	}
	for name, version := range versions {
		if !strings.Contains(string(b), modules[name]+" "+version) {
			t.Errorf("%s %s is not what go.mod requires", name, version)
		}
	}
}
