package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	_ "k8s.io/kubernetes/pkg/apis/storagemigration/install"
	"k8s.io/kubernetes/pkg/registry/storagemigration/storagemigration"
)

var storagemigrationKinds = []Kind{
	{schema.GroupKind{Group: "storagemigration.k8s.io", Kind: "StorageVersionMigration"}, "storageversionmigrations", storagemigration.Strategy},
}
