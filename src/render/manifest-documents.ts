/** Documents of files that nobody renders: which of them are objects, and why the others are none. */
import { posix } from 'node:path'
import { parseFiles, type ParsedFile } from '../discover/documents.ts'
import { listAt, textAt } from '../discover/fields.ts'
import type { PathStep, YamlDocument } from '../engine/api.ts'
import type { Engines } from '../engine/engines.ts'
import { isJsonObject, type JsonObject } from '../model/json.ts'
import { splitApiVersion, type RenderedObject } from '../model/object.ts'
import type { NotCheckedCode } from '../model/outcome.ts'
import type { Tree } from '../model/tree.ts'
import type { ValidationReason } from '../model/validation.ts'
import {
  fragmentsOf,
  incomplete,
  isBareList,
  notAnObject,
  templateReason,
  type Fragments,
} from './fragments.ts'
import { isNamespaced, scopesOf } from './scope.ts'

/** A file as the caller named it, and where the tree holds it. */
export interface NamedFile {
  readonly name: string
  readonly path?: string
  readonly problem?: string
  readonly inChart?: boolean
  readonly named?: boolean
}

export type ManifestDocument = {
  readonly file: string
  /** Zero-based; items of one List share it. */
  readonly index: number
  readonly item: number | null
} & (
  | {
      readonly state: 'object'
      /** Its origin is a path of the tree. */
      readonly object: RenderedObject
      /** Steps from the document to the object: empty, or into the items of a List. */
      readonly steps: readonly PathStep[]
      /** The kustomization that builds with the file: its patches may complete the object. */
      readonly builtBy?: string
    }
  /** No YAML, or nothing that an API server could read. */
  | { readonly state: 'broken'; readonly message: string; readonly line?: number }
  /** `skipped`: no object by its nature; otherwise one that could not be looked at. */
  | { readonly state: 'left-out'; readonly reason: ValidationReason; readonly skipped: boolean }
)

/**
 * Every document of the files, in their order. Lists are opened, as kubectl opens them; with `arrays` a JSON array of
 * objects too, which is how definitions are often handed around.
 */
export async function manifestDocuments(
  files: readonly NamedFile[],
  tree: Tree,
  engines: Engines,
  options = { arrays: false },
): Promise<readonly ManifestDocument[]> {
  const paths = files.flatMap(({ path }) => path ?? [])
  const parsed = await parseFiles(tree, engines, paths)
  const fragments = await fragmentsOf(files, parsed, tree)
  const documents = files.flatMap((file) =>
    documentsOf(file, parsed.get(file.path ?? ''), fragments, options),
  )
  return withScopes(documents).map((one) => {
    const builtBy = one.state === 'object' ? fragments.built.get(posix.normalize(one.file)) : undefined
    return builtBy === undefined ? one : { ...one, builtBy }
  })
}

/** How far the parser got: codes of files that are wrong in themselves, so that every tool would refuse them. */
const brokenCodes = ['invalid', 'bad-request']
const limitCodes: readonly NotCheckedCode[] = [
  'limit',
  'timeout',
  'memory',
  'refused',
  'lfs-pointer',
  'missing-object',
]

function documentsOf(
  { name, problem }: NamedFile,
  content: ParsedFile | undefined,
  fragments: Fragments,
  { arrays }: { readonly arrays: boolean },
): readonly ManifestDocument[] {
  const whole = { file: name, index: 0, item: null }
  if (problem !== undefined || content === undefined)
    return [leftOut(whole, 'missing-object', problem ?? 'the file was not read')]
  if (content.error !== undefined) {
    const { code, message } = content.error
    const said = withoutPath(message)
    if (brokenCodes.includes(code)) return [{ ...whole, state: 'broken', message: said, ...lineIn(said) }]
    return [leftOut(whole, limitCodes.find((known) => known === code) ?? 'engine', said)]
  }
  if (content.documents.length === 0) {
    // A command that failed prints nothing into the pipe; that must not look green.
    if (name === '-')
      return [leftOut(whole, 'empty', 'standard input was empty: did the command before it fail?')]
    const reason = { code: 'empty' as const, message: 'holds no document' }
    return [{ ...whole, state: 'left-out', skipped: true, reason }]
  }
  return content.documents.flatMap((document) => {
    const { value } = document
    if (!arrays || !Array.isArray(value)) return readDocument(name, document, fragments)
    return openList(name, document, { kind: 'List', items: value })
  })
}

