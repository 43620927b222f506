import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'

/** Maps merge, everything else is replaced (fluxcd/pkg/chartutil MergeMaps). */
export function mergeValues(a: JsonObject, b: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...a }
  for (const [key, value] of Object.entries(b)) {
    const old = merged[key]
    merged[key] = isJsonObject(old) && isJsonObject(value) ? mergeValues(old, value) : value
  }
  return merged
}
