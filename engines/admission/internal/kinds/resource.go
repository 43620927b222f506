package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	_ "k8s.io/kubernetes/pkg/apis/resource/install"
	"k8s.io/kubernetes/pkg/registry/resource/deviceclass"
	"k8s.io/kubernetes/pkg/registry/resource/devicetaintrule"
	"k8s.io/kubernetes/pkg/registry/resource/resourceclaim"
	"k8s.io/kubernetes/pkg/registry/resource/resourceclaimtemplate"
	"k8s.io/kubernetes/pkg/registry/resource/resourceslice"
)

var resourceKinds = []Kind{
	{schema.GroupKind{Group: "resource.k8s.io", Kind: "DeviceClass"}, "deviceclasses", deviceclass.Strategy},
	{schema.GroupKind{Group: "resource.k8s.io", Kind: "DeviceTaintRule"}, "devicetaintrules", devicetaintrule.Strategy},
	{schema.GroupKind{Group: "resource.k8s.io", Kind: "ResourceClaim"}, "resourceclaims", resourceclaim.NewStrategy(Namespaces, nil)},
	{schema.GroupKind{Group: "resource.k8s.io", Kind: "ResourceClaimTemplate"}, "resourceclaimtemplates", resourceclaimtemplate.NewStrategy(Namespaces)},
	{schema.GroupKind{Group: "resource.k8s.io", Kind: "ResourceSlice"}, "resourceslices", resourceslice.Strategy},
}