function readDocument(
  name: string,
  document: YamlDocument,
  fragments: Fragments,
): readonly ManifestDocument[] {
  const place = { file: name, index: document.index, item: null }
  const { value } = document
  const template = templateReason(name, value, fragments)
  if (template !== undefined) return [{ ...place, state: 'left-out', skipped: false, reason: template }]
  if (value === undefined) {
    const { message = 'cannot be read', line = document.line } = document.error ?? {}
    return [{ ...place, state: 'broken', message, line }]
  }
  const other = notAnObject(name, value, fragments)
  if (other === undefined && isBareList(value))
    return [{ ...place, state: 'broken', message: bareList, line: document.line }]
  if (other !== undefined || !isJsonObject(value))
    return [
      {
        ...place,
        state: 'left-out',
        skipped: true,
        reason: { code: 'not-an-object', message: other ?? 'is no map of keys and values' },
      },
    ]
  const missing = incomplete(value)
  if (missing !== undefined) return [{ ...place, state: 'broken', message: missing, line: document.line }]
  return isList(value) ? openList(name, document, value) : [objectOf(place, value, [])]
}

/** Neither kubectl nor a GitOps tool reads one. */
const bareList = 'a list of objects is no manifest: separate them by ---, or make them the items of a List'

function isList(value: JsonObject): boolean {
  return (
    (textAt(value, 'kind') ?? '').endsWith('List') &&
    (Array.isArray(value['items']) || value['items'] === null)
  )
}

/** Items of typed lists may leave kind and apiVersion out: kubectl fills in those of the list. */
function openList(
  name: string,
  { index, line }: YamlDocument,
  list: JsonObject,
): readonly ManifestDocument[] {
  const items = listAt(list, 'items')
  const place = { file: name, index, item: null }
  if (items.length === 0)
    return [
      {
        ...place,
        state: 'left-out',
        skipped: true,
        reason: { code: 'empty', message: 'a List without items' },
      },
    ]
  const kind = (textAt(list, 'kind') ?? '').slice(0, -'List'.length)
  const typed = kind === '' ? {} : { apiVersion: list['apiVersion'] ?? null, kind }
  return items.map((value, item): ManifestDocument => {
    if (!isJsonObject(value))
      return { ...place, item, state: 'broken', message: `items[${item}] is no object`, line }
    return objectOf({ ...place, item }, { ...typed, ...value }, ['items', item])
  })
}

function objectOf(
  place: { readonly file: string; readonly index: number; readonly item: number | null },
  object: JsonObject,
  steps: readonly PathStep[],
): ManifestDocument {
  const apiVersion = textAt(object, 'apiVersion') ?? ''
  const kind = textAt(object, 'kind') ?? ''
  if (isJsonObject(object['sops']))
    return leftOut(
      place,
      'encrypted',
      'is encrypted with SOPS: the cluster gets what stands in it after decryption',
    )
  const generateName = textAt(object, 'metadata', 'generateName')
  const identity = {
    group: splitApiVersion(apiVersion).group,
    kind,
    namespace: textAt(object, 'metadata', 'namespace') ?? '',
    name: textAt(object, 'metadata', 'name') || (generateName === undefined ? '' : `${generateName}*`),
  }
  return {
    ...place,
    state: 'object',
    object: { identity, apiVersion, object, origin: { document: place.index } },
    steps,
  }
}

/** Objects of cluster-scoped kinds have no namespace, whatever stands in them. */
function withScopes(documents: readonly ManifestDocument[]): readonly ManifestDocument[] {
  const scopes = scopesOf(documents.flatMap((one) => (one.state === 'object' ? [one.object.object] : [])))
  return documents.map((one) => {
    if (one.state !== 'object' || one.object.identity.namespace === '') return one
    const { object } = one
    if (isNamespaced(object.apiVersion, object.identity.kind, scopes)) return one
    return { ...one, object: { ...object, identity: { ...object.identity, namespace: '' } } }
  })
}

function leftOut(
  place: { readonly file: string; readonly index: number; readonly item: number | null },
  code: ValidationReason['code'],
  message: string,
): ManifestDocument {
  return { ...place, state: 'left-out', skipped: false, reason: { code, message } }
}

/** Paths of the tree are ours and tell the caller nothing. */
function withoutPath(message: string): string {
  return message.replace(/^manifest-\d+:? /, 'the file ')
}

function lineIn(message: string): { line?: number } {
  const line = /\bline (\d+)/.exec(message)?.[1]
  return line === undefined ? {} : { line: Number(line) }
}

/** The objects among the documents: for `--crds` and `--old`. */
export function objectsIn(documents: readonly ManifestDocument[]): readonly RenderedObject[] {
  return documents.flatMap((one) => (one.state === 'object' ? [one.object] : []))
}
