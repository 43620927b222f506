package write

import (
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/apis/core"
)

// Ports of kube-apiserver's default range (service-node-port-range).
const (
	firstNodePort   = int32(30000)
	healthCheckPort = int32(32767)
)

func needsHealthCheck(service *core.Service) bool {
	return service.Spec.Type == core.ServiceTypeLoadBalancer &&
		service.Spec.ExternalTrafficPolicy == core.ServiceExternalTrafficPolicyLocal
}

func needsNodePorts(spec *core.ServiceSpec) bool {
	switch spec.Type {
	case core.ServiceTypeNodePort:
		return true
	case core.ServiceTypeLoadBalancer:
		return spec.AllocateLoadBalancerNodePorts == nil || *spec.AllocateLoadBalancerNodePorts
	}
	return false
}

// allocatePorts is initNodePorts: entries of one port share a node port unless they name others.
func allocatePorts(spec *core.ServiceSpec) field.ErrorList {
	if spec.Type != core.ServiceTypeNodePort && spec.Type != core.ServiceTypeLoadBalancer {
		return nil
	}
	ports := newNodePorts(spec.Ports)
	given := map[int32]int32{}
	for i := range spec.Ports {
		entry := &spec.Ports[i]
		path := field.NewPath("spec", "ports").Index(i).Child("nodePort")
		if entry.NodePort == 0 && !needsNodePorts(spec) {
			continue
		}
		switch shared := given[entry.Port]; {
		case shared == 0:
			wanted := nodePortOf(entry.Port, spec.Ports)
			if wanted == 0 {
				wanted = ports.next()
			} else if !ports.take(wanted) {
				return field.ErrorList{field.Invalid(path, wanted, taken)}
			}
			entry.NodePort, given[entry.Port] = wanted, wanted
		case entry.NodePort == 0:
			entry.NodePort = shared
		case entry.NodePort != shared && !ports.take(entry.NodePort):
			return field.ErrorList{field.Invalid(path, entry.NodePort, taken)}
		}
	}
	return nil
}

// taken is ErrAllocated of core/service/portallocator.
const taken = "provided port is already allocated"

// nodePortOf is findRequestedNodePort: what the first entry of a port that names a node port asks for, or 0.
func nodePortOf(port int32, entries []core.ServicePort) int32 {
	for _, entry := range entries {
		if entry.Port == port && entry.NodePort != 0 {
			return entry.NodePort
		}
	}
	return 0
}

// reallocatePorts is updateNodePorts without its refusals: of a port that stands twice the validation speaks, with a path.
func reallocatePorts(service, before *core.Service) {
	spec := &service.Spec
	if !needsNodePorts(spec) {
		return
	}
	ports := newNodePorts(append(append([]core.ServicePort{}, spec.Ports...), before.Spec.Ports...))
	for i := range spec.Ports {
		if spec.Ports[i].NodePort == 0 {
			spec.Ports[i].NodePort = ports.next()
		}
	}
}

// keepPorts gives entries the node ports that those of their names had, unless both sides use them elsewhere.
func keepPorts(spec, was *core.ServiceSpec) {
	named, now, byName := map[int32]bool{}, map[int32]bool{}, map[string]int32{}
	for _, entry := range spec.Ports {
		now[entry.NodePort] = entry.NodePort != 0
	}
	for _, entry := range was.Ports {
		byName[entry.Name] = entry.NodePort
		named[entry.NodePort] = now[entry.NodePort]
	}
	for i := range spec.Ports {
		entry := &spec.Ports[i]
		if before := byName[entry.Name]; entry.NodePort == 0 && !named[before] {
			entry.NodePort = before
		}
	}
}

// nodePorts are those of one Service; of others nothing is known.
type nodePorts struct {
	named map[int32]bool
	used  map[int32]bool
}

func newNodePorts(entries []core.ServicePort) nodePorts {
	ports := nodePorts{named: map[int32]bool{}, used: map[int32]bool{}}
	for _, entry := range entries {
		ports.named[entry.NodePort] = true
	}
	return ports
}

func (p nodePorts) take(port int32) bool {
	if p.used[port] {
		return false
	}
	p.used[port] = true
	return true
}

func (p nodePorts) next() int32 {
	for port := firstNodePort; ; port++ {
		if !p.named[port] && p.take(port) {
			return port
		}
	}
}
