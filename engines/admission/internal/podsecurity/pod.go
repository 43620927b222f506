package podsecurity

import (
	appsv1 "k8s.io/api/apps/v1"
	batchv1 "k8s.io/api/batch/v1"
	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
)

// podOf finds the pod in an object: the kinds of DefaultPodSpecExtractor in k8s.io/pod-security-admission/admission.
func podOf(object runtime.Object) (*metav1.ObjectMeta, *corev1.PodSpec) {
	template := templateOf(object)
	if pod, ok := object.(*corev1.Pod); ok {
		return &pod.ObjectMeta, &pod.Spec
	}
	if template == nil {
		return nil, nil
	}
	return &template.ObjectMeta, &template.Spec
}

func templateOf(object runtime.Object) *corev1.PodTemplateSpec {
	switch o := object.(type) {
	case *corev1.PodTemplate:
		return &o.Template
	case *corev1.ReplicationController:
		return o.Spec.Template
	case *appsv1.ReplicaSet:
		return &o.Spec.Template
	case *appsv1.Deployment:
		return &o.Spec.Template
	case *appsv1.DaemonSet:
		return &o.Spec.Template
	case *appsv1.StatefulSet:
		return &o.Spec.Template
	case *batchv1.Job:
		return &o.Spec.Template
	case *batchv1.CronJob:
		return &o.Spec.JobTemplate.Spec.Template
	}
	return nil
}
