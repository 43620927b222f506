package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	_ "k8s.io/kubernetes/pkg/apis/coordination/install"
	"k8s.io/kubernetes/pkg/registry/coordination/lease"
)

var coordinationKinds = []Kind{
	{schema.GroupKind{Group: "coordination.k8s.io", Kind: "Lease"}, "leases", lease.Strategy},
}
