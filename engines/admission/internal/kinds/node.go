package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	_ "k8s.io/kubernetes/pkg/apis/node/install"
	"k8s.io/kubernetes/pkg/registry/node/runtimeclass"
)

var nodeKinds = []Kind{
	{schema.GroupKind{Group: "node.k8s.io", Kind: "RuntimeClass"}, "runtimeclasses", runtimeclass.Strategy},
}
