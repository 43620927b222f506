/**
 * What mutating plugins that every API server runs write into objects before validating policies see them:
 * DefaultTolerationSeconds and StorageObjectInUseProtection (plugin/pkg/admission of k8s.io/kubernetes). Priority and
 * ServiceAccount's name are the engine's; what the plugins draw by chance or read from the cluster is nobody's.
 */
import type { AdmissionWrite } from '../../engine/api.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { groupKind } from '../../model/object.ts'
import { textAt } from '../field-steps.ts'
import type { ChangeWrite } from '../writes.ts'

/** The write with both objects as the plugins leave them: the old one went through them when it was written. */
export function afterPlugins({ change, write }: ChangeWrite): AdmissionWrite {
  const complete = completions[groupKind(change.identity)]
  if (complete === undefined) return write
  const { object, old } = write
  return {
    ...write,
    ...(object === undefined ? {} : { object: complete(object) }),
    ...(old === undefined ? {} : { old: complete(old) }),
  }
}

const completions: Readonly<Partial<Record<string, (object: JsonObject) => JsonObject>>> = {
  Pod: withTolerations,
  PersistentVolumeClaim: (claim) => withFinalizer(claim, 'kubernetes.io/pvc-protection'),
  PersistentVolume: (volume) => withFinalizer(volume, 'kubernetes.io/pv-protection'),
}

/** Taints that evict a pod after five minutes unless it says otherwise (k8s.io/api/core/v1 well_known_taints.go). */
const evicting = ['node.kubernetes.io/not-ready', 'node.kubernetes.io/unreachable'] as const

function withTolerations(pod: JsonObject): JsonObject {
  const spec = pod['spec']
  if (!isJsonObject(spec)) return pod
  const given = spec['tolerations'] ?? []
  // What has another type is refused before any plugin.
  if (!Array.isArray(given) || !(given as readonly Json[]).every(isJsonObject)) return pod
  const missing = evicting.filter(
    (key) => !(given as readonly JsonObject[]).some((one) => tolerates(one, key)),
  )
  if (missing.length === 0) return pod
  const added = missing.map((key) => ({
    key,
    operator: 'Exists',
    effect: 'NoExecute',
    tolerationSeconds: 300,
  }))
  return { ...pod, spec: { ...spec, tolerations: [...(given as readonly JsonObject[]), ...added] } }
}

function tolerates(toleration: JsonObject, taint: string): boolean {
  const [key, effect] = [textAt(toleration, 'key') ?? '', textAt(toleration, 'effect') ?? '']
  return (key === taint || key === '') && (effect === 'NoExecute' || effect === '')
}

function withFinalizer(object: JsonObject, finalizer: string): JsonObject {
  const metadata = object['metadata']
  if (!isJsonObject(metadata)) return object
  const given = metadata['finalizers'] ?? []
  if (!Array.isArray(given) || (given as readonly Json[]).includes(finalizer)) return object
  return { ...object, metadata: { ...metadata, finalizers: [...(given as readonly Json[]), finalizer] } }
}
