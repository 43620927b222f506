import { parseFiles, type ParsedFile } from '../discover/documents.ts'
import { objectsAt, textAt } from '../discover/fields.ts'
import type { PathStep } from '../engine/api.ts'
import type { Engines } from '../engine/engines.ts'
import type { Json } from '../model/json.ts'
import type { Location } from '../model/location.ts'
import type { RenderedObject } from '../model/object.ts'
import type { Tree } from '../model/tree.ts'
import { parseFieldPath, valueAt } from './field-path.ts'
import { patchField, resolveField } from './field-place.ts'
import {
  definitionField,
  generatorEntry,
  kustomizationField,
  type EntryPlace,
} from './kustomization-place.ts'
import { helperFiles, includedIn, type Included } from './included-templates.ts'
import { templateLine } from './template-line.ts'
import { documentsIn, valuesPlace } from './values-place.ts'
import { generatedFrom, variableIn } from './written-field.ts'

export interface LocationQuery {
  readonly side: 'base' | 'head'
  readonly object: RenderedObject
  /** A field as people write it: `spec.containers[0].image`; empty for the object. */
  readonly path: string
  /** Where the entry of a list was written first, not what last changed something in it. */
  readonly entry?: true
}

export interface Locator {
  /** Answers in the order of the queries; undefined when no file is known. */
  locate(queries: readonly LocationQuery[]): Promise<(Location | undefined)[]>
}

/**
 * Finds the lines of fields of rendered objects: in the patch that set the field, when one did; else in the manifest,
 * at the nearest parent that is written there. Of a template the line is known only when one line alone can be meant.
 */
export function createLocator(
  trees: { readonly base: Tree; readonly head: Tree },
  engines: Engines,
): Locator {
  return {
    async locate(queries) {
      const answers: (Location | undefined)[] = queries.map(() => undefined)
      for (const side of ['base', 'head'] as const) {
        const own = queries.flatMap((query, at) => (query.side === side ? [{ query, at }] : []))
        const found = await locateSide(
          own.map(({ query }) => query),
          trees[side],
          engines,
        )
        own.forEach(({ at }, i) => (answers[at] = found[i]))
      }
      return answers
    },
  }
}

async function locateSide(
  queries: readonly LocationQuery[],
  tree: Tree,
  engines: Engines,
): Promise<readonly (Location | undefined)[]> {
  if (queries.length === 0) return []
  const files = new Set<string>()
  const templates = new Set<string>()
  for (const { object } of queries) {
    for (const file of filesOf(object)) files.add(file)
    if (object.origin.template === true && object.origin.file !== undefined) templates.add(object.origin.file)
  }
  const helpers = helperFiles(templates, tree)
  const parse = (paths: Iterable<string>): Promise<ReadonlyMap<string, ParsedFile>> =>
    parseFiles(
      tree,
      engines,
      [...paths].filter((file) => tree.resolve(file).kind === 'file'),
    )
  const [first, texts] = await Promise.all([
    parse(files),
    tree.read([...templates, ...[...helpers.values()].flat()]),
  ])

  const behind = new Set(
    queries.flatMap(({ object: { origin } }) =>
      (origin.valuesFrom ?? []).flatMap((source) => generatedFrom(source, first) ?? []),
    ),
  )
  const parsed = behind.size === 0 ? first : new Map([...first, ...(await parse(behind))])

  const textOf = (file: string): string | undefined => {
    const content = texts.get(file)
    return content instanceof Uint8Array ? Buffer.from(content).toString('utf8') : undefined
  }
  const included = new Map<string, Included>()
  const templateOf = (file: string): Template | undefined => {
    const text = textOf(file)
    if (text === undefined) return undefined
    const known =
      included.get(file) ??
      includedIn([text, ...(helpers.get(file) ?? []).flatMap((helper) => textOf(helper) ?? [])])
    included.set(file, known)
    return { text, included: known }
  }
  const places = queries.map((query) => placeOf(query, parsed, tree, templateOf))
  const wanted = places.flatMap((place, at) => (place?.document === undefined ? [] : [{ place, at }]))
  const lines = await askLines(
    wanted.map(({ place }) => place),
    tree,
    engines,
  )
  const answers = places.map((place, at): Location | undefined =>
    // What a fetched chart makes is edited where the chart is named.
    place === undefined ? queries[at]?.object.origin.definition : { file: place.file },
  )
  const blocks = await tree.read(
    wanted.flatMap(({ place }) => (place.inside === undefined ? [] : [place.file])),
  )
  wanted.forEach(({ place, at }, i) => {
    const line = lines[i]
    if (line === undefined) return
    answers[at] = { file: place.file, line: line + lineInside(place, line, blocks.get(place.file)) }
  })

  queries.forEach((query, at) => {
    const { file, template } = query.object.origin
    const answer = answers[at]
    if (template !== true || file === undefined || answer?.file !== file || answer.line !== undefined) return
    const text = textOf(file)
    const line = text === undefined ? undefined : lineInTemplate(text, query)
    if (line !== undefined) answers[at] = { file, line }
  })
  return answers
}

