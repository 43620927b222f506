package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	_ "k8s.io/kubernetes/pkg/apis/networking/install"
	"k8s.io/kubernetes/pkg/registry/networking/ingress"
	"k8s.io/kubernetes/pkg/registry/networking/ingressclass"
	"k8s.io/kubernetes/pkg/registry/networking/ipaddress"
	"k8s.io/kubernetes/pkg/registry/networking/networkpolicy"
	"k8s.io/kubernetes/pkg/registry/networking/servicecidr"
)

var networkingKinds = []Kind{
	{schema.GroupKind{Group: "networking.k8s.io", Kind: "Ingress"}, "ingresses", ingress.Strategy},
	{schema.GroupKind{Group: "networking.k8s.io", Kind: "IngressClass"}, "ingressclasses", ingressclass.Strategy},
	{schema.GroupKind{Group: "networking.k8s.io", Kind: "IPAddress"}, "ipaddresses", ipaddress.Strategy},
	{schema.GroupKind{Group: "networking.k8s.io", Kind: "NetworkPolicy"}, "networkpolicies", networkpolicy.Strategy},
	{schema.GroupKind{Group: "networking.k8s.io", Kind: "ServiceCIDR"}, "servicecidrs", servicecidr.Strategy},
}
