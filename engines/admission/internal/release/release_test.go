package release

import (
	"testing"

	"k8s.io/apiserver/pkg/cel/environment"
)

func TestEmulate(t *testing.T) {
	for wanted, want := range map[string]struct{ minor, compatible string }{
		"1.20": {"1.34", "1.33"}, "1.35": {"1.35", "1.34"}, "v1.36.4": {"1.36", "1.35"}, "1.37": {"1.37", "1.36"}, "1.60": {"1.37", "1.36"},
	} {
		if err := Emulate(wanted); err != nil {
			t.Fatal(err)
		}
		if got := Name(Current()); got != want.minor {
			t.Errorf("%s: %s instead of %s", wanted, got, want.minor)
		}
		if got := Name(environment.DefaultCompatibilityVersion()); got != want.compatible {
			t.Errorf("%s: CEL of %s instead of %s", wanted, got, want.compatible)
		}
	}
}
