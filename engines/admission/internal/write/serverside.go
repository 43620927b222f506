package write

import (
	"encoding/json"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apimachinery/pkg/runtime"
	"preadmit.dev/engines/admission/internal/apply"
)

// serverSide is the reason of what only a server-side apply refuses.
const serverSide = "ServerSideApply"

// appliedServerSide is whether the request is a server-side apply.
func (w *writing) appliedServerSide() bool { return w.request.Apply == Server }

// refusedByApply says why the manifest cannot be typed, which is the first thing that an apply does. Fields that are
// not known are among the decoder's findings, which names them in one way for all writes.
func (w *writing) refusedByApply(types apply.Converter, decoded []Finding) (refused []Finding, ok bool) {
	object := manifest(w.request.Object)
	if object == nil {
		return nil, false
	}
	if object.GetManagedFields() != nil {
		return []Finding{{
			Stage: Decode, Field: "metadata.managedFields", Reason: serverSide, Message: "metadata.managedFields must be nil",
		}}, true
	}
	problems := apply.Problems(types, object)
	for _, problem := range problems {
		if problem.Message != notDeclared || !slices.ContainsFunc(decoded, unknownField) {
			refused = append(refused, Finding{Stage: Decode, Field: problem.Field, Reason: serverSide, Message: problem.Message})
		}
	}
	return refused, len(problems) > 0
}

// notDeclared is what structured-merge-diff says of a field that a schema does not have.
const notDeclared = "field not declared in schema"

func unknownField(f Finding) bool { return strings.HasPrefix(f.Message, "unknown field ") }

// dropped are the findings of a decoder that an apply does without: what cannot be typed was refused before, and fields
// below a type without any are pruned in silence. A field that stands there twice is refused all the same.
func dropped(findings []Finding) []Finding {
	for i := range findings {
		if !strings.HasPrefix(findings[i].Message, "duplicate field ") {
			findings[i].Stage = Warning
		}
	}
	return findings
}

// mergeServerSide answers the object that a server-side apply makes of the stored one. Manifests of two versions are
// not merged: the server would convert the fields that the old one owned.
func (w *writing) mergeServerSide(types apply.Converter, live runtime.Object) (merged *unstructured.Unstructured, ok bool, err error) {
	old, object := manifest(w.request.Old), manifest(w.request.Object)
	if old == nil || object == nil || old.GroupVersionKind() != object.GroupVersionKind() {
		return nil, false, nil
	}
	// Reading fields of a struct by reflection again and again costs more than one copy.
	current, err := runtime.DefaultUnstructuredConverter.ToUnstructured(live)
	if err != nil {
		return nil, false, err
	}
	merged, err = apply.Merge(types, old, object, &unstructured.Unstructured{Object: current})
	return merged, err == nil, err
}

// manifest reads numbers as the API machinery does; nil when it is no object.
func manifest(raw json.RawMessage) *unstructured.Unstructured {
	object := &unstructured.Unstructured{}
	if object.UnmarshalJSON(raw) != nil {
		return nil
	}
	return object
}
