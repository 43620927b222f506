/** Field paths: as people and the API server write them, and as fingerprints need them. */
import type { PathStep } from '../../engine/api.ts'
import type { Json } from '../../model/json.ts'
import { isJsonObject } from '../../model/json.ts'

/** Names that can stand after a dot; others go into brackets, as the server writes map keys. */
const plainName = /^[A-Za-z_$][\w$-]*$/

/** `spec.template.spec.containers[0].image`, `metadata.annotations[example.com/owner]`. */
export function formatPath(steps: readonly PathStep[]): string {
  return joinSteps(steps, (index) => `[${index}]`)
}

/**
 * The path without positions, for fingerprints: `spec.containers[name=api].image`. Elements are named by the keys that
 * the schema gives them, else by their name; those that have neither are all called `[*]`, and never by a value.
 * @param keysAt keys of the list at a path of the object, where a schema says them
 */
export function elementPath(
  object: Json,
  steps: readonly PathStep[],
  keysAt: (list: readonly PathStep[]) => readonly string[] | undefined,
): string {
  let value: Json | undefined = object
  const names = new Map<number, string>()
  steps.forEach((step, depth) => {
    if (typeof step === 'number') {
      const element = Array.isArray(value) ? (value as readonly Json[])[step] : undefined
      names.set(depth, elementName(element, keysAt(steps.slice(0, depth)) ?? ['name']))
      value = element
    } else {
      value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
    }
  })
  return joinSteps(steps, (_, depth) => `[${names.get(depth) ?? '*'}]`)
}

function elementName(element: Json | undefined, keys: readonly string[]): string {
  if (!isJsonObject(element)) return '*'
  const parts = keys.flatMap((key) => {
    const value = Object.hasOwn(element, key) ? element[key] : undefined
    return typeof value === 'string' || typeof value === 'number' ? [`${key}=${value}`] : []
  })
  return parts.length === 0 ? '*' : parts.join(',')
}

function joinSteps(steps: readonly PathStep[], element: (index: number, depth: number) => string): string {
  let path = ''
  steps.forEach((step, depth) => {
    if (typeof step === 'number') path += element(step, depth)
    else if (plainName.test(step)) path += path === '' ? step : `.${step}`
    else path += `[${step}]`
  })
  return path
}

/** Steps of a JSON pointer into an object; which tokens are indexes is read off the object itself. */
export function pointerSteps(object: Json, pointer: string): PathStep[] {
  let value: Json | undefined = object
  return pointer
    .split('/')
    .slice(1)
    .map((token) => {
      const name = token.replaceAll('~1', '/').replaceAll('~0', '~')
      if (Array.isArray(value)) {
        value = (value as readonly Json[])[Number(name)]
        return Number(name)
      }
      value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
      return name
    })
}

/** The value at a path; undefined where there is none. */
export function valueAt(object: Json, steps: readonly PathStep[]): Json | undefined {
  let value: Json | undefined = object
  for (const step of steps) {
    if (typeof step === 'number') value = Array.isArray(value) ? (value as readonly Json[])[step] : undefined
    else value = isJsonObject(value) && Object.hasOwn(value, step) ? value[step] : undefined
  }
  return value
}
