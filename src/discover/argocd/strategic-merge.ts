import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'

const directive = '$patch'

/**
 * A strategic merge over a type without merge keys (apimachinery strategicpatch, mergeMap): maps merge, lists and
 * scalars are replaced, null removes. `$patch: replace` and `delete` mean the map that they stand in; of what the object
 * does not have yet, a map with a directive is left out.
 * @returns undefined for a directive that nobody knows
 */
export function strategicMerge(original: JsonObject, patch: JsonObject): JsonObject | undefined {
  if (Object.hasOwn(patch, directive)) {
    const { [directive]: wanted, ...rest } = patch
    return wanted === 'replace' ? rest : wanted === 'delete' ? {} : undefined
  }
  const merged: Record<string, Json> = { ...original }
  for (const [key, value] of Object.entries(patch)) {
    const old = merged[key]
    if (value === null) Reflect.deleteProperty(merged, key)
    else if (isJsonObject(old) && isJsonObject(value)) {
      const inner = strategicMerge(old, value)
      if (inner === undefined) return undefined
      merged[key] = inner
    } else if (Array.isArray(old) && Array.isArray(value)) merged[key] = value
    else {
      const added = withoutDirectives(value)
      if (added === undefined) Reflect.deleteProperty(merged, key)
      else merged[key] = added
    }
  }
  return merged
}

/** A value that the object gets from the patch alone: no nulls, and no map with a directive. */
function withoutDirectives(value: Json): Json | undefined {
  if (Array.isArray(value))
    return (value as readonly Json[]).flatMap((item) => {
      const kept = withoutDirectives(item)
      return kept === undefined ? [] : [kept]
    })
  if (!isJsonObject(value)) return value
  if (Object.hasOwn(value, directive)) return undefined
  return Object.fromEntries(
    Object.entries(value).flatMap(([key, item]) => {
      const kept = item === null ? undefined : withoutDirectives(item)
      return kept === undefined ? [] : [[key, kept]]
    }),
  )
}
