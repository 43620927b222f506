package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	_ "k8s.io/kubernetes/pkg/apis/core/install"
	_ "k8s.io/kubernetes/pkg/apis/events/install"
	"k8s.io/kubernetes/pkg/registry/core/configmap"
	"k8s.io/kubernetes/pkg/registry/core/endpoint"
	"k8s.io/kubernetes/pkg/registry/core/event"
	"k8s.io/kubernetes/pkg/registry/core/limitrange"
	"k8s.io/kubernetes/pkg/registry/core/namespace"
	"k8s.io/kubernetes/pkg/registry/core/node"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolume"
	"k8s.io/kubernetes/pkg/registry/core/persistentvolumeclaim"
	"k8s.io/kubernetes/pkg/registry/core/pod"
	"k8s.io/kubernetes/pkg/registry/core/podtemplate"
	"k8s.io/kubernetes/pkg/registry/core/replicationcontroller"
	"k8s.io/kubernetes/pkg/registry/core/resourcequota"
	"k8s.io/kubernetes/pkg/registry/core/secret"
	"k8s.io/kubernetes/pkg/registry/core/service"
	"k8s.io/kubernetes/pkg/registry/core/serviceaccount"
)

var coreKinds = []Kind{
	{schema.GroupKind{Group: "", Kind: "ConfigMap"}, "configmaps", configmap.Strategy},
	{schema.GroupKind{Group: "", Kind: "Endpoints"}, "endpoints", endpoint.Strategy},
	{schema.GroupKind{Group: "", Kind: "Event"}, "events", event.Strategy},
	{schema.GroupKind{Group: "events.k8s.io", Kind: "Event"}, "events", event.Strategy},
	{schema.GroupKind{Group: "", Kind: "LimitRange"}, "limitranges", limitrange.Strategy},
	{schema.GroupKind{Group: "", Kind: "Namespace"}, "namespaces", namespace.Strategy},
	{schema.GroupKind{Group: "", Kind: "Node"}, "nodes", node.Strategy},
	{schema.GroupKind{Group: "", Kind: "PersistentVolume"}, "persistentvolumes", persistentvolume.Strategy},
	{schema.GroupKind{Group: "", Kind: "PersistentVolumeClaim"}, "persistentvolumeclaims", persistentvolumeclaim.Strategy},
	{schema.GroupKind{Group: "", Kind: "Pod"}, "pods", pod.Strategy},
	{schema.GroupKind{Group: "", Kind: "PodTemplate"}, "podtemplates", podtemplate.Strategy},
	{schema.GroupKind{Group: "", Kind: "ReplicationController"}, "replicationcontrollers", replicationcontroller.Strategy},
	{schema.GroupKind{Group: "", Kind: "ResourceQuota"}, "resourcequotas", resourcequota.Strategy},
	{schema.GroupKind{Group: "", Kind: "Secret"}, "secrets", secret.Strategy},
	{schema.GroupKind{Group: "", Kind: "Service"}, "services", service.Strategy},
	{schema.GroupKind{Group: "", Kind: "ServiceAccount"}, "serviceaccounts", serviceaccount.Strategy},
}
