package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	_ "k8s.io/kubernetes/pkg/apis/storage/install"
	"k8s.io/kubernetes/pkg/registry/storage/csidriver"
	"k8s.io/kubernetes/pkg/registry/storage/csinode"
	"k8s.io/kubernetes/pkg/registry/storage/csistoragecapacity"
	"k8s.io/kubernetes/pkg/registry/storage/storageclass"
	"k8s.io/kubernetes/pkg/registry/storage/volumeattachment"
	"k8s.io/kubernetes/pkg/registry/storage/volumeattributesclass"
)

var storageKinds = []Kind{
	{schema.GroupKind{Group: "storage.k8s.io", Kind: "CSIDriver"}, "csidrivers", csidriver.Strategy},
	{schema.GroupKind{Group: "storage.k8s.io", Kind: "CSINode"}, "csinodes", csinode.Strategy},
	{schema.GroupKind{Group: "storage.k8s.io", Kind: "CSIStorageCapacity"}, "csistoragecapacities", csistoragecapacity.Strategy},
	{schema.GroupKind{Group: "storage.k8s.io", Kind: "StorageClass"}, "storageclasses", storageclass.Strategy},
	{schema.GroupKind{Group: "storage.k8s.io", Kind: "VolumeAttachment"}, "volumeattachments", volumeattachment.Strategy},
	{schema.GroupKind{Group: "storage.k8s.io", Kind: "VolumeAttributesClass"}, "volumeattributesclasses", volumeattributesclass.Strategy},
}
