package kinds

import (
	"k8s.io/apimachinery/pkg/runtime/schema"
	_ "k8s.io/kubernetes/pkg/apis/batch/install"
	"k8s.io/kubernetes/pkg/registry/batch/cronjob"
	"k8s.io/kubernetes/pkg/registry/batch/job"
)

var batchKinds = []Kind{
	{schema.GroupKind{Group: "batch", Kind: "CronJob"}, "cronjobs", cronjob.Strategy},
	{schema.GroupKind{Group: "batch", Kind: "Job"}, "jobs", job.Strategy},
}
