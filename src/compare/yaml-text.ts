import { stringify } from 'yaml'
import { exactOf } from '../model/exact-numbers.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'

/** Keys that people expect first; the others follow by name. */
const leading = ['apiVersion', 'kind', 'metadata', 'name', 'namespace', 'type', 'spec', 'data', 'stringData']

/**
 * An object as YAML for people, with keys in one order on both sides. Nothing reads it again: duplicate anchors and
 * folding are off so that equal values have equal text.
 */
export function yamlText(object: JsonObject): string {
  return stringify(orderKeys(object), { lineWidth: 0, aliasDuplicateObjects: false })
}

/** What is written: integers with more digits than a number holds are BigInts here and nowhere else. */
type Written = Json | bigint | readonly Written[] | { readonly [key: string]: Written }

function orderKeys(value: Json): Written {
  if (Array.isArray(value)) {
    const list = value as readonly Json[]
    return list.map((item, index) => exactInteger(list, index, item) ?? orderKeys(item))
  }
  if (!isJsonObject(value)) return value
  const keys = Object.keys(value).sort(compareKeys)
  return Object.fromEntries<Written>(
    keys.map((key) => [key, exactInteger(value, key, value[key]) ?? orderKeys(value[key] ?? null)]),
  )
}

function exactInteger(
  holder: JsonObject | readonly Json[],
  key: string | number,
  value: Json | undefined,
): bigint | undefined {
  const exact = typeof value === 'number' ? exactOf(holder, key) : undefined
  return exact === undefined ? undefined : BigInt(exact)
}

function compareKeys(a: string, b: string): number {
  const left = leading.indexOf(a)
  const right = leading.indexOf(b)
  if (left >= 0 || right >= 0)
    return (left < 0 ? leading.length : left) - (right < 0 ? leading.length : right)
  return a < b ? -1 : a > b ? 1 : 0
}
