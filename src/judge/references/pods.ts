import { below, entriesOf, named, textOf, type Place, type Reference } from './reference.ts'

/** Where each workload kind holds its pod: core/v1, apps/v1 and batch/v1. */
const podSpecs: Readonly<Record<string, readonly string[]>> = {
  Pod: ['spec'],
  PodTemplate: ['template', 'spec'],
  ReplicationController: ['spec', 'template', 'spec'],
  'apps/Deployment': ['spec', 'template', 'spec'],
  'apps/StatefulSet': ['spec', 'template', 'spec'],
  'apps/DaemonSet': ['spec', 'template', 'spec'],
  'apps/ReplicaSet': ['spec', 'template', 'spec'],
  'batch/Job': ['spec', 'template', 'spec'],
  'batch/CronJob': ['spec', 'jobTemplate', 'spec', 'template', 'spec'],
}

/** @param groupKind `group/Kind`, `Kind` for the core group */
export function podReferences(groupKind: string, object: Place, namespace: string): readonly Reference[] {
  const path = Object.hasOwn(podSpecs, groupKind) ? podSpecs[groupKind] : undefined
  if (path === undefined) return []
  const pod = below(object, ...path)
  // `serviceAccount` is the old name of the field; the server keeps both alike.
  const account = textOf(pod, 'serviceAccountName') === '' ? 'serviceAccount' : 'serviceAccountName'
  return [
    ...named('ServiceAccount', namespace, pod, account),
    ...entriesOf(below(pod, 'imagePullSecrets')).flatMap((one) => named('Secret', namespace, one)),
    ...['initContainers', 'containers', 'ephemeralContainers'].flatMap((field) =>
      entriesOf(below(pod, field)).flatMap((one) => containerReferences(one, namespace)),
    ),
    ...entriesOf(below(pod, 'volumes')).flatMap((one) => volumeReferences(one, namespace)),
  ]
}

function containerReferences(container: Place, namespace: string): Reference[] {
  return [
    ...entriesOf(below(container, 'env')).flatMap((variable) => [
      ...named('ConfigMap', namespace, below(variable, 'valueFrom', 'configMapKeyRef')),
      ...named('Secret', namespace, below(variable, 'valueFrom', 'secretKeyRef')),
    ]),
    ...entriesOf(below(container, 'envFrom')).flatMap((source) => [
      ...named('ConfigMap', namespace, below(source, 'configMapRef')),
      ...named('Secret', namespace, below(source, 'secretRef')),
    ]),
  ]
}

function volumeReferences(volume: Place, namespace: string): Reference[] {
  return [
    ...named('ConfigMap', namespace, below(volume, 'configMap')),
    ...named('Secret', namespace, below(volume, 'secret'), 'secretName'),
    ...named('PersistentVolumeClaim', namespace, below(volume, 'persistentVolumeClaim'), 'claimName'),
    ...named('Secret', namespace, below(volume, 'csi', 'nodePublishSecretRef')),
    ...entriesOf(below(volume, 'projected', 'sources')).flatMap((source) => [
      ...named('ConfigMap', namespace, below(source, 'configMap')),
      ...named('Secret', namespace, below(source, 'secret')),
    ]),
  ]
}