/** An entry of a list that cannot be told from others is looked for as its object. */
function lineInTemplate(template: string, { object, path, entry }: LocationQuery): number | undefined {
  const line = templateLine(template, object, path)
  return line === undefined && entry === true ? templateLine(template, object, '') : line
}

/** How far below its key a line of a block (`|-`) stands; of texts that are written otherwise only the key is known. */
function lineInside({ inside }: Place, line: number, content: unknown): number {
  if (inside === undefined || !(content instanceof Uint8Array)) return 0
  const head = Buffer.from(content).toString('utf8').split('\n')[line - 1] ?? ''
  return /[|>][-+0-9]*\s*(?:#.*)?$/.test(head) ? inside + 1 : 0
}

/** A template's text, and what it includes. */
interface Template {
  readonly text: string
  readonly included: Included
}

export interface Place {
  readonly file: string
  /** Absent when only the file is known. */
  readonly document?: number
  readonly path: readonly PathStep[]
  /** Zero-based line within the text that stands there. */
  readonly inside?: number
}

function filesOf({ origin }: RenderedObject): readonly string[] {
  const own = origin.file === undefined || origin.template === true ? [] : [origin.file]
  const elsewhere = [...(origin.valuesFrom ?? []), ...Object.values(origin.variables ?? {})]
  return [...(origin.changedBy ?? []), ...(origin.values ?? []), ...elsewhere.map(({ file }) => file), ...own]
}

/** The last patch that sets the field wins over earlier ones and over the manifest; an entry is where it first stands. */
function placeOf(
  { object, path, entry }: LocationQuery,
  parsed: ReadonlyMap<string, ParsedFile>,
  tree: Tree,
  templateOf: (file: string) => Template | undefined,
): Place | undefined {
  const { origin } = object
  const steps = parseFieldPath(path)
  if (entry === true && origin.file !== undefined) {
    const written = bestDocument(parsed.get(origin.file), object, steps)
    if (written?.exact === true) return { file: origin.file, document: written.document, path: written.path }
  }
  if (steps.length > 0) {
    const patches = origin.changedBy ?? []
    for (const file of entry === true ? patches : [...patches].reverse()) {
      for (const document of documentsIn(file, origin, parsed)) {
        const found = changedField(document.value, object, steps)
        if (found !== undefined) return { file, document: document.index, ...found }
      }
    }
  }

  const { file } = origin
  if (origin.template === true && steps.length > 0) {
    const value = valuesPlace(file === undefined ? undefined : templateOf(file), object, steps, parsed)
    if (value !== undefined) return value
  }
  if (file === undefined) {
    const [first] = origin.changedBy ?? []
    return first === undefined ? undefined : { file: first, path: [] }
  }
  if (tree.stat(file) === undefined) return undefined
  for (const document of origin.generator === undefined ? [] : (parsed.get(file)?.documents ?? [])) {
    const made = isKustomization(document.value) ? generatorEntry(document.value, object, steps) : undefined
    if (made !== undefined) return { file, document: document.index, path: made }
  }
  const written = bestDocument(parsed.get(file), object, steps)
  if (written === undefined) return { file, path: [] }
  const { exact, document, path: at } = written
  const said = parsed.get(file)?.documents.find(({ index }) => index === document)?.value
  const variable = exact ? variableIn(valueAt(said, at), origin, parsed) : undefined
  return variable ?? { file, document, path: at }
}

function changedField(
  value: Json | undefined,
  object: RenderedObject,
  steps: readonly PathStep[],
): EntryPlace | undefined {
  if (isKustomization(value)) return kustomizationField(value, object, steps)
  const path = patchField(value, object, steps)
  return path === undefined ? definitionField(value, object, steps) : { path }
}

function isKustomization(value: Json | undefined): boolean {
  const kind = textAt(value, 'kind')
  return (
    kind === 'Component' ||
    (kind === 'Kustomization' &&
      (textAt(value, 'apiVersion') ?? '').startsWith('kustomize.config.k8s.io/')) ||
    (kind === undefined &&
      objectsAt(value, 'resources').length === 0 &&
      value !== undefined &&
      textAt(value, 'metadata', 'name') === undefined &&
      hasKustomizationKeys(value))
  )
}

function hasKustomizationKeys(value: Json): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    [
      'resources',
      'patches',
      'bases',
      'images',
      'components',
      'namespace',
      'configMapGenerator',
      'secretGenerator',
    ].some((key) => Object.hasOwn(value, key))
  )
}

