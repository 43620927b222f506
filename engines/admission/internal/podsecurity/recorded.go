package podsecurity

import (
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/pod-security-admission/policy"
)

// recorded makes every check note its id when it fails: upstream's results carry reasons only.
func (e *Evaluator) recorded(checks []policy.Check) []policy.Check {
	out := make([]policy.Check, len(checks))
	for i, check := range checks {
		versions := make([]policy.VersionedCheck, len(check.Versions))
		for j, versioned := range check.Versions {
			versions[j] = versioned
			versions[j].CheckPod = func(metadata *metav1.ObjectMeta, spec *corev1.PodSpec) policy.CheckResult {
				result := versioned.CheckPod(metadata, spec)
				if !result.Allowed {
					e.failed = append(e.failed, string(check.ID))
				}
				return result
			}
		}
		check.Versions = versions
		out[i] = check
	}
	return out
}
