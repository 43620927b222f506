import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { ownValue } from './equal.ts'

/** Fields of a Secret whose values are secret; of `SealedSecret`, `ExternalSecret` and the like they are not values. */
const valueFields = ['data', 'stringData'] as const

/**
 * True for Secrets and for everything that looks like one: a kind that ends in `Secret`, in any spelling, with values
 * under `data` or `stringData` (threats.md, T48). A SealedSecret's `spec.encryptedData` is ciphertext, and an
 * ExternalSecret's `spec.data` are references.
 */
export function isSecretLike(object: JsonObject): boolean {
  const kind = ownValue(object, 'kind')
  if (typeof kind !== 'string' || !/secret$/i.test(kind)) return false
  return kind === 'Secret' || valueFields.some((field) => isJsonObject(ownValue(object, field)))
}

/** True for the first step of a path into a Secret under which values stand. */
export function isValueField(step: unknown): boolean {
  return valueFields.some((field) => field === step)
}

/** Keys and values of a Secret: `data` and `stringData` together, the latter wins as it does in the API server. */
export function secretValues(object: JsonObject): ReadonlyMap<string, Json> {
  const values = new Map<string, Json>()
  for (const field of valueFields) {
    const map = ownValue(object, field)
    if (isJsonObject(map)) for (const [key, value] of Object.entries(map)) values.set(key, value)
  }
  return values
}

/** Every Secret inside a value: the object itself, items of Lists, manifests within manifests. */
export function* secretsIn(value: Json): Generator<JsonObject> {
  if (Array.isArray(value)) {
    for (const entry of value as readonly Json[]) yield* secretsIn(entry)
    return
  }
  if (!isJsonObject(value)) return
  if (isSecretLike(value)) yield value
  for (const entry of Object.values(value)) {
    if (typeof entry === 'object' && entry !== null) yield* secretsIn(entry)
  }
}
