import { identityKey, type RenderedObject } from '../model/object.ts'
import { withoutHashSuffix } from './hash-suffix.ts'

/** Old and new of one object; at least one is there. */
export interface ObjectPair {
  readonly old?: RenderedObject
  readonly new?: RenderedObject
}

/**
 * Pairs the objects of one target by identity, then ConfigMaps and Secrets whose names differ only by the hash that
 * kustomize's generators append. The API version is no part of an identity: `apps/v1beta1` to `apps/v1` is an update.
 * Of two objects with one identity on a side the last wins, as it does when they are applied in order.
 */
export function pairObjects(
  old: readonly RenderedObject[],
  next: readonly RenderedObject[],
): readonly ObjectPair[] {
  const before = byIdentity(old)
  const after = byIdentity(next)
  const pairs: ObjectPair[] = []
  const deleted: RenderedObject[] = []
  const created: RenderedObject[] = []
  for (const [key, object] of before) {
    const counterpart = after.get(key)
    if (counterpart === undefined) deleted.push(object)
    else pairs.push({ old: object, new: counterpart })
  }
  for (const [key, object] of after) if (!before.has(key)) created.push(object)

  const generatedBefore = byBaseName(deleted)
  const generatedAfter = byBaseName(created)
  for (const object of deleted) {
    if (generatedCounterpart(object, generatedBefore, generatedAfter) === undefined)
      pairs.push({ old: object })
  }
  for (const object of created) {
    const counterpart = generatedCounterpart(object, generatedAfter, generatedBefore)
    pairs.push(counterpart === undefined ? { new: object } : { old: counterpart, new: object })
  }
  return pairs
}

function byIdentity(objects: readonly RenderedObject[]): Map<string, RenderedObject> {
  return new Map(objects.map((object) => [identityKey(object.identity), object]))
}

/** Objects with a generated name by the name without its hash. */
function byBaseName(objects: readonly RenderedObject[]): Map<string, RenderedObject[]> {
  const groups = new Map<string, RenderedObject[]>()
  for (const object of objects) {
    const key = baseKey(object)
    if (key === undefined) continue
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [object])
    else group.push(object)
  }
  return groups
}

function baseKey({ identity }: RenderedObject): string | undefined {
  if (identity.group !== '' || (identity.kind !== 'ConfigMap' && identity.kind !== 'Secret')) return undefined
  const name = withoutHashSuffix(identity.name)
  return name === undefined ? undefined : identityKey({ ...identity, name })
}

/** The only object of the other side with the same base name; with several on a side nobody can say which is which. */
function generatedCounterpart(
  object: RenderedObject,
  own: ReadonlyMap<string, readonly RenderedObject[]>,
  other: ReadonlyMap<string, readonly RenderedObject[]>,
): RenderedObject | undefined {
  const key = baseKey(object)
  if (key === undefined || own.get(key)?.length !== 1) return undefined
  const candidates = other.get(key)
  return candidates?.length === 1 ? candidates[0] : undefined
}
