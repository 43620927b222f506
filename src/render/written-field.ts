/** Fields of ConfigMaps, Secrets and definitions that a rendered object takes its values from. */
import { field, textAt } from '../discover/fields.ts'
import type { ParsedFile } from '../discover/documents.ts'
import type { PathStep } from '../engine/api.ts'
import type { Json } from '../model/json.ts'
import type { Origin, ValuesSource, WrittenField } from '../model/object.ts'
import { valueAt } from './field-path.ts'
import { valueInText, type GivenValue } from './given-values.ts'

export interface FieldInFile {
  readonly file: string
  readonly document: number
  readonly path: readonly PathStep[]
  readonly value: Json
}

/** The field where a file holds it; undefined when something else makes the object, such as a generator. */
export function fieldInFile(
  { file, kind, name, path }: WrittenField,
  files: ReadonlyMap<string, ParsedFile>,
): FieldInFile | undefined {
  const found = (files.get(file)?.documents ?? []).flatMap(({ index, value }): FieldInFile[] => {
    if (textAt(value, 'kind') !== kind || textAt(value, 'metadata', 'name') !== name) return []
    const held = valueAt(value, path)
    return held === undefined ? [] : [{ file, document: index, path, value: held }]
  })
  return found.length === 1 ? found[0] : undefined
}

/** `${NAME}` or `${NAME:=default}` and nothing else: what a person edits is the variable. */
const whole = /^\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(?::?[-=][^{}]*)?\}$/

/** Where the variable stands that a written field is; undefined for every other field, and for defaults. */
export function variableIn(
  written: Json | undefined,
  { variables }: Origin,
  files: ReadonlyMap<string, ParsedFile>,
): FieldInFile | undefined {
  const name = typeof written === 'string' ? whole.exec(written)?.groups?.['name'] : undefined
  if (name === undefined || variables === undefined || !Object.hasOwn(variables, name)) return undefined
  const place = variables[name]
  return place === undefined ? undefined : fieldInFile(place, files)
}

/** The value at a path of a chart's values in a ConfigMap or Secret, or in the file of values that one is made of. */
export function givenFrom(
  source: ValuesSource,
  path: readonly PathStep[],
  files: ReadonlyMap<string, ParsedFile>,
): (GivenValue & { readonly document: number }) | undefined {
  const found = fieldInFile(source, files)
  if (found === undefined) return ofFile(source, path, files)
  const { document, path: at, value } = found
  if (typeof value === 'object') return undefined
  // Of what is encoded there is no line.
  const encoded = source.kind === 'Secret' && source.path[0] === 'data'
  const text = encoded ? Buffer.from(String(value), 'base64').toString('utf8') : String(value)
  if (source.targetPath !== '')
    return source.targetPath === path.join('.') ? { document, path: at, value: text } : undefined
  const held = valueInText(text, path)
  if (held === undefined) return undefined
  return encoded ? { document, path: at, value: held.value } : { document, path: at, ...held }
}

function ofFile(
  { file, targetPath }: ValuesSource,
  path: readonly PathStep[],
  files: ReadonlyMap<string, ParsedFile>,
): (GivenValue & { readonly document: number }) | undefined {
  if (targetPath !== '') return undefined
  const [only, ...more] = files.get(file)?.documents ?? []
  if (only === undefined || more.length > 0 || field(only.value, 'kind') !== undefined) return undefined
  const value = valueAt(only.value, path)
  return value === undefined ? undefined : { document: only.index, path, value }
}
