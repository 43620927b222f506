package write

import (
	"slices"

	v1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/scheduling"
)

// defaultServiceAccount is the name that the plugin ServiceAccount gives to pods without one (DefaultServiceAccountName of
// k8s.io/kubernetes/plugin/pkg/admission/serviceaccount).
const defaultServiceAccount = "default"

// assign fills what the plugins Priority and ServiceAccount fill before a pod is validated; every server runs them by default.
// Tokens that a volume asks for need the account.
func assign(object runtime.Object) {
	pod, ok := object.(*core.Pod)
	if !ok {
		return
	}
	prioritise(pod)
	if _, mirror := pod.Annotations[core.MirrorPodAnnotationKey]; mirror || pod.Spec.ServiceAccountName != "" {
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

// prioritise writes what the plugin Priority writes into a created pod (admitPod of
// k8s.io/kubernetes/plugin/pkg/admission/priority). Other classes than those of every server are not known here.
func prioritise(pod *core.Pod) {
	value, known := priorities[pod.Spec.PriorityClassName]
	if !known {
		return
	}
	if pod.Spec.Priority == nil {
		pod.Spec.Priority = &value
	}
	if pod.Spec.PreemptionPolicy == nil {
		lower := core.PreemptLowerPriority
		pod.Spec.PreemptionPolicy = &lower
	}
}

// keepPriority does what that plugin does when a pod is updated: what the update does not state stays. Of a class that is
// not known here what the update states is believed.
func keepPriority(object, old runtime.Object) {
	pod, ok := object.(*core.Pod)
	if !ok {
		return
	}
	before, ok := old.(*core.Pod)
	if !ok {
		return
	}
	if before.Spec.Priority == nil {
		before.Spec.Priority = pod.Spec.Priority
	} else if pod.Spec.Priority == nil {
		pod.Spec.Priority = before.Spec.Priority
	}
	if before.Spec.PreemptionPolicy == nil {
		before.Spec.PreemptionPolicy = pod.Spec.PreemptionPolicy
	} else if pod.Spec.PreemptionPolicy == nil {
		pod.Spec.PreemptionPolicy = before.Spec.PreemptionPolicy
	}
}

// tolerate adds what the plugin DefaultTolerationSeconds, which every server runs by default, adds to pods that do not
// tolerate a lost node (k8s.io/kubernetes/plugin/pkg/admission/defaulttolerationseconds): an update that drops such a
// toleration gets it back, and one that words it otherwise changes it.
func tolerate(object runtime.Object) {
	pod, ok := object.(*core.Pod)
	if !ok {
		return
	}
	for _, taint := range []string{v1.TaintNodeNotReady, v1.TaintNodeUnreachable} {
		if slices.ContainsFunc(pod.Spec.Tolerations, func(t core.Toleration) bool {
			return (t.Key == taint || t.Key == "") && (t.Effect == core.TaintEffectNoExecute || t.Effect == "")
		}) {
			continue
		}
		seconds := int64(300)
		pod.Spec.Tolerations = append(slices.Clone(pod.Spec.Tolerations), core.Toleration{
			Key: taint, Operator: core.TolerationOpExists, Effect: core.TaintEffectNoExecute, TolerationSeconds: &seconds,
		})
	}
}

// priorities are those of pods without a class and of the classes that every server makes (SystemPriorityClasses of
// k8s.io/kubernetes/pkg/apis/scheduling/v1).
var priorities = map[string]int32{
	"":                               scheduling.DefaultPriorityWhenNoDefaultClassExists,
	scheduling.SystemClusterCritical: scheduling.SystemCriticalPriority,
	scheduling.SystemNodeCritical:    scheduling.SystemCriticalPriority + 1000,
}
