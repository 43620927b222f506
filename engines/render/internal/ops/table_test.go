package ops

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
		"kustomize": "sigs.k8s.io/kustomize/api", "helm": "helm.sh/helm/v4", "envsubst": "github.com/fluxcd/pkg/envsubst",
		"jsonnet": "github.com/google/go-jsonnet", "sprig": "github.com/Masterminds/sprig/v3",
		"gojq": "github.com/itchyny/gojq",
	}
	for name, version := range versions {
		if !strings.Contains(string(b), "\t"+modules[name]+" "+version+"\n") {
			t.Errorf("%s %s is not what go.mod requires", name, version)
		}
	}
}
