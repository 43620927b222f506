import { stringify } from 'yaml'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { objectOf } from './equal.ts'

/** Keys that people expect first; the others follow by name. */
const leading = ['apiVersion', 'kind', 'metadata', 'name', 'namespace', 'type', 'spec', 'data', 'stringData']

/**
 * An object as YAML for people, with keys in one order on both sides. Nothing reads it again: duplicate anchors and
 * folding are off so that equal values have equal text.
 */
export function yamlText(object: JsonObject): string {
  return stringify(orderKeys(object), { lineWidth: 0, aliasDuplicateObjects: false })
}

function orderKeys(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(orderKeys)
  if (!isJsonObject(value)) return value
  const keys = Object.keys(value).sort(compareKeys)
  return objectOf(keys.map((key) => [key, orderKeys(value[key] ?? null)]))
}

function compareKeys(a: string, b: string): number {
  const left = leading.indexOf(a)
  const right = leading.indexOf(b)
  if (left >= 0 || right >= 0)
    return (left < 0 ? leading.length : left) - (right < 0 ? leading.length : right)
  return a < b ? -1 : a > b ? 1 : 0
}
