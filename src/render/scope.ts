import type { JsonObject } from '../model/json.ts'
import { splitApiVersion } from '../model/object.ts'
import { textAt } from '../discover/fields.ts'

/**
 * Kinds that live in no namespace, `group/Kind`: the API server's own (`kubectl api-resources --namespaced=false` of
 * 1.37) and those of projects whose definitions are rarely in the same repository. Like Argo CD we take every other
 * kind for namespaced.
 */
const clusterScoped = new Set([
  '/ComponentStatus',
  '/Namespace',
  '/Node',
  '/PersistentVolume',
  'admissionregistration.k8s.io/MutatingAdmissionPolicy',
  'admissionregistration.k8s.io/MutatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/MutatingWebhookConfiguration',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration',
  'apiextensions.k8s.io/CustomResourceDefinition',
  'apiregistration.k8s.io/APIService',
  'authentication.k8s.io/SelfSubjectReview',
  'authentication.k8s.io/TokenReview',
  'authorization.k8s.io/SelfSubjectAccessReview',
  'authorization.k8s.io/SelfSubjectRulesReview',
  'authorization.k8s.io/SubjectAccessReview',
  'certificates.k8s.io/CertificateSigningRequest',
  'certificates.k8s.io/ClusterTrustBundle',
  'flowcontrol.apiserver.k8s.io/FlowSchema',
  'flowcontrol.apiserver.k8s.io/PriorityLevelConfiguration',
  'internal.apiserver.k8s.io/StorageVersion',
  'networking.k8s.io/IPAddress',
  'networking.k8s.io/IngressClass',
  'networking.k8s.io/ServiceCIDR',
  'node.k8s.io/RuntimeClass',
  'policy/PodSecurityPolicy',
  'rbac.authorization.k8s.io/ClusterRole',
  'rbac.authorization.k8s.io/ClusterRoleBinding',
  'resource.k8s.io/DeviceClass',
  'resource.k8s.io/DeviceTaintRule',
  'resource.k8s.io/ResourceSlice',
  'scheduling.k8s.io/PriorityClass',
  'storage.k8s.io/CSIDriver',
  'storage.k8s.io/CSINode',
  'storage.k8s.io/StorageClass',
  'storage.k8s.io/VolumeAttachment',
  'storage.k8s.io/VolumeAttributesClass',
  'storagemigration.k8s.io/StorageVersionMigration',
  'snapshot.storage.k8s.io/VolumeSnapshotClass',
  'snapshot.storage.k8s.io/VolumeSnapshotContent',
  'cert-manager.io/ClusterIssuer',
  'trust.cert-manager.io/Bundle',
  'external-secrets.io/ClusterSecretStore',
  'external-secrets.io/ClusterExternalSecret',
  'external-secrets.io/ClusterPushSecret',
  'gateway.networking.k8s.io/GatewayClass',
  'kyverno.io/ClusterPolicy',
  'kyverno.io/ClusterCleanupPolicy',
  'templates.gatekeeper.sh/ConstraintTemplate',
  'cilium.io/CiliumClusterwideNetworkPolicy',
  'crd.projectcalico.org/GlobalNetworkPolicy',
  'projectcalico.org/GlobalNetworkPolicy',
  'operator.tigera.io/Installation',
  'karpenter.sh/NodePool',
  'karpenter.sh/NodeClaim',
  'karpenter.k8s.aws/EC2NodeClass',
  'policies.karpenter.sh/NodeOverlay',
  'fluxcd.controlplane.io/FluxReport',
  'project.openshift.io/Project',
  'config.openshift.io/OAuth',
  'security.openshift.io/SecurityContextConstraints',
  'user.openshift.io/Group',
  'machineconfiguration.openshift.io/MachineConfig',
])

/** Group-kinds whose definitions in these objects say a scope. */
export type KnownScopes = ReadonlyMap<string, boolean>

/** Reads the scopes of the CustomResourceDefinitions among the objects: `group/Kind` → namespaced. */
export function scopesOf(objects: Iterable<JsonObject>): KnownScopes {
  const scopes = new Map<string, boolean>()
  for (const object of objects) {
    if (textAt(object, 'kind') !== 'CustomResourceDefinition') continue
    const kind = textAt(object, 'spec', 'names', 'kind')
    const scope = textAt(object, 'spec', 'scope')
    if (kind !== undefined && scope !== undefined)
      scopes.set(`${textAt(object, 'spec', 'group') ?? ''}/${kind}`, scope === 'Namespaced')
  }
  return scopes
}

/** True when objects of the kind live in a namespace. */
export function isNamespaced(apiVersion: string, kind: string, known: KnownScopes): boolean {
  const key = `${splitApiVersion(apiVersion).group}/${kind}`
  return known.get(key) ?? !clusterScoped.has(key)
}
