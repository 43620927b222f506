package kinds

import "k8s.io/apimachinery/pkg/runtime/schema"

// OfResource answers the built-in kind of a resource, whatever its version.
func OfResource(resource schema.GroupResource) (schema.GroupKind, bool) {
	for kind, known := range builtin {
		if kind.Group == resource.Group && known.Resource == resource.Resource {
			return kind, true
		}
	}
	return schema.GroupKind{}, false
}
