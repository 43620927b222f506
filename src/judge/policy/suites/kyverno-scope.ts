import { textAt } from '../../field-steps.ts'
import type { JsonObject } from '../../../model/json.ts'

/** Kinds of Kubernetes without a namespace; the command line takes every other kind for one with. */
const kinds = new Set([
  'APIService',
  'CSIDriver',
  'CSINode',
  'CertificateSigningRequest',
  'ClusterRole',
  'ClusterRoleBinding',
  'CustomResourceDefinition',
  'DeviceClass',
  'FlowSchema',
  'IngressClass',
  'MutatingWebhookConfiguration',
  'Namespace',
  'Node',
  'PersistentVolume',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'ResourceSlice',
  'RuntimeClass',
  'SelfSubjectReview',
  'StorageClass',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
  'VolumeAttachment',
])

/** Whether an object has no namespace, by its kind and the suite's own definitions. */
export function clusterScoped(definitions: readonly JsonObject[]): (object: JsonObject) => boolean {
  const own = definitions.flatMap((definition) => {
    const kind = textAt(definition, 'spec', 'names', 'kind')
    return kind !== undefined && textAt(definition, 'spec', 'scope') === 'Cluster' ? [kind] : []
  })
  return ({ kind }) => typeof kind === 'string' && (kinds.has(kind) || own.includes(kind))
}
