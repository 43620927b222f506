package write

import (
	"encoding/json"
	"fmt"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
)

// unknown leaves objects without types as the manifest gives them: nobody can default or validate them here.
func (w *writing) unknown() {
	kind := w.result.Kind
	w.result.Unknown = fmt.Sprintf("no matches for kind %q in version %q", kind.Kind, kind.GroupVersion())
	w.asGiven()
}

func (w *writing) asGiven() {
	r := w.result
	if r.New == nil {
		r.New = w.given(w.request.Object)
	}
	if r.Old == nil {
		r.Old = w.given(w.request.Old)
	}
}

func (w *writing) given(raw json.RawMessage) runtime.Object {
	if len(raw) == 0 {
		return nil
	}
	object := &unstructured.Unstructured{}
	// As the API machinery reads numbers: integers stay integers.
	if err := object.UnmarshalJSON(raw); err != nil {
		return nil
	}
	if w.request.AsGiven {
		return object
	}
	if w.result.Mapping.Namespaced && object.GetNamespace() == "" {
		object.SetNamespace(w.result.Namespace)
	}
	if object.GetName() == "" && object.GetGenerateName() != "" {
		object.SetName(object.GetGenerateName() + generated)
	}
	return object
}
