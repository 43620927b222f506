package write

import (
	"k8s.io/apimachinery/pkg/api/errors"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/util/validation/field"
	"k8s.io/kubernetes/pkg/apis/core"
)

// allocate does to a new Service what its storage does before the strategy validates it (beginCreate and allocateCreate of
// core/service/storage): families, addresses and ports, which update rules compare. The error is what every cluster says;
// what depends on its ranges and families is not asked.
func allocate(object runtime.Object) error {
	service, ok := object.(*core.Service)
	if !ok {
		return nil
	}
	spec := &service.Spec
	if spec.ClusterIP != "" && len(spec.ClusterIPs) == 0 {
		spec.ClusterIPs = []string{spec.ClusterIP}
	}
	errs := allocateFamilies(service, nil)
	if len(errs) == 0 {
		allocateAddresses(service)
		errs = allocatePorts(spec)
	}
	if needsHealthCheck(service) && spec.HealthCheckNodePort == 0 {
		spec.HealthCheckNodePort = healthCheckPort
	}
	return invalid(service, errs)
}

// reallocate is the same for an update (beginUpdate and allocateUpdate): the new object keeps what it does not name.
func reallocate(object, old runtime.Object) error {
	service, ok := object.(*core.Service)
	if !ok {
		return nil
	}
	before, ok := old.(*core.Service)
	if !ok {
		return nil
	}
	keepAllocated(service, before)
	matchAddresses(service, before)
	if errs := allocateFamilies(service, before); len(errs) > 0 {
		return invalid(service, errs)
	}
	reallocateAddresses(service, before)
	reallocatePorts(service, before)
	if !needsHealthCheck(before) && needsHealthCheck(service) && service.Spec.HealthCheckNodePort == 0 {
		service.Spec.HealthCheckNodePort = healthCheckPort
	}
	return nil
}

func invalid(service *core.Service, errs field.ErrorList) error {
	if len(errs) == 0 {
		return nil
	}
	return errors.NewInvalid(core.Kind("Service"), service.Name, errs)
}

// keepAllocated is patchAllocatedValues.
func keepAllocated(service, before *core.Service) {
	spec, was := &service.Spec, &before.Spec
	if spec.Type != core.ServiceTypeExternalName && was.Type != core.ServiceTypeExternalName {
		if spec.ClusterIP == "" {
			spec.ClusterIP = was.ClusterIP
		}
		if len(spec.ClusterIPs) == 0 && len(was.ClusterIPs) > 0 {
			spec.ClusterIPs = was.ClusterIPs
		}
	}
	if needsNodePorts(spec) && needsNodePorts(was) {
		keepPorts(spec, was)
	}
	if needsHealthCheck(service) && needsHealthCheck(before) && spec.HealthCheckNodePort == 0 {
		spec.HealthCheckNodePort = was.HealthCheckNodePort
	}
}
