// Package kinds knows the kinds that an API server of this release has built in: their resource, their scope, the
// registry strategy that validates them, and from which to which minor they are served.
package kinds

import (
	"slices"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apiserver/pkg/registry/rest"
)

// Strategy is what registry strategies of built-in kinds offer for writes.
type Strategy interface {
	rest.RESTCreateStrategy
	rest.RESTUpdateStrategy
}

// Kind is one built-in kind, the same in all its versions.
type Kind struct {
	schema.GroupKind
	Resource string
	Strategy Strategy
}

var builtin = index(slices.Concat(
	coreKinds, appsKinds, autoscalingKinds, batchKinds, certificatesKinds, coordinationKinds, discoveryKinds,
	flowcontrolKinds, networkingKinds, nodeKinds, policyKinds, rbacKinds, resourceKinds, schedulingKinds,
	storageKinds, storagemigrationKinds, admissionregistrationKinds, apiregistrationKinds,
))

func index(kinds []Kind) map[schema.GroupKind]Kind {
	byKind := make(map[schema.GroupKind]Kind, len(kinds))
	for _, kind := range kinds {
		byKind[kind.GroupKind] = kind
	}
	return byKind
}

// Builtin answers the built-in kind of that name, if there is one. CustomResourceDefinition is not among them: its
// scheme is another one.
func Builtin(kind schema.GroupKind) (Kind, bool) {
	found, ok := builtin[kind]
	return found, ok
}
