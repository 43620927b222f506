import type { PathStep } from '../../engine/api.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'

/** One object that names another one which has to be there. References marked `optional: true` are none. */
export interface Reference {
  readonly group: string
  readonly kind: string
  /** Empty for cluster-scoped kinds. */
  readonly namespace: string
  readonly name: string
  /** Where the name stands in the object that refers. */
  readonly steps: readonly PathStep[]
}

/** A value with the way to it, so that extraction reads like the path that people write. */
export interface Place {
  readonly value: Json | undefined
  readonly steps: readonly PathStep[]
}

/** The place at a path of keys below another. */
export function below({ value, steps }: Place, ...keys: readonly string[]): Place {
  let found = value
  for (const key of keys) found = isJsonObject(found) && Object.hasOwn(found, key) ? found[key] : undefined
  return { value: found, steps: [...steps, ...keys] }
}

/** Entries of a list; none for anything else. */
export function entriesOf({ value, steps }: Place): readonly Place[] {
  if (!Array.isArray(value)) return []
  return (value as readonly Json[]).map((entry, index) => ({ value: entry, steps: [...steps, index] }))
}

/** The text at a key; empty when there is none. */
export function textOf(place: Place, ...keys: readonly string[]): string {
  const { value } = below(place, ...keys)
  return typeof value === 'string' ? value : ''
}

/** A reference to a core kind by the name under a key; none when it is missing or marked optional. */
export function named(kind: string, namespace: string, holder: Place, key = 'name'): Reference[] {
  const name = textOf(holder, key)
  const isOptional = isJsonObject(holder.value) && holder.value['optional'] === true
  if (name === '' || isOptional) return []
  return [{ group: '', kind, namespace, name, steps: [...holder.steps, key] }]
}

/** The place of a whole object. */
export function rootOf(object: JsonObject): Place {
  return { value: object, steps: [] }
}
