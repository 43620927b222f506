import { scalarText } from './fields.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'

/** What a field of a Go type takes; `any` is raw JSON, or a type that tells nothing here. */
export type Shape =
  | 'text'
  /** A text of a struct that another one embeds: sigs.k8s.io/yaml does not find it there and converts no number. */
  | 'embedded text'
  | 'flag'
  | 'integer'
  /** `metav1.Duration`: a text that Go's time.ParseDuration takes. */
  | 'duration'
  | 'any'
  | { readonly list: Shape }
  | { readonly map: Shape }
  | { readonly fields: Readonly<Record<string, Shape>> }

export const texts: Shape = { list: 'text' }
export const textMap: Shape = { map: 'text' }
export const listOf = (fields: Readonly<Record<string, Shape>>): Shape => ({ list: { fields } })

/** What time.ParseDuration takes: numbers with units, a bare zero. */
const goDuration = /^[-+]?(?:0|(?:(?:\d+\.?\d*|\.\d+)(?:ns|us|µs|μs|ms|s|m|h))+)$/

export type Typed<T> = { readonly value: T } | { readonly error: string }

/**
 * Reads a value as Go reads it into a type: fields that the type does not have are dropped, null is absent. In JSON a number
 * is no text; `yaml` is what sigs.k8s.io/yaml makes of a file, which writes numbers and booleans into texts.
 */
export function readTyped(value: JsonObject, shape: Shape, from: 'json' | 'yaml'): Typed<JsonObject> {
  const problems: string[] = []
  const read = (at: Json, wanted: Shape, path: string): Json | undefined => {
    if (at === null || wanted === 'any') return at
    const wrong = (type: string): Json | undefined => {
      problems.push(`json: cannot unmarshal ${goKind(at)} into Go struct field ${path} of type ${type}`)
      return undefined
    }
    if (wanted === 'text' || wanted === 'embedded text') {
      if (typeof at === 'string') return at
      const scalar = from === 'yaml' && wanted === 'text' ? scalarText(at) : undefined
      return scalar ?? wrong('string')
    }
    if (wanted === 'duration') {
      if (typeof at !== 'string') return wrong('string')
      if (goDuration.test(at)) return at
      problems.push(`json: time: invalid duration ${JSON.stringify(at)} in Go struct field ${path}`)
      return undefined
    }
    if (wanted === 'flag') return typeof at === 'boolean' ? at : wrong('bool')
    if (wanted === 'integer') return Number.isInteger(at) ? at : wrong('int64')
    if ('list' in wanted) {
      if (!Array.isArray(at)) return wrong('slice')
      return (at as readonly Json[]).map(
        (item) => read(item ?? zeroOf(wanted.list), wanted.list, path) ?? null,
      )
    }
    if (!isJsonObject(at)) return wrong('map' in wanted ? 'map[string]string' : 'struct')
    const kept: Record<string, Json> = {}
    for (const [key, item] of Object.entries(at)) {
      const name = 'map' in wanted ? key : fieldName(wanted.fields, key)
      const inner = 'map' in wanted ? wanted.map : name === undefined ? undefined : wanted.fields[name]
      if (name === undefined || inner === undefined || (item === null && !('map' in wanted))) continue
      const typed = read(item ?? zeroOf(inner), inner, path === '' ? name : `${path}.${name}`)
      if (typed !== undefined) kept[name] = typed
    }
    return kept
  }
  const typed = read(value, shape, '')
  const [problem] = problems
  return problem !== undefined || !isJsonObject(typed)
    ? { error: problem ?? 'json: cannot unmarshal into Go value' }
    : { value: typed }
}

/** As a file is read into the type; a value that does not fit stays as it is, for whoever renders it to say why. */
export function asTyped(value: JsonObject, shape: Shape): JsonObject {
  const typed = readTyped(value, shape, 'yaml')
  return 'error' in typed ? value : typed.value
}

/** What null comes to where Go has a place for it: in lists and maps. */
function zeroOf(shape: Shape): Json {
  if (shape === 'text' || shape === 'embedded text' || shape === 'duration') return ''
  if (shape === 'flag') return false
  if (shape === 'integer') return 0
  return shape !== 'any' && 'fields' in shape ? {} : null
}

/** Go's encoding/json takes a field of the very name, else one that differs in case only. */
function fieldName(fields: Readonly<Record<string, Shape>>, key: string): string | undefined {
  if (Object.hasOwn(fields, key)) return key
  const folded = key.toLowerCase()
  return Object.keys(fields).find((name) => name.toLowerCase() === folded)
}

function goKind(value: Json): string {
  if (Array.isArray(value)) return 'array'
  return typeof value === 'boolean' ? 'bool' : typeof value
}
