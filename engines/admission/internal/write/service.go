package write

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/kubernetes/pkg/apis/core"
)

// What the allocators of a server would hand out; the ranges are the defaults of kube-apiserver (service-node-port-range)
// and kubeadm (service-cluster-ip-range).
const (
	firstNodePort   = int32(30000)
	healthCheckPort = int32(32767)
	ipv4Format      = "10.96.%d.%d"
	ipv6Format      = "fd00:10:96::%x"
)

// allocate fills what the storage of Services fills before the strategy validates: families, addresses and ports.
// Update rules compare them.
func allocate(object runtime.Object) {
	service, ok := object.(*core.Service)
	if !ok || service.Spec.Type == core.ServiceTypeExternalName {
		return
	}
	allocateFamilies(&service.Spec)
	allocateAddresses(service)
	allocatePorts(&service.Spec)
}

func allocateFamilies(spec *core.ServiceSpec) {
	if spec.IPFamilyPolicy == nil {
		policy := core.IPFamilyPolicySingleStack
		if len(spec.IPFamilies) > 1 || len(spec.ClusterIPs) > 1 {
			policy = core.IPFamilyPolicyRequireDualStack
		}
		spec.IPFamilyPolicy = &policy
	}
	if len(spec.IPFamilies) == 0 {
		spec.IPFamilies = []core.IPFamily{familyOf(spec.ClusterIP)}
	}
	if *spec.IPFamilyPolicy != core.IPFamilyPolicySingleStack && len(spec.IPFamilies) == 1 {
		other := core.IPv6Protocol
		if spec.IPFamilies[0] == core.IPv6Protocol {
			other = core.IPv4Protocol
		}
		spec.IPFamilies = append(spec.IPFamilies, other)
	}
}

func familyOf(address string) core.IPFamily {
	if strings.Contains(address, ":") {
		return core.IPv6Protocol
	}
	return core.IPv4Protocol
}

// allocateAddresses derives addresses from the name, so that one Service always gets the same ones.
func allocateAddresses(service *core.Service) {
	spec := &service.Spec
	switch {
	case len(spec.ClusterIPs) > 0:
		return
	case spec.ClusterIP != "":
		spec.ClusterIPs = []string{spec.ClusterIP}
		return
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(service.Namespace + "/" + service.Name))
	sum := hash.Sum32()
	for _, family := range spec.IPFamilies {
		address := fmt.Sprintf(ipv4Format, sum>>8&0xff, sum&0xff)
		if family == core.IPv6Protocol {
			address = fmt.Sprintf(ipv6Format, sum&0xffff)
		}
		spec.ClusterIPs = append(spec.ClusterIPs, address)
	}
	spec.ClusterIP = spec.ClusterIPs[0]
}

func allocatePorts(spec *core.ServiceSpec) {
	balanced := spec.Type == core.ServiceTypeLoadBalancer
	if balanced && spec.ExternalTrafficPolicy == core.ServiceExternalTrafficPolicyLocal && spec.HealthCheckNodePort == 0 {
		spec.HealthCheckNodePort = healthCheckPort
	}
	wanted := spec.AllocateLoadBalancerNodePorts == nil || *spec.AllocateLoadBalancerNodePorts
	if spec.Type != core.ServiceTypeNodePort && (!balanced || !wanted) {
		return
	}
	used := map[int32]bool{}
	for _, port := range spec.Ports {
		used[port.NodePort] = true
	}
	next := firstNodePort
	for i := range spec.Ports {
		if spec.Ports[i].NodePort != 0 {
			continue
		}
		for used[next] {
			next++
		}
		used[next] = true
		spec.Ports[i].NodePort = next
	}
}

// keepAllocated carries addresses over to the new object when it names none, as patchAllocatedValues and
// normalizeClusterIPs of core/service/storage do; a Service that becomes external gives them back.
func keepAllocated(object, old runtime.Object) {
	service, ok := object.(*core.Service)
	if !ok {
		return
	}
	before, ok := old.(*core.Service)
	if !ok {
		return
	}
	spec, was := &service.Spec, &before.Spec
	switch {
	case spec.Type == core.ServiceTypeExternalName:
		spec.ClusterIP, spec.ClusterIPs, spec.IPFamilies, spec.IPFamilyPolicy = "", nil, nil, nil
		return
	case was.Type == core.ServiceTypeExternalName:
		allocate(service)
		return
	}
	if spec.ClusterIP == "" {
		spec.ClusterIP = was.ClusterIP
	}
	if len(spec.ClusterIPs) == 0 {
		spec.ClusterIPs = was.ClusterIPs
	}
	if spec.ClusterIP != was.ClusterIP && slices.Equal(spec.ClusterIPs, was.ClusterIPs) {
		// A client that knows only the old field changed it.
		spec.ClusterIPs = []string{spec.ClusterIP}
	}
}
