/**
 * What admission plugins that every API server runs say of a write because of other objects, as far as those are known:
 * PersistentVolumeClaimResize and Priority (plugin/pkg/admission of k8s.io/kubernetes). Where the cluster may hold what the
 * repository does not, nothing is said. Node ports outside of the default range are a hint: few clusters have another.
 */
import type { Json, JsonObject } from '../../model/json.ts'
import { groupKind } from '../../model/object.ts'
import { quantityOf } from '../../model/quantity.ts'
import { at, elementOf, textAt } from '../field-steps.ts'
import type { Found } from '../judgement.ts'
import type { ChangeWrite } from '../writes.ts'
import type { ClassesOf } from './classes.ts'

interface Refusal {
  readonly path: string
  readonly message: string
  readonly remedy: string
  /** `admission/Forbidden`, required, unless it says otherwise. */
  readonly hint?: 'admission/node-port-range'
}

/** Refusals of writes, in their order. */
export function refusedByPlugins(writes: readonly ChangeWrite[], classesOf: ClassesOf): readonly Found[] {
  return writes.flatMap((one) => {
    const refusal = refusalOf(one, classesOf)
    if (refusal === undefined) return []
    const { change, object } = one
    const { path, message, remedy, hint } = refusal
    return [
      {
        object,
        finding: {
          path,
          message,
          remedy,
          source: 'admission' as const,
          rule: hint ?? 'admission/Forbidden',
          level: hint === undefined ? ('required' as const) : ('advisory' as const),
          severity: hint === undefined ? ('high' as const) : ('low' as const),
          object: change.identity,
          target: change.target,
          element: elementOf(object.object, path),
        },
      },
    ]
  })
}

function refusalOf(one: ChangeWrite, classesOf: ClassesOf): Refusal | undefined {
  const { operation } = one.write
  switch (groupKind(one.change.identity)) {
    case 'PersistentVolumeClaim':
      return operation === 'UPDATE' ? grownClaim(one, classesOf) : undefined
    case 'Pod':
      return operation === 'CREATE' ? unwantedPriority(one, classesOf) : undefined
    case 'Service':
      return operation === 'DELETE' ? undefined : unusualNodePort(one.write.object)
    default:
      return undefined
  }
}

const request = ['spec', 'resources', 'requests', 'storage'] as const

function grownClaim({ change, write }: ChangeWrite, classesOf: ClassesOf): Refusal | undefined {
  const [before, after] = [write.old, write.object].map((side) => quantityOf(at(side, ...request)))
  const name = classOf(write.object)
  if (before === undefined || after === undefined || after <= before) return undefined
  // Without a name it is what the cluster's default was when the claim came.
  if (name === undefined || classOf(write.old) !== name) return undefined
  const known = name === '' ? undefined : classesOf(change.target, 'StorageClass', name)
  if (name !== '' && (known === undefined || at(known, 'allowVolumeExpansion') === true)) return undefined
  return {
    path: request.join('.'),
    message: `only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize${name === '' ? '' : `: StorageClass ${name} has no allowVolumeExpansion: true`}`,
    remedy:
      name === ''
        ? 'Keep the size: a volume that was made by hand is not grown by its claim.'
        : `Set allowVolumeExpansion: true on StorageClass ${name} if its driver can expand volumes, or keep the size.`,
  }
}

/** GetPersistentVolumeClaimClass of k8s.io/kubernetes/pkg/apis/core/helper. */
function classOf(claim: JsonObject | undefined): string | undefined {
  return (
    textAt(claim, 'metadata', 'annotations', 'volume.beta.kubernetes.io/storage-class') ??
    textAt(claim, 'spec', 'storageClassName')
  )
}

/** Classes that every API server makes itself (pkg/apis/scheduling/v1 SystemPriorityClasses). */
const systemPriorities: Readonly<Record<string, number>> = {
  'system-cluster-critical': 2_000_000_000,
  'system-node-critical': 2_000_001_000,
}

/** Of templates nobody asks: the pods that come of them are refused then, which their controllers report. */
function unwantedPriority({ change, write }: ChangeWrite, classesOf: ClassesOf): Refusal | undefined {
  const pod = write.object
  const given = at(pod, 'spec', 'priority')
  const policy = textAt(pod, 'spec', 'preemptionPolicy')
  if (typeof given !== 'number' && policy === undefined) return undefined
  const name = textAt(pod, 'spec', 'priorityClassName') ?? ''
  const computed = computedPriority(name, change.target, classesOf)
  if (computed === undefined) return undefined
  if (typeof given === 'number' && given !== computed.value)
    return {
      path: 'spec.priority',
      message: `the integer value of priority (${given}) must not be provided in pod spec; priority admission controller computed ${computed.value} from the given PriorityClass name`,
      remedy: 'Remove spec.priority and name a PriorityClass in spec.priorityClassName.',
    }
  if (policy === undefined || policy === computed.policy) return undefined
  return {
    path: 'spec.preemptionPolicy',
    message: `the string value of PreemptionPolicy (${policy}) must not be provided in pod spec; priority admission controller computed ${computed.policy} from the given PriorityClass name`,
    remedy: 'Remove spec.preemptionPolicy: it is that of the PriorityClass.',
  }
}

/** Undefined for a class that is not here; without a name it is the default of the classes that are, else zero. */
function computedPriority(
  name: string,
  target: string,
  classesOf: ClassesOf,
): { readonly value: number; readonly policy: string } | undefined {
  const system = Object.hasOwn(systemPriorities, name) ? systemPriorities[name] : undefined
  if (system !== undefined) return { value: system, policy: preempts }
  const known =
    name === ''
      ? classesOf(target, 'PriorityClass', (one) => at(one, 'globalDefault') === true)
      : classesOf(target, 'PriorityClass', name)
  if (known === undefined) return name === '' ? { value: 0, policy: preempts } : undefined
  const value = at(known, 'value')
  return typeof value === 'number' || value === undefined
    ? { value: value ?? 0, policy: textAt(known, 'preemptionPolicy') ?? preempts }
    : undefined
}

const preempts = 'PreemptLowerPriority'

/** `--service-node-port-range` of kube-apiserver when nobody sets it (DefaultServiceNodePortRange). */
const nodePorts = { first: 30000, last: 32767 }

function unusualNodePort(service: JsonObject | undefined): Refusal | undefined {
  const type = textAt(service, 'spec', 'type')
  const ports = at(service, 'spec', 'ports')
  if ((type !== 'NodePort' && type !== 'LoadBalancer') || !Array.isArray(ports)) return undefined
  const given = (ports as readonly Json[]).map((entry) => at(entry, 'nodePort'))
  const index = given.findIndex(
    (port) => typeof port === 'number' && port !== 0 && (port < nodePorts.first || port > nodePorts.last),
  )
  if (index < 0) return undefined
  const { first, last } = nodePorts
  return {
    hint: 'admission/node-port-range',
    path: `spec.ports[${index}].nodePort`,
    message: `the range of valid ports is ${first}-${last}, unless the API server is started with another --service-node-port-range: outside of it the Service is refused`,
    remedy: `Use a port from ${first} to ${last}, or leave nodePort out to be given one.`,
  }
}
