package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/kube-aggregator/pkg/apis/apiregistration/install"
	"k8s.io/kube-aggregator/pkg/registry/apiservice"
	"k8s.io/kubernetes/pkg/api/legacyscheme"
)

// The aggregator has a scheme of its own in a server; its decoder and defaults are made the same way.
func init() { install.Install(legacyscheme.Scheme) }

var apiregistrationKinds = []Kind{
	{schema.GroupKind{Group: "apiregistration.k8s.io", Kind: "APIService"}, "apiservices", apiservice.NewStrategy(legacyscheme.Scheme)},
}
