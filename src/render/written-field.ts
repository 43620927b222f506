/** Fields of ConfigMaps, Secrets and definitions that a rendered object takes its values from. */
import type { ParsedFile } from '../discover/documents.ts'
import { textAt } from '../discover/fields.ts'
import { directoryOf, joinPath } from '../discover/paths.ts'
import type { PathStep } from '../engine/api.ts'
import type { Json } from '../model/json.ts'
import type { Origin, ValuesSource, WrittenField } from '../model/object.ts'
import { valueAt } from './field-path.ts'
import { valueInText, type GivenValue } from './given-values.ts'
import { generatorEntry } from './kustomization-place.ts'

export interface FieldInFile {
  readonly file: string
  readonly document: number
  readonly path: readonly PathStep[]
  readonly value: Json
}

/** The field where a file holds it, or the literal of the generator that makes it. */
export function fieldInFile(
  written: WrittenField,
  files: ReadonlyMap<string, ParsedFile>,
): FieldInFile | undefined {
  const { file, kind, name, path } = written
  const found = (files.get(file)?.documents ?? []).flatMap(({ index, value }): FieldInFile[] => {
    if (textAt(value, 'kind') !== kind || textAt(value, 'metadata', 'name') !== name) return []
    const held = valueAt(value, path)
    return held === undefined ? [] : [{ file, document: index, path, value: held }]
  })
  if (found.length > 0) return found.length === 1 ? found[0] : undefined
  const made = generated(written, files)
  return made?.from === 'literals' ? made.place : undefined
}

/** The file that a generator of a kustomization reads for a field; undefined when there is none. */
export function generatedFrom(
  written: WrittenField,
  files: ReadonlyMap<string, ParsedFile>,
): string | undefined {
  const made = generated(written, files)
  return made?.from === 'files' ? joinPath(directoryOf(written.file), made.given) : undefined
}

interface Generated {
  readonly from: 'literals' | 'files'
  /** What stands behind `key=`. */
  readonly given: string
  readonly place: FieldInFile
}

/** What stands behind `key=` in a generator's literals and files; a file without a key is called by its own name. */
function generated(
  { file, kind, name, path }: WrittenField,
  files: ReadonlyMap<string, ParsedFile>,
): Generated | undefined {
  const key = path[1] ?? ''
  const object = {
    identity: { group: '', kind, namespace: '', name },
    origin: { generator: `${kind}Generator` },
  }
  for (const { index, value } of files.get(file)?.documents ?? []) {
    const at = generatorEntry(value, object, ['data', key])
    const from = at?.[2]
    const text = at === undefined ? undefined : valueAt(value, at)
    if (at === undefined || typeof text !== 'string' || (from !== 'literals' && from !== 'files')) continue
    const given = text.startsWith(`${key}=`) ? text.slice(key.length + 1) : text
    return { from, given, place: { file, document: index, path: at, value: given } }
  }
  return undefined
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

/** The value at a path of a chart's values in a ConfigMap or Secret. */
export function givenFrom(
  source: ValuesSource,
  path: readonly PathStep[],
  files: ReadonlyMap<string, ParsedFile>,
): (GivenValue & { readonly document: number }) | undefined {
  const found = fieldInFile(source, files)
  if (found === undefined) return undefined
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

/** The value at a path of a file of values that a generator makes into a ConfigMap or Secret. */
export function givenByFile(
  source: ValuesSource,
  path: readonly PathStep[],
  files: ReadonlyMap<string, ParsedFile>,
): FieldInFile | undefined {
  const file = source.targetPath === '' ? generatedFrom(source, files) : undefined
  const [only, ...more] = (file === undefined ? undefined : files.get(file))?.documents ?? []
  if (file === undefined || only === undefined || more.length > 0) return undefined
  const value = valueAt(only.value, path)
  return value === undefined ? undefined : { file, document: only.index, path, value }
}
