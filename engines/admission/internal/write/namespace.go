package write

import (
	"reflect"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/pod-security-admission/api"
)

// podSecurityLabels refuses labels of a namespace that the plugin PodSecurity cannot read, unless they were so before:
// ValidateNamespace of k8s.io/pod-security-admission/admission. Every server runs it by default.
func podSecurityLabels(object, old runtime.Object) []Finding {
	namespace, ok := object.(*core.Namespace)
	if !ok {
		return nil
	}
	_, refused := api.PolicyToEvaluate(namespace.Labels, api.Policy{})
	if before, ok := old.(*core.Namespace); ok {
		if _, was := api.PolicyToEvaluate(before.Labels, api.Policy{}); reflect.DeepEqual(was, refused) {
			return nil
		}
	}
	var findings []Finding
	for _, e := range refused {
		findings = append(findings, Finding{Stage: Validate, Field: e.Field, Reason: string(e.Type), Message: e.ErrorBody()})
	}
	return findings
}
