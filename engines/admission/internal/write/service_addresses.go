package write

import (
	"fmt"
	"hash/fnv"
	"slices"
	"strings"

	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/apis/core"
	"k8s.io/kubernetes/pkg/apis/core/validation"
)

// The defaults of kubeadm (service-cluster-ip-range).
const (
	ipv4Format = "10.96.%d.%d"
	ipv6Format = "fd00:10:96::%x"
)

// allocateFamilies is initIPFamilyFields of a cluster that has both families. To a Service that only prefers both none is
// added: whether the cluster has it nobody knows, and a Service without it may do all that one with it may.
func allocateFamilies(service, before *core.Service) field.ErrorList {
	spec := &service.Spec
	if spec.Type == core.ServiceTypeExternalName || before != nil && stillPrefers(spec, &before.Spec) {
		return nil
	}
	if spec.IPFamilyPolicy == nil {
		policy := policyOf(service, before)
		spec.IPFamilyPolicy = &policy
	}
	if errs := validation.ValidateServiceClusterIPsRelatedFields(service, before); len(errs) > 0 {
		return errs
	}
	var errs field.ErrorList
	policyPath := field.NewPath("spec", "ipFamilyPolicy")
	single := *spec.IPFamilyPolicy == core.IPFamilyPolicySingleStack
	if before != nil {
		if single {
			releaseSecond(spec, &before.Spec)
		} else {
			errs = reduced(spec, &before.Spec, policyPath)
		}
	}
	if single && len(spec.ClusterIPs) == 2 {
		errs = append(errs, field.Invalid(policyPath, spec.IPFamilyPolicy,
			"must be 'RequireDualStack' or 'PreferDualStack' when multiple cluster IPs are specified"))
	}
	if single && len(spec.IPFamilies) == 2 {
		errs = append(errs, field.Invalid(policyPath, spec.IPFamilyPolicy,
			"must be 'RequireDualStack' or 'PreferDualStack' when multiple IP families are specified"))
	}
	for i, address := range spec.ClusterIPs {
		if address == core.ClusterIPNone {
			break
		}
		if i >= len(spec.IPFamilies) {
			spec.IPFamilies = append(spec.IPFamilies, familyOf(address))
		}
	}
	if len(errs) > 0 {
		return errs
	}
	if len(spec.IPFamilies) == 0 {
		spec.IPFamilies = []core.IPFamily{core.IPv4Protocol}
	}
	if *spec.IPFamilyPolicy == core.IPFamilyPolicyRequireDualStack && len(spec.IPFamilies) == 1 {
		other := core.IPv6Protocol
		if spec.IPFamilies[0] == core.IPv6Protocol {
			other = core.IPv4Protocol
		}
		spec.IPFamilies = append(spec.IPFamilies, other)
	}
	return nil
}

// stillPrefers is isMatchingPreferDualStackClusterIPFields.
func stillPrefers(spec, was *core.ServiceSpec) bool {
	prefers := core.IPFamilyPolicyPreferDualStack
	return spec.IPFamilyPolicy != nil && *spec.IPFamilyPolicy == prefers &&
		(was.IPFamilyPolicy == nil || *was.IPFamilyPolicy == prefers) &&
		spec.Type == was.Type &&
		slices.Equal(spec.ClusterIPs, was.ClusterIPs) && slices.Equal(spec.IPFamilies, was.IPFamilies)
}

func policyOf(service, before *core.Service) core.IPFamilyPolicy {
	switch {
	case before != nil && before.Spec.IPFamilyPolicy != nil:
		return *before.Spec.IPFamilyPolicy
	case service.Spec.ClusterIP == core.ClusterIPNone && len(service.Spec.Selector) == 0:
		return core.IPFamilyPolicyRequireDualStack
	}
	return core.IPFamilyPolicySingleStack
}

// releaseSecond drops what a Service of one family no longer has.
func releaseSecond(spec, was *core.ServiceSpec) {
	if len(spec.ClusterIPs) > 1 && slices.Equal(spec.ClusterIPs, was.ClusterIPs) {
		spec.ClusterIPs = spec.ClusterIPs[:1]
	}
	if len(spec.IPFamilies) > 1 && slices.Equal(spec.IPFamilies, was.IPFamilies) {
		spec.IPFamilies = spec.IPFamilies[:1]
	}
}

func reduced(spec, was *core.ServiceSpec, path *field.Path) (errs field.ErrorList) {
	if len(spec.ClusterIPs) > 0 && len(spec.ClusterIPs) < len(was.ClusterIPs) {
		errs = append(errs, field.Invalid(path, spec.IPFamilyPolicy,
			"must be 'SingleStack' to release the secondary cluster IP"))
	}
	if len(spec.IPFamilies) > 0 && len(spec.IPFamilies) < len(was.IPFamilies) {
		errs = append(errs, field.Invalid(path, spec.IPFamilyPolicy,
			"must be 'SingleStack' to release the secondary IP family"))
	}
	return errs
}

func familyOf(address string) core.IPFamily {
	if strings.Contains(address, ":") {
		return core.IPv6Protocol
	}
	return core.IPv4Protocol
}

// allocateAddresses derives the addresses that are not named from the Service's name, so that one Service always gets the
// same ones.
func allocateAddresses(service *core.Service) {
	spec := &service.Spec
	if spec.Type == core.ServiceTypeExternalName || len(spec.ClusterIPs) > 0 && spec.ClusterIPs[0] == core.ClusterIPNone {
		return
	}
	hash := fnv.New32a()
	_, _ = hash.Write([]byte(service.Namespace + "/" + service.Name))
	sum := hash.Sum32()
	for i, family := range spec.IPFamilies {
		if i < len(spec.ClusterIPs) {
			continue
		}
		address := fmt.Sprintf(ipv4Format, sum>>8&0xff, sum&0xff)
		if family == core.IPv6Protocol {
			address = fmt.Sprintf(ipv6Format, sum&0xffff)
		}
		spec.ClusterIPs = append(spec.ClusterIPs, address)
	}
	if len(spec.ClusterIPs) > 0 {
		spec.ClusterIP = spec.ClusterIPs[0]
	}
}

// reallocateAddresses is updateClusterIPs.
func reallocateAddresses(service, before *core.Service) {
	spec, was := &service.Spec, &before.Spec
	switch {
	case was.Type == core.ServiceTypeExternalName && spec.Type != core.ServiceTypeExternalName:
		allocateAddresses(service)
	case len(was.ClusterIPs) > 0 && was.ClusterIPs[0] == core.ClusterIPNone:
	case len(was.IPFamilies) == 1 && len(spec.IPFamilies) == 2:
		spec.ClusterIPs = slices.Clone(spec.ClusterIPs)
		allocateAddresses(service)
	}
}

// matchAddresses is what normalizeClusterIPs does to an update.
func matchAddresses(service, before *core.Service) {
	spec, was := &service.Spec, &before.Spec
	same := spec.ClusterIP == was.ClusterIP
	if same && len(was.ClusterIPs) > 0 && len(spec.ClusterIPs) == 0 {
		spec.ClusterIPs = was.ClusterIPs
	}
	if same || !slices.Equal(spec.ClusterIPs, was.ClusterIPs) {
		return
	}
	if spec.ClusterIP == "" {
		spec.ClusterIPs = nil
		return
	}
	// A client that knows only the old field changed it.
	spec.ClusterIPs = []string{spec.ClusterIP}
}
