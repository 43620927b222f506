/**
 * Kinds that were gone before the oldest embedded minor, so that manifests which still use them get their replacement
 * and not "unknown kind". Source: Kubernetes' deprecated API migration guide (reference/using-api/deprecation-guide).
 */
interface RemovedKinds {
  /** First minor without them. */
  readonly removedIn: string
  readonly apiVersion: string
  readonly kinds: readonly string[]
  /** apiVersion that took over; absent when nothing did. */
  readonly replacement?: string
}

const appsKinds = ['ControllerRevision', 'DaemonSet', 'Deployment', 'ReplicaSet', 'StatefulSet']

const removedBefore: readonly RemovedKinds[] = [
  { removedIn: '1.16', apiVersion: 'apps/v1beta1', kinds: appsKinds, replacement: 'apps/v1' },
  { removedIn: '1.16', apiVersion: 'apps/v1beta2', kinds: appsKinds, replacement: 'apps/v1' },
  {
    removedIn: '1.16',
    apiVersion: 'extensions/v1beta1',
    kinds: ['DaemonSet', 'Deployment', 'ReplicaSet'],
    replacement: 'apps/v1',
  },
  {
    removedIn: '1.16',
    apiVersion: 'extensions/v1beta1',
    kinds: ['NetworkPolicy'],
    replacement: 'networking.k8s.io/v1',
  },
  { removedIn: '1.16', apiVersion: 'extensions/v1beta1', kinds: ['PodSecurityPolicy'] },
  { removedIn: '1.21', apiVersion: 'batch/v2alpha1', kinds: ['CronJob'], replacement: 'batch/v1' },
  {
    removedIn: '1.22',
    apiVersion: 'extensions/v1beta1',
    kinds: ['Ingress'],
    replacement: 'networking.k8s.io/v1',
  },
  {
    removedIn: '1.22',
    apiVersion: 'networking.k8s.io/v1beta1',
    kinds: ['Ingress', 'IngressClass'],
    replacement: 'networking.k8s.io/v1',
  },
  {
    removedIn: '1.22',
    apiVersion: 'rbac.authorization.k8s.io/v1beta1',
    kinds: ['ClusterRole', 'ClusterRoleBinding', 'Role', 'RoleBinding'],
    replacement: 'rbac.authorization.k8s.io/v1',
  },
  {
    removedIn: '1.22',
    apiVersion: 'admissionregistration.k8s.io/v1beta1',
    kinds: ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'],
    replacement: 'admissionregistration.k8s.io/v1',
  },
  {
    removedIn: '1.22',
    apiVersion: 'apiextensions.k8s.io/v1beta1',
    kinds: ['CustomResourceDefinition'],
    replacement: 'apiextensions.k8s.io/v1',
  },
  {
    removedIn: '1.22',
    apiVersion: 'apiregistration.k8s.io/v1beta1',
    kinds: ['APIService'],
    replacement: 'apiregistration.k8s.io/v1',
  },
  {
    removedIn: '1.22',
    apiVersion: 'certificates.k8s.io/v1beta1',
    kinds: ['CertificateSigningRequest'],
    replacement: 'certificates.k8s.io/v1',
  },
  {
    removedIn: '1.22',
    apiVersion: 'coordination.k8s.io/v1beta1',
    kinds: ['Lease'],
    replacement: 'coordination.k8s.io/v1',
  },
  {
    removedIn: '1.22',
    apiVersion: 'scheduling.k8s.io/v1beta1',
    kinds: ['PriorityClass'],
    replacement: 'scheduling.k8s.io/v1',
  },
  {
    removedIn: '1.22',
    apiVersion: 'storage.k8s.io/v1beta1',
    kinds: ['CSIDriver', 'CSINode', 'StorageClass', 'VolumeAttachment'],
    replacement: 'storage.k8s.io/v1',
  },
]

/** When a kind went away before the oldest embedded minor. */
export function removedLongAgo(
  apiVersion: string,
  kind: string,
): { removedIn: string; replacement?: string } | undefined {
  return removedBefore.find((removed) => removed.apiVersion === apiVersion && removed.kinds.includes(kind))
}
