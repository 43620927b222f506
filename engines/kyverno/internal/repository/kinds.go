package repository

import (
	"k8s.io/apimachinery/pkg/api/meta"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// Kind is a kind whose resource the host knows, mostly of a custom resource definition.
type Kind struct {
	Group    string `json:"group"`
	Kind     string `json:"kind"`
	Resource string `json:"resource"`
}

// Kinds maps kinds to resources: those that the host told, and for others upstream's guess, which is right for every
// kind that Kubernetes serves.
type Kinds struct{ resources map[schema.GroupKind]string }

// NewKinds makes the table of what the host told.
func NewKinds(known []Kind) *Kinds {
	resources := map[schema.GroupKind]string{}
	for _, kind := range known {
		resources[schema.GroupKind{Group: kind.Group, Kind: kind.Kind}] = kind.Resource
	}
	return &Kinds{resources}
}

// Resource of a kind.
func (k *Kinds) Resource(kind schema.GroupVersionKind) schema.GroupVersionResource {
	if resource, ok := k.resources[kind.GroupKind()]; ok {
		return kind.GroupVersion().WithResource(resource)
	}
	guessed, _ := meta.UnsafeGuessKindToResource(kind)
	return guessed
}
