package write

import (
	"reflect"
	"regexp"
	"sync"

	"k8s.io/apiextensions-apiserver/pkg/apis/apiextensions"
	apiextensionsv1 "k8s.io/apiextensions-apiserver/pkg/apis/apiextensions/v1"
	registry "k8s.io/apiextensions-apiserver/pkg/registry/customresourcedefinition"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apiserver/pkg/registry/rest"
	"preadmit.dev/engines/admission/internal/apply"
	"preadmit.dev/engines/admission/internal/cluster"
)

var definitions = registry.NewStrategy(cluster.DefinitionScheme)

// definitionTypes are parsed when the first definition is applied.
var definitionTypes = sync.OnceValue(func() apply.Converter { return apply.Definitions(cluster.DefinitionScheme) })

// definition writes a CustomResourceDefinition, which has a scheme and a decoder of its own.
func (w *writing) definition() {
	r := w.result
	if r.Kind != cluster.DefinitionKind {
		// v1beta1 is linked for upstream's conversions only; it was removed in 1.22.
		w.unknown()
		w.result.Unknown, w.result.Undecodable = "", w.result.Unknown
		w.add(Finding{Stage: Decode, Reason: "NoMatch", Message: w.result.Undecodable})
		return
	}
	old := w.persistedDefinition()
	if old != nil {
		r.Old = w.versionedDefinition(old)
	}
	if w.request.Operation == Delete {
		w.asGiven()
		return
	}
	decoded, _, err := cluster.DefinitionDecoder.Decode(w.request.Object, nil, nil)
	object, ok := decoded.(*apiextensions.CustomResourceDefinition)
	if !ok {
		w.undecodableAs(reflect.TypeFor[apiextensionsv1.CustomResourceDefinition](), err)
		return
	}
	if err != nil {
		w.add(w.unknownOfDefinition(decodeFindings(err))...)
	}
	if w.appliedServerSide() {
		refused, _ := w.refusedByApply(definitionTypes(), w.result.Findings)
		w.add(refused...)
	}
	w.identify(object)
	var warnings []string
	if old == nil {
		w.resourceVersion(object.ResourceVersion)
		err = rest.BeforeCreate(definitions, w.context(r.Kind, "create", &warnings), object)
	} else {
		object.ResourceVersion, object.Status = old.ResourceVersion, *old.Status.DeepCopy()
		err = rest.BeforeUpdate(definitions, w.context(r.Kind, "update", &warnings), object, old)
	}
	if err != nil {
		w.add(validateFindings(err)...)
	}
	r.New = w.versionedDefinition(object)
	for _, text := range warnings {
		w.add(warningFinding(text))
	}
}

// emptyType is the one type of definitions without any field: typed as anything, an apply prunes what stands there in
// silence, as it does below such types of built-in kinds.
var emptyType = regexp.MustCompile(`^spec\.versions\[\d+\]\.subresources\.status\.`)

func (w *writing) unknownOfDefinition(findings []Finding) []Finding {
	for i, finding := range findings {
		if w.appliedServerSide() && unknownField(finding) && emptyType.MatchString(finding.Field) {
			findings[i].Stage = Warning
		}
	}
	return findings
}

// persistedDefinition is the old definition after the controllers for names and establishing wrote its status: what
// may change depends on it.
func (w *writing) persistedDefinition() *apiextensions.CustomResourceDefinition {
	if len(w.request.Old) == 0 {
		return nil
	}
	decoded, _, _ := cluster.DefinitionDecoder.Decode(w.request.Old, nil, nil)
	old, ok := decoded.(*apiextensions.CustomResourceDefinition)
	if !ok {
		return nil
	}
	w.identify(old)
	old.ResourceVersion = ""
	var ignored []string
	// What rest.BeforeCreate does to an object, without its validation, which compiles every rule of a definition.
	definitions.PrepareForCreate(w.context(w.result.Kind, "create", &ignored), old)
	definitions.Canonicalize(old)
	old.ResourceVersion = "1"
	old.Status.Conditions = append(old.Status.Conditions,
		apiextensions.CustomResourceDefinitionCondition{Type: apiextensions.NamesAccepted, Status: apiextensions.ConditionTrue},
		apiextensions.CustomResourceDefinitionCondition{Type: apiextensions.Established, Status: apiextensions.ConditionTrue})
	old.Status.AcceptedNames = old.Spec.Names
	return old
}

func (w *writing) versionedDefinition(object runtime.Object) runtime.Object {
	converted, err := cluster.DefinitionScheme.ConvertToVersion(object, cluster.DefinitionKind.GroupVersion())
	if err != nil {
		w.add(Finding{Stage: Internal, Message: err.Error()})
		return nil
	}
	return converted
}
