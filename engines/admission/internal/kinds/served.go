package kinds

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/version"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

type introduced interface{ APILifecycleIntroduced() (int, int) }
type removed interface{ APILifecycleRemoved() (int, int) }

// NotServed says why a default API server of that minor does not serve a version of a built-in kind; empty when it
// does. The scheme alone would accept versions that were removed or are still to come.
func NotServed(kind schema.GroupVersionKind, minor *version.Version) string {
	if !legacyscheme.Scheme.Recognizes(kind) {
		return fmt.Sprintf("no matches for kind %q in version %q", kind.Kind, kind.GroupVersion())
	}
	object, err := legacyscheme.Scheme.New(kind)
	if err != nil {
		return err.Error()
	}
	if o, ok := object.(introduced); ok {
		if since := toVersion(o.APILifecycleIntroduced()); since.GreaterThan(minor) {
			return fmt.Sprintf("%s %s was introduced in %s", kind.GroupVersion(), kind.Kind, since)
		}
	}
	if o, ok := object.(removed); ok {
		if until := toVersion(o.APILifecycleRemoved()); !until.GreaterThan(minor) {
			return fmt.Sprintf("%s %s was removed in %s", kind.GroupVersion(), kind.Kind, until)
		}
	}
	return ""
}

func toVersion(major, minor int) *version.Version {
	return version.MajorMinor(uint(major), uint(minor))
}

// cohabiting are kinds that are stored together under two groups: AddCohabitatingResources of upstream's storage
// factory, as far as both groups are still served.
var cohabiting = map[schema.GroupKind]schema.GroupKind{
	{Group: "", Kind: "Event"}:              {Group: "events.k8s.io", Kind: "Event"},
	{Group: "events.k8s.io", Kind: "Event"}: {Group: "", Kind: "Event"},
}

// Served answers every version of a built-in kind that a default API server of that minor serves, itself included.
func Served(kind schema.GroupVersionKind, minor *version.Version) []schema.GroupVersionKind {
	groupKinds := []schema.GroupKind{kind.GroupKind()}
	if other, ok := cohabiting[kind.GroupKind()]; ok {
		groupKinds = append(groupKinds, other)
	}
	var served []schema.GroupVersionKind
	for _, groupKind := range groupKinds {
		for _, groupVersion := range legacyscheme.Scheme.PrioritizedVersionsForGroup(groupKind.Group) {
			candidate := groupVersion.WithKind(groupKind.Kind)
			if NotServed(candidate, minor) == "" {
				served = append(served, candidate)
			}
		}
	}
	return served
}
