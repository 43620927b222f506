package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	_ "k8s.io/kubernetes/pkg/apis/apps/install"
	"k8s.io/kubernetes/pkg/registry/apps/controllerrevision"
	"k8s.io/kubernetes/pkg/registry/apps/daemonset"
	"k8s.io/kubernetes/pkg/registry/apps/deployment"
	"k8s.io/kubernetes/pkg/registry/apps/replicaset"
	"k8s.io/kubernetes/pkg/registry/apps/statefulset"
)

var appsKinds = []Kind{
	{schema.GroupKind{Group: "apps", Kind: "ControllerRevision"}, "controllerrevisions", controllerrevision.Strategy},
	{schema.GroupKind{Group: "apps", Kind: "DaemonSet"}, "daemonsets", daemonset.Strategy},
	{schema.GroupKind{Group: "apps", Kind: "Deployment"}, "deployments", deployment.Strategy},
	{schema.GroupKind{Group: "apps", Kind: "ReplicaSet"}, "replicasets", replicaset.Strategy},
	{schema.GroupKind{Group: "apps", Kind: "StatefulSet"}, "statefulsets", statefulset.Strategy},
}
