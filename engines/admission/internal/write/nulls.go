package write

import (
	"slices"
	"strings"

	"k8s.io/apiextensions-apiserver/pkg/apiserver/schema/defaulting"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	"k8s.io/apiserver/pkg/registry/rest"
	"preadmit.dev/engines/admission/internal/cluster"
)

// refusedNulls finds nulls of a custom resource that its schema does not allow. A server drops them from what is
// created or updated by a client, and refuses them in what is applied server-side; where it is not known which of both
// happens, they are warnings.
func (w *writing) refusedNulls(custom *cluster.CustomResource) []Finding {
	object := &unstructured.Unstructured{}
	if w.request.Apply != "" || object.UnmarshalJSON(w.request.Object) != nil || !holdsNull(object.Object) {
		return nil
	}
	defaulting.Default(object.Object, custom.Schema)
	w.identify(object)
	object.SetResourceVersion("")
	var ignored []string
	err := rest.BeforeCreate(custom.Strategy, w.context(w.result.Kind, "create", &ignored), object)
	if err == nil {
		return nil
	}
	said := setOf(w.result.Findings)
	var refused []Finding
	for _, finding := range validateFindings(err) {
		if strings.Contains(finding.Message, `"null"`) && !said[finding] {
			finding.Stage, finding.Reason = Warning, serverSide
			finding.Message = "server-side apply refuses this null: " + finding.Message
			refused = append(refused, finding)
		}
	}
	return refused
}

func holdsNull(value any) bool {
	switch v := value.(type) {
	case nil:
		return true
	case map[string]any:
		for _, member := range v {
			if holdsNull(member) {
				return true
			}
		}
	case []any:
		return slices.ContainsFunc(v, holdsNull)
	}
	return false
}