/** The document that holds the object: by its number, else by kind and name, the longest name that is part of it. */
function bestDocument(
  file: ParsedFile | undefined,
  object: RenderedObject,
  steps: readonly PathStep[],
): { document: number; path: readonly PathStep[]; exact: boolean } | undefined {
  const ranked = (file?.documents ?? []).flatMap((document) => {
    const place = resolveObject(document.value, object)
    if (place === undefined) return []
    const exact = document.index === object.origin.document
    return [{ document, place, rank: exact ? Number.MAX_SAFE_INTEGER : place.rank }]
  })
  ranked.sort((a, b) => b.rank - a.rank)
  const [best] = ranked
  if (best === undefined) return undefined
  const resolved = resolveField(best.place.value, object.object, steps)
  return {
    document: best.document.index,
    path: [...best.place.path, ...resolved.path],
    exact: resolved.exact,
  }
}

interface ObjectPlace {
  readonly path: readonly PathStep[]
  readonly value: Json
  readonly rank: number
}

/** The object in a document or in the items of a List: the written name is part of the rendered one (prefixes, hashes). */
function resolveObject(value: Json | undefined, object: RenderedObject): ObjectPlace | undefined {
  if (value === undefined) return undefined
  const items = textAt(value, 'kind')?.endsWith('List') === true ? objectsAt(value, 'items') : []
  const inside = items.flatMap((item, i): ObjectPlace[] => {
    const place = resolveObject(item, object)
    return place === undefined ? [] : [{ ...place, path: ['items', i, ...place.path] }]
  })
  if (inside.length > 0) return inside.sort((a, b) => b.rank - a.rank)[0]
  if (textAt(value, 'kind') !== object.identity.kind) return undefined
  const name = textAt(value, 'metadata', 'name') ?? textAt(value, 'metadata', 'generateName') ?? ''
  if (object.identity.name === name) return { path: [], value, rank: 10_000 }
  return { path: [], value, rank: object.identity.name.includes(name) ? name.length : 0 }
}

/** Lines of places, in their order; undefined for what cannot be found. */
export async function askLines(
  places: readonly Place[],
  tree: Tree,
  engines: Engines,
): Promise<readonly (number | undefined)[]> {
  if (places.length === 0) return []
  const files = [...new Set(places.map((place) => place.file))]
  const answer = await engines.render.run(
    {
      op: 'yaml.locate',
      queries: places.map(({ file, document, path }) => ({ file, document: document ?? 0, path: [...path] })),
    },
    { tree, declared: { files, directories: [] }, label: 'locate' },
  )
  return answer.ok ? answer.result.lines.map((line) => line?.line) : []
}
