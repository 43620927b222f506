package kinds

import (
	"fmt"

	"k8s.io/apimachinery/pkg/runtime/schema"
	"k8s.io/apimachinery/pkg/util/version"
)

// OptIn says whether a version that is not linked is one that an administrator can switch on: then nobody here can
// judge the object, and the cluster may well accept it.
func OptIn(kind schema.GroupVersionKind, minor *version.Version) bool {
	removed, known := prereleases[fmt.Sprintf("%s %s", kind.GroupVersion(), kind.Kind)]
	return known && (removed == 0 || version.MajorMinor(1, removed).GreaterThan(minor))
}

// prereleases are the alpha and beta kinds of k8s.io/api and the minor of 1.x that removed them, 0 where none is
// planned: APILifecycleRemoved in its zz_generated.prerelease-lifecycle.go files.
var prereleases = map[string]uint{
	"admissionregistration.k8s.io/v1alpha1 MutatingAdmissionPolicy":          38,
	"admissionregistration.k8s.io/v1alpha1 MutatingAdmissionPolicyBinding":   38,
	"admissionregistration.k8s.io/v1alpha1 ValidatingAdmissionPolicy":        32,
	"admissionregistration.k8s.io/v1alpha1 ValidatingAdmissionPolicyBinding": 32,
	"admissionregistration.k8s.io/v1beta1 MutatingAdmissionPolicy":           40,
	"admissionregistration.k8s.io/v1beta1 MutatingAdmissionPolicyBinding":    40,
	"admissionregistration.k8s.io/v1beta1 MutatingWebhookConfiguration":      22,
	"admissionregistration.k8s.io/v1beta1 ValidatingAdmissionPolicy":         34,
	"admissionregistration.k8s.io/v1beta1 ValidatingAdmissionPolicyBinding":  34,
	"admissionregistration.k8s.io/v1beta1 ValidatingWebhookConfiguration":    22,
	"apidiscovery.k8s.io/v2beta1 APIGroupDiscovery":                          35,
	"apps/v1beta1 ControllerRevision":                                        16,
	"apps/v1beta1 Deployment":                                                16,
	"apps/v1beta1 StatefulSet":                                               16,
	"apps/v1beta2 ControllerRevision":                                        16,
	"apps/v1beta2 DaemonSet":                                                 16,
	"apps/v1beta2 Deployment":                                                16,
	"apps/v1beta2 ReplicaSet":                                                16,
	"apps/v1beta2 StatefulSet":                                               16,
	"batch/v1beta1 CronJob":                                                  25,
	"certificates.k8s.io/v1alpha1 ClusterTrustBundle":                        37,
	"certificates.k8s.io/v1beta1 CertificateSigningRequest":                  22,
	"certificates.k8s.io/v1beta1 ClusterTrustBundle":                         40,
	"certificates.k8s.io/v1beta1 PodCertificateRequest":                      40,
	"coordination.k8s.io/v1alpha2 LeaseCandidate":                            38,
	"coordination.k8s.io/v1beta1 Lease":                                      22,
	"coordination.k8s.io/v1beta1 LeaseCandidate":                             39,
	"discovery.k8s.io/v1beta1 EndpointSlice":                                 25,
	"events.k8s.io/v1beta1 Event":                                            25,
	"extensions/v1beta1 DaemonSet":                                           16,
	"extensions/v1beta1 Deployment":                                          16,
	"extensions/v1beta1 Ingress":                                             22,
	"extensions/v1beta1 NetworkPolicy":                                       16,
	"extensions/v1beta1 ReplicaSet":                                          16,
	"flowcontrol.apiserver.k8s.io/v1beta1 FlowSchema":                        26,
	"flowcontrol.apiserver.k8s.io/v1beta1 PriorityLevelConfiguration":        26,
	"flowcontrol.apiserver.k8s.io/v1beta2 FlowSchema":                        29,
	"flowcontrol.apiserver.k8s.io/v1beta2 PriorityLevelConfiguration":        29,
	"flowcontrol.apiserver.k8s.io/v1beta3 FlowSchema":                        32,
	"flowcontrol.apiserver.k8s.io/v1beta3 PriorityLevelConfiguration":        32,
	"lifecycle.k8s.io/v1alpha1 EvictionRequest":                              43,
	"networking.k8s.io/v1beta1 IPAddress":                                    37,
	"networking.k8s.io/v1beta1 Ingress":                                      22,
	"networking.k8s.io/v1beta1 IngressClass":                                 22,
	"networking.k8s.io/v1beta1 ServiceCIDR":                                  37,
	"node.k8s.io/v1beta1 RuntimeClass":                                       25,
	"policy/v1beta1 PodDisruptionBudget":                                     25,
	"rbac.authorization.k8s.io/v1beta1 ClusterRole":                          22,
	"rbac.authorization.k8s.io/v1beta1 ClusterRoleBinding":                   22,
	"rbac.authorization.k8s.io/v1beta1 Role":                                 22,
	"rbac.authorization.k8s.io/v1beta1 RoleBinding":                          22,
	"resource.k8s.io/v1alpha3 DeviceTaintRule":                               39,
	"resource.k8s.io/v1alpha3 ResourcePoolStatusRequest":                     42,
	"resource.k8s.io/v1beta1 DeviceClass":                                    38,
	"resource.k8s.io/v1beta1 ResourceClaim":                                  38,
	"resource.k8s.io/v1beta1 ResourceClaimTemplate":                          38,
	"resource.k8s.io/v1beta1 ResourceSlice":                                  38,
	"resource.k8s.io/v1beta2 DeviceClass":                                    39,
	"resource.k8s.io/v1beta2 DeviceTaintRule":                                42,
	"resource.k8s.io/v1beta2 ResourceClaim":                                  39,
	"resource.k8s.io/v1beta2 ResourceClaimTemplate":                          39,
	"resource.k8s.io/v1beta2 ResourceSlice":                                  39,
	"scheduling.k8s.io/v1alpha3 CompositePodGroup":                           0,
	"scheduling.k8s.io/v1alpha3 PodGroup":                                    0,
	"scheduling.k8s.io/v1alpha3 Workload":                                    0,
	"scheduling.k8s.io/v1beta1 PodGroup":                                     43,
	"scheduling.k8s.io/v1beta1 PriorityClass":                                22,
	"scheduling.k8s.io/v1beta1 Workload":                                     43,
	"storage.k8s.io/v1alpha1 CSIStorageCapacity":                             24,
	"storage.k8s.io/v1alpha1 VolumeAttachment":                               24,
	"storage.k8s.io/v1alpha1 VolumeAttributesClass":                          35,
	"storage.k8s.io/v1beta1 CSIDriver":                                       22,
	"storage.k8s.io/v1beta1 CSINode":                                         22,
	"storage.k8s.io/v1beta1 CSIStorageCapacity":                              27,
	"storage.k8s.io/v1beta1 StorageClass":                                    22,
	"storage.k8s.io/v1beta1 VolumeAttachment":                                22,
	"storage.k8s.io/v1beta1 VolumeAttributesClass":                           37,
	"storagemigration.k8s.io/v1beta1 StorageVersionMigration":                40,
}
