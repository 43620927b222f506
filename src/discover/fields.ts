/** Reading fields of objects whose shape nobody has checked yet: a wrong type reads as absent. */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'

export function field(value: Json | undefined, ...path: readonly string[]): Json | undefined {
  let at = value
  for (const key of path) {
    if (!isJsonObject(at) || !Object.hasOwn(at, key)) return undefined
    at = at[key]
  }
  return at
}

export function textAt(value: Json | undefined, ...path: readonly string[]): string | undefined {
  const found = field(value, ...path)
  return typeof found === 'string' ? found : undefined
}

export function flagAt(value: Json | undefined, ...path: readonly string[]): boolean | undefined {
  const found = field(value, ...path)
  return typeof found === 'boolean' ? found : undefined
}

export function objectAt(value: Json | undefined, ...path: readonly string[]): JsonObject | undefined {
  const found = field(value, ...path)
  return isJsonObject(found) ? found : undefined
}

export function listAt(value: Json | undefined, ...path: readonly string[]): readonly Json[] {
  const found = field(value, ...path)
  return Array.isArray(found) ? (found as readonly Json[]) : []
}

export function objectsAt(value: Json | undefined, ...path: readonly string[]): readonly JsonObject[] {
  return listAt(value, ...path).filter(isJsonObject)
}

/** Strings of a list; numbers and booleans are left out, as the tools refuse them. */
export function textsAt(value: Json | undefined, ...path: readonly string[]): readonly string[] {
  return listAt(value, ...path).filter((item): item is string => typeof item === 'string')
}

/** Values of a map of texts; numbers and booleans become texts, as sigs.k8s.io/yaml reads them into Go's type. */
export function textMapAt(value: Json | undefined, ...path: readonly string[]): Record<string, string> {
  const found = objectAt(value, ...path)
  const map: Record<string, string> = {}
  for (const [key, item] of Object.entries(found ?? {})) {
    const text = scalarText(item)
    if (text !== undefined) map[key] = text
  }
  return map
}

/** Scalars as Go prints them in templates and flags; undefined for null, lists and maps. */
export function scalarText(value: Json | undefined): string | undefined {
  if (typeof value === 'string') return value
  if (typeof value === 'number' || typeof value === 'boolean') return String(value)
  return undefined
}
