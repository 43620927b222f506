import type { PathStep } from '../engine/api.ts'
import { matchLists } from '../compare/list-keys.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { elementPath, valueAt } from './schema/path.ts'

/**
 * The steps of a path as the API server writes it: `spec.containers[0].ports[1].name`, `data[tls.key]`. Whether a
 * bracket holds a position or a key is read off the object.
 */
export function fieldSteps(object: JsonObject, path: string): readonly PathStep[] {
  const steps: PathStep[] = []
  let at = 0
  while (at < path.length) {
    if (path[at] === '.') {
      at += 1
      continue
    }
    if (path[at] === '[') {
      const close = path.indexOf(']', at)
      const inner = path.slice(at + 1, close < 0 ? path.length : close)
      const isPosition = Array.isArray(valueAt(object, steps)) && /^[0-9]{1,9}$/.test(inner)
      if (inner !== '') steps.push(isPosition ? Number(inner) : inner)
      at = close < 0 ? path.length : close + 1
      continue
    }
    const rest = path.slice(at).search(/[.[]/)
    const plain = path.slice(at, rest < 0 ? path.length : at + rest)
    const name = dottedKey(valueAt(object, steps), plain, path.slice(at)) ?? plain
    steps.push(name)
    at += name.length
  }
  return steps
}

/** Some paths have keys of maps as they are (`annotations.kubernetes.io/ingress.class`): the longest that the object has. */
function dottedKey(value: Json | undefined, plain: string, rest: string): string | undefined {
  if (!isJsonObject(value) || Object.hasOwn(value, plain)) return undefined
  return Object.keys(value)
    .filter((key) => key.includes('.') && rest.startsWith(key) && /^(?:$|[.[])/.test(rest.slice(key.length)))
    .sort((a, b) => b.length - a.length)[0]
}

/** A server's path without positions, for fingerprints: `spec.containers[name=api].ports[containerPort=80].name`. */
export function elementOf(object: JsonObject, path: string): string {
  return elementPath(object, fieldSteps(object, path), (list) => {
    const value = valueAt(object, list)
    const field = list.at(-1)
    return Array.isArray(value) ? keysOf(value as readonly Json[], field) : undefined
  })
}

type Keys = readonly string[] | undefined

/** Keys of lists that were asked for: with ten thousand findings in a list its entries are compared once. */
const known = new WeakMap<readonly Json[], Map<PathStep | undefined, Keys>>()

function keysOf(entries: readonly Json[], field: PathStep | undefined): Keys {
  let ofList = known.get(entries)
  if (ofList === undefined) known.set(entries, (ofList = new Map<PathStep | undefined, Keys>()))
  if (ofList.has(field)) return ofList.get(field)
  const matching = matchLists(typeof field === 'string' ? field : undefined, entries, entries)
  const keys = matching.by === 'keys' ? matching.keys : undefined
  ofList.set(field, keys)
  return keys
}

/** A text at a path of keys; undefined when something else stands there. */
export function textAt(object: Json | undefined, ...keys: readonly string[]): string | undefined {
  const value = at(object, ...keys)
  return typeof value === 'string' ? value : undefined
}

/** The value at a path of keys. */
export function at(object: Json | undefined, ...keys: readonly string[]): Json | undefined {
  let value = object
  for (const key of keys) value = isJsonObject(value) && Object.hasOwn(value, key) ? value[key] : undefined
  return value
}
