package write

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/apis/core"
)

// defaultServiceAccount is the name that the plugin ServiceAccount gives to pods without one (DefaultServiceAccountName of
// k8s.io/kubernetes/plugin/pkg/admission/serviceaccount).
const defaultServiceAccount = "default"

// assign fills what the plugin ServiceAccount fills before a pod is validated; every server runs it by default. Tokens that
// a volume asks for need it.
func assign(object runtime.Object) {
	pod, ok := object.(*core.Pod)
	if !ok || pod.Spec.ServiceAccountName != "" {
		return
	}
	if _, mirror := pod.Annotations[core.MirrorPodAnnotationKey]; mirror {
		return
	}
	pod.Spec.ServiceAccountName, pod.Spec.DeprecatedServiceAccount = defaultServiceAccount, defaultServiceAccount
}

// overhead refuses what the plugin RuntimeClass, which every server runs by default, refuses of a created pod that names no
// class (validateOverhead of k8s.io/kubernetes/plugin/pkg/admission/runtimeclass).
func overhead(object runtime.Object) []Finding {
	pod, ok := object.(*core.Pod)
	if !ok || pod.Spec.RuntimeClassName != nil || pod.Spec.Overhead == nil {
		return nil
	}
	return []Finding{{
		Stage: Validate, Field: "spec.overhead", Reason: "FieldValueForbidden",
		Message: "pod rejected: Pod Overhead set without corresponding RuntimeClass defined Overhead",
	}}
}
