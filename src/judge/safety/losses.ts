import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { groupKind, type ObjectIdentity } from '../../model/object.ts'
import { at, textAt } from '../field-steps.ts'

/** A storage class of the object's cluster by its name; undefined where nobody knows it. */
export type StorageClassOf = (name: string) => JsonObject | undefined

/**
 * What is lost with an object; undefined for kinds whose deletion loses nothing that a new sync would not bring back.
 * What guards others is lost too (threats.md, T12): nothing else would say that it goes.
 */
export function losses(
  object: JsonObject,
  identity: ObjectIdentity,
  classOf: StorageClassOf,
): string | undefined {
  switch (groupKind(identity)) {
    case 'PersistentVolumeClaim':
      return claimLoss(object, classOf)
    case 'PersistentVolume':
      return volumeLoss(object)
    case 'Namespace':
      return 'everything in it is deleted with it, claims and their data included'
    case 'apps/StatefulSet':
      return statefulSetLoss(object)
    case 'apiextensions.k8s.io/CustomResourceDefinition': {
      const kind = textAt(object, 'spec', 'names', 'kind') ?? 'its kind'
      return `every ${kind} in the cluster is deleted with it`
    }
    default:
      return guardLoss(identity)
  }
}

/** Kinds whose only work is to keep something from happening, and what happens without them. */
const guards: Readonly<Record<string, string>> = {
  'networking.k8s.io/NetworkPolicy': 'traffic that it kept out reaches the pods that it selected',
  ResourceQuota: 'nothing bounds any more what the namespace takes',
  LimitRange: 'containers without limits get none any more',
  'policy/PodDisruptionBudget': 'a drain may stop all of its pods at once',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicy': 'the API server does not enforce it any more',
  'admissionregistration.k8s.io/ValidatingAdmissionPolicyBinding':
    'the API server does not enforce its policy any more',
  'admissionregistration.k8s.io/ValidatingWebhookConfiguration': 'its webhooks are not asked any more',
  'templates.gatekeeper.sh/ConstraintTemplate': 'its constraints are not enforced any more',
}

function guardLoss(identity: ObjectIdentity): string | undefined {
  const known = guards[groupKind(identity)]
  if (known !== undefined) return known
  if (identity.group === 'constraints.gatekeeper.sh') return 'Gatekeeper does not enforce it any more'
  const kyverno = identity.group === 'kyverno.io' || identity.group === 'policies.kyverno.io'
  return kyverno && identity.kind.endsWith('Policy') ? 'Kyverno does not enforce it any more' : undefined
}

/** A class without reclaimPolicy deletes (the API server's default). */
function claimLoss(object: JsonObject, classOf: StorageClassOf): string {
  const size = textAt(object, 'spec', 'resources', 'requests', 'storage')
  const data = size === undefined ? 'its data' : `its data (${size})`
  const name = textAt(object, 'spec', 'storageClassName')
  const known = name === undefined ? undefined : classOf(name)
  if (known === undefined) return `${data} is lost unless the storage class retains volumes`
  return textAt(known, 'reclaimPolicy') === 'Retain'
    ? `the storage class ${name ?? ''} retains the volume, released and out of reach of a new claim`
    : `the storage class ${name ?? ''} deletes the volume, ${data} is lost`
}

function volumeLoss(object: JsonObject): string {
  return textAt(object, 'spec', 'persistentVolumeReclaimPolicy') === 'Delete'
    ? 'the storage behind it is deleted as well'
    : 'the storage behind it stays, but no claim reaches it any more'
}

function statefulSetLoss(object: JsonObject): string {
  const templates = at(object, 'spec', 'volumeClaimTemplates')
  const names = Array.isArray(templates) ? (templates as readonly Json[]).filter(isJsonObject).length : 0
  if (names === 0) return 'its pods stop'
  return textAt(object, 'spec', 'persistentVolumeClaimRetentionPolicy', 'whenDeleted') === 'Delete'
    ? 'its pods stop, and the claims that it made are deleted with their data'
    : 'its pods stop; the claims that it made stay'
}
