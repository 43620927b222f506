/** Cases made of valid objects: creates and updates in equal parts, every kind with about the same weight. */
import type { JsonObject } from '../../src/model/json.ts'
import { copy, grouped, kindOf, metadataOf, text, type Case } from './case.ts'
import { mutate, random } from './mutations.ts'

/** Objects of one kind that are mutated; more would all be Deployments. */
const perKind = 12

/**
 * Kinds that change what the server does with all other objects as soon as one really exists; or, namespaces, that
 * never go away where no controller runs. Their updates are not judged here.
 */
const neverStored = new Set([
  'APIService',
  'CustomResourceDefinition',
  'FlowSchema',
  'LimitRange',
  'MutatingAdmissionPolicy',
  'MutatingAdmissionPolicyBinding',
  'MutatingWebhookConfiguration',
  'Namespace',
  'PriorityClass',
  'PriorityLevelConfiguration',
  'ResourceQuota',
  'RuntimeClass',
  'ServiceCIDR',
  'ValidatingAdmissionPolicy',
  'ValidatingAdmissionPolicyBinding',
  'ValidatingWebhookConfiguration',
])

/** `count` creates, `count` server-side applies of new objects, `count` updates. */
export function mutated(valid: readonly JsonObject[], count: number, seed: number): Case[] {
  const kinds = [...grouped(valid.map(plain), kindOf).values()].map((objects) => objects.slice(0, perKind))
  const stored = kinds.filter(([first = {}]) => !neverStored.has(text(first['kind'])))
  return [
    ...series(kinds, count, seed, 'create'),
    ...series(stored, Math.ceil(count / 2), seed + 1, 'apply'),
    ...series(stored, count, seed + 2, 'update'),
  ]
}

function series(
  kinds: JsonObject[][],
  count: number,
  seed: number,
  way: 'create' | 'apply' | 'update',
): Case[] {
  const next = random(seed)
  const built = kinds.length === 0 ? 0 : count
  return Array.from({ length: built }, (_, index): Case => {
    const members = kinds[index % kinds.length] ?? []
    const valid = members[Math.floor(next() * members.length)] ?? {}
    const { object, what } = mutate(valid, next, way !== 'create')
    const id = `mutation/${way}/${index} ${kindOf(valid)}: ${what}`
    const custom =
      /\.(?:k8s\.)?io\/.*/.test(text(valid['apiVersion'])) && !builtin.test(text(valid['apiVersion']))
    const set = custom ? 'mutations of custom resources' : 'mutations of built-in kinds'
    const by = way === 'create' ? 'create' : 'server-side apply'
    return { id, set, object, by, ...(way === 'update' ? { old: valid } : {}) }
  })
}

const builtin =
  /^(?:apiregistration|apiextensions|admissionregistration|authentication|authorization|certificates|coordination|discovery|events|flowcontrol\.apiserver|networking|node|policy|rbac\.authorization|resource|scheduling|storage)\.k8s\.io\//

/** Without what keeps an object from being removed, or marks it as another's. */
function plain(object: JsonObject): JsonObject {
  const changed = copy(object)
  const metadata = metadataOf(changed)
  for (const key of [
    'finalizers',
    'ownerReferences',
    'managedFields',
    'uid',
    'resourceVersion',
    'creationTimestamp',
  ])
    Reflect.deleteProperty(metadata, key)
  Reflect.deleteProperty(changed, 'status')
  return changed
}
