import { carryExact, exactOf, stringifyExact } from '../model/exact-numbers.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'

/** Deep equality of JSON values: the order of keys does not count, the order of lists does, `1` and `"1"` differ. */
export function equalJson(a: Json | undefined, b: Json | undefined): boolean {
  if (a === b) return true
  if (Array.isArray(a)) {
    const left = a as readonly Json[]
    if (!Array.isArray(b)) return false
    const right = b as readonly Json[]
    return left.length === right.length && left.every((_, index) => equalAt(left, right, index))
  }
  if (!isJsonObject(a) || !isJsonObject(b)) return false
  const keys = Object.keys(a)
  if (keys.length !== Object.keys(b).length) return false
  return keys.every((key) => Object.hasOwn(b, key) && equalAt(a, b, key))
}

/** As {@link equalJson} for what stands under one key of two maps or lists: there the digits of large integers are known. */
export function equalAt<Holder extends JsonObject | readonly Json[]>(
  a: Holder,
  b: Holder,
  key: keyof Holder & (string | number),
): boolean {
  return equalJson(a[key] as Json, b[key] as Json) && exactOf(a, key) === exactOf(b, key)
}

/** One text for equal values: keys sorted by UTF-16 units, so that it serves as a map's key. */
export function canonicalJson(value: Json): string {
  return stringifyExact(sortKeys(value))
}

/** The value of an own key. `constructor` and the like are never found on the prototype (threats.md, Y29). */
export function ownValue(object: JsonObject, key: string): Json | undefined {
  return Object.hasOwn(object, key) ? object[key] : undefined
}

function sortKeys(value: Json): Json {
  if (Array.isArray(value)) return carryExact(value, (value as readonly Json[]).map(sortKeys))
  if (!isJsonObject(value)) return value
  return carryExact(
    value,
    objectOf(
      Object.keys(value)
        .sort()
        .map((key) => [key, sortKeys(value[key] ?? null)]),
    ),
  )
}

/** An object of entries in which even `__proto__` is an ordinary key. */
export function objectOf(entries: Iterable<readonly [string, Json]>): JsonObject {
  return Object.fromEntries<Json>(entries)
}
