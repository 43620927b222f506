package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	_ "k8s.io/kubernetes/pkg/apis/scheduling/install"
	"k8s.io/kubernetes/pkg/registry/scheduling/podgroup"
	"k8s.io/kubernetes/pkg/registry/scheduling/priorityclass"
	"k8s.io/kubernetes/pkg/registry/scheduling/workload"
)

var schedulingKinds = []Kind{
	{schema.GroupKind{Group: "scheduling.k8s.io", Kind: "PriorityClass"}, "priorityclasses", priorityclass.Strategy},
	{schema.GroupKind{Group: "scheduling.k8s.io", Kind: "Workload"}, "workloads", workload.Strategy},
	{schema.GroupKind{Group: "scheduling.k8s.io", Kind: "PodGroup"}, "podgroups", podgroup.NewStrategy()},
}
