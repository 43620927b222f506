package cluster

import (
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
)

// UnstructuredTyper says of every object what the object says of itself.
type UnstructuredTyper struct{}

// ObjectKinds answers apiVersion and kind of the object.
func (UnstructuredTyper) ObjectKinds(object runtime.Object) ([]schema.GroupVersionKind, bool, error) {
	return []schema.GroupVersionKind{object.GetObjectKind().GroupVersionKind()}, false, nil
}

// Recognizes is true of every kind.
func (UnstructuredTyper) Recognizes(schema.GroupVersionKind) bool { return true }

// UnstructuredCreater makes empty objects of every kind.
type UnstructuredCreater struct{}

// New makes one that carries its kind.
func (UnstructuredCreater) New(kind schema.GroupVersionKind) (runtime.Object, error) {
	object := &unstructured.Unstructured{}
	object.SetGroupVersionKind(kind)
	return object, nil
}
