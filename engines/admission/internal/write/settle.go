package write

import (
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/apis/core"
)

// settle adds what controllers write soon after an object was created, as far as the validation of updates reads it: a
// claim that is not bound may not grow, and one without capacity may shrink.
func settle(object runtime.Object) {
	switch o := object.(type) {
	case *core.PersistentVolumeClaim:
		o.Status.Phase = core.ClaimBound
		o.Status.AccessModes = o.Spec.AccessModes
		o.Status.Capacity = o.Spec.Resources.Requests.DeepCopy()
	case *core.PersistentVolume:
		o.Status.Phase = core.VolumeBound
	case *core.Pod:
		o.Status.Phase = core.PodRunning
	}
}
