// Package operations answers the requests that src/engine/api.ts types: load, admit, policy.evaluate, podSecurity, info.
package operations

import (
	_ "time/tzdata" // As kube-apiserver does: WebAssembly has no zone files, and CronJobs name zones.

	"github.com/go-logr/logr"
	"k8s.io/klog/v2"
	"k8s.io/kubernetes/pkg/capabilities"
	"preadmit.dev/engines/abi"
	"preadmit.dev/engines/admission/internal/cluster"
	"preadmit.dev/engines/admission/internal/message"
	"preadmit.dev/engines/admission/internal/podsecurity"
	"preadmit.dev/engines/admission/internal/policy"
	"preadmit.dev/engines/admission/internal/release"
	"preadmit.dev/engines/admission/internal/write"
)

// engine is what one instance holds between a load and the requests that follow it.
type engine struct {
	cluster     *cluster.Cluster
	policies    *policy.Set
	podSecurity *podsecurity.Evaluator
}

// New makes the operations of an instance that has loaded nothing: the newest minor, no policies, no namespaces.
func New() map[string]abi.Op {
	// What upstream logs is meant for the administrators of a server; what it says of a write is in its answers.
	klog.SetLogger(logr.Discard())
	// Privileged containers are the business of policies: kube-apiserver's own default, --allow-privileged.
	capabilities.Initialize(capabilities.Capabilities{AllowPrivileged: true})
	evaluator, err := podsecurity.NewEvaluator(release.Current())
	if err != nil {
		panic(err)
	}
	e := &engine{
		cluster: cluster.New(), policies: policy.NewSet(nil, nil, nil, message.Secrets{}), podSecurity: evaluator,
	}
	return map[string]abi.Op{
		"load":            e.load,
		"admit":           e.admit,
		"prepare":         e.prepare,
		"policy.evaluate": e.evaluate,
		"podSecurity":     e.standards,
		"info":            info,
	}
}

type writesRequest struct {
	Writes []write.Request `json:"writes"`
}

// run carries one write out and names it in an error.
func (e *engine) run(position int, request write.Request) (*write.Result, error) {
	result, err := write.Run(e.cluster, request)
	if err != nil {
		return nil, abi.Errorf(abi.BadRequest, "writes[%d]: %v", position, err)
	}
	return result, nil
}
