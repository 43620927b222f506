import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { scalarText } from '../fields.ts'

/** One set of values that a generator gives. Nested for Go templates, flat strings without them. */
export type Parameters = JsonObject

/**
 * As `flatten` with dots does it: `a.b`, `list.0`; scalars as Go prints them. It does not look into lists of texts:
 * `path.segments` is one value.
 */
export function flattenParameters(value: JsonObject): Record<string, string> {
  const flat: Record<string, string> = {}
  const visit = (at: Json, key: string): void => {
    if (isTypedList(at)) flat[key] = `[${at.join(' ')}]`
    else if (Array.isArray(at)) {
      ;(at as readonly Json[]).forEach((item, i) => {
        visit(item, key === '' ? String(i) : `${key}.${i}`)
      })
    } else if (isJsonObject(at)) {
      for (const [name, item] of Object.entries(at)) visit(item, key === '' ? name : `${key}.${name}`)
    } else flat[key] = typeof at === 'number' ? goNumber(at) : (scalarText(at) ?? '<nil>')
  }
  visit(value, '')
  return flat
}

/** A number as Go prints a float64 with %v: shortest digits, an exponent below 1e-4 and from 1e+06 on. */
function goNumber(value: number): string {
  const exponential = /^(?<digits>.*)e(?<sign>[+-])(?<exponent>\d+)$/.exec(value.toExponential())?.groups
  const exponent = Number(`${exponential?.['sign'] ?? ''}${exponential?.['exponent'] ?? '0'}`)
  // strconv.FormatFloat with 'g' and the shortest precision decides by six digits.
  if (exponent >= -4 && exponent < 6) return String(value)
  return `${exponential?.['digits'] ?? ''}e${exponential?.['sign'] ?? '+'}${(exponential?.['exponent'] ?? '').padStart(2, '0')}`
}

/** Argo CD's SanitizeName: lower case, everything but letters, digits, `-` and `.` becomes `-`, at most 253. */
export function normalizeName(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^-a-z0-9.]/g, '-')
    .slice(0, 253)
    .replace(/^[-.]+|[-.]+$/g, '')
}

/** Parameters that name a place in the repository: `path` of git generators. */
export function pathParameters(
  parts: { readonly directory: string; readonly file?: string },
  goTemplate: boolean,
  prefix: string,
): Parameters {
  const { directory, file } = parts
  // Go's path.Base of an empty path is a dot, as is its path.Dir.
  const path = directory === '' ? '.' : directory
  const basename = path.slice(path.lastIndexOf('/') + 1)
  const segments = path.split('/')
  textLists.add(segments)
  const names = {
    basename,
    basenameNormalized: normalizeName(basename),
    ...(file === undefined ? {} : { filename: file, filenameNormalized: normalizeName(file) }),
  }
  if (goTemplate) {
    const nested = { path: { path, ...names, segments } }
    return prefix === '' ? nested : { [prefix]: nested }
  }
  const key = prefix === '' ? 'path' : `${prefix}.path`
  const flat: Record<string, Json> = { [key]: path }
  for (const [name, text] of Object.entries(names)) flat[`${key}.${name}`] = text
  segments.forEach((segment, i) => (flat[`${key}[${i}]`] = segment))
  return flat
}

/** A generator's template over the set's: its values win unless they are empty; maps merge. */
export function override(first: JsonObject, second: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const old = merged[key]
    // Raw JSON is one value to Go: nothing in it is merged.
    if (key !== 'valuesObject' && isJsonObject(old) && isJsonObject(value)) merged[key] = override(old, value)
    else if (!isEmpty(value) || old === undefined) merged[key] = value
  }
  return merged
}

function isEmpty(value: Json | undefined): boolean {
  return (
    value === undefined ||
    value === null ||
    value === '' ||
    value === false ||
    value === 0 ||
    (Array.isArray(value) && value.length === 0) ||
    (isJsonObject(value) && Object.keys(value).length === 0)
  )
}

/** Maps that Go holds as map[string]string: `values` of generators, labels and annotations of clusters. */
const textMaps = new WeakSet<JsonObject>()

/** Lists that Go holds as []string. */
const textLists = new WeakSet<readonly string[]>()

function isTypedList(value: Json): value is readonly string[] {
  return Array.isArray(value) && textLists.has(value as readonly string[])
}

/** Marks a map of texts, which takes no other values afterwards. */
export function textMap<T extends JsonObject>(map: T): T {
  textMaps.add(map)
  return map
}

/** What Go's reflection says when a text map is to take a value of another map; the controller's panic. */
export class ParameterTypeError extends Error {}

/**
 * Sets of parameters, the second over the first (`mergo.Merge` with override on maps): every value wins, empty ones
 * included; maps merge.
 *
 * @throws ParameterTypeError where Argo CD's controller panics
 */
export function overrideParameters(first: Parameters, second: Parameters): Parameters {
  const merged: Record<string, Json> = { ...first }
  for (const [key, value] of Object.entries(second)) {
    const old = merged[key]
    if (!isJsonObject(old) || !isJsonObject(value)) {
      merged[key] = value
      continue
    }
    const texts = textMaps.has(old)
    if (texts && !textMaps.has(value) && Object.keys(value).length > 0)
      throw new ParameterTypeError(
        `${key} of two generators cannot be merged: one is a map of texts, the other one is not (reflect.Value.SetMapIndex: value of type interface {} is not assignable to type string)`,
      )
    const both = overrideParameters(old, value)
    merged[key] = texts ? textMap(both) : both
  }
  return merged
}
