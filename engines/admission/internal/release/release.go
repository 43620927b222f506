// Package release chooses the Kubernetes minor that the engine answers for.
package release

import (
	"fmt"
	"strings"

	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/apiserver/pkg/util/compatibility"
	"k8s.io/apiserver/pkg/util/feature"
	basecompatibility "k8s.io/component-base/compatibility"
	"k8s.io/component-base/featuregate"
	baseversion "k8s.io/component-base/version"
)

// emulated is how many minors before its own upstream can answer for: the floor of kubeEffectiveVersionFloors in
// k8s.io/apiserver/pkg/util/compatibility.
const emulated = 3

var (
	newest  = version.MustParse(baseversion.DefaultKubeBinaryVersion)
	current = newest
)

// Newest is the minor whose code is linked.
func Newest() *version.Version { return newest }

// Current is the minor that Emulate chose last.
func Current() *version.Version { return current }

// Emulate makes upstream's feature gates, life cycles and CEL environments follow a minor: `1.36`, `v1.36.2`. A minor
// outside of what upstream can emulate becomes the nearest one that it can. The choice is process-wide, as
// upstream's gates are.
func Emulate(wanted string) error {
	asked, err := version.ParseGeneric(strings.TrimSpace(wanted))
	if err != nil {
		return fmt.Errorf("kubernetes: %w", err)
	}
	minor := nearest(version.MajorMinor(asked.Major(), asked.Minor()))
	gates, ok := feature.DefaultMutableFeatureGate.(featuregate.MutableVersionedFeatureGate)
	if !ok {
		return fmt.Errorf("kubernetes: the feature gates are not versioned")
	}
	if err := gates.SetEmulationVersion(minor); err != nil {
		return fmt.Errorf("kubernetes: %w", err)
	}
	// Compilers of CEL rules ask the registry and not the gates. A rule may use what the previous minor knew, so that
	// a rollback of the server can still read it.
	effective := compatibility.DefaultComponentGlobalsRegistry.EffectiveVersionFor(basecompatibility.DefaultKubeComponent)
	if mutable, ok := effective.(basecompatibility.MutableEffectiveVersion); ok {
		mutable.SetEmulationVersion(minor)
		mutable.SetMinCompatibilityVersion(minor.SubtractMinor(1))
	}
	current = minor
	return nil
}

func nearest(asked *version.Version) *version.Version {
	oldest := newest.SubtractMinor(emulated)
	switch {
	case asked.LessThan(oldest):
		return oldest
	case asked.GreaterThan(newest):
		return newest
	}
	return asked
}

// Name is a minor as people write it: `1.36`.
func Name(minor *version.Version) string {
	return fmt.Sprintf("%d.%d", minor.Major(), minor.Minor())
}
