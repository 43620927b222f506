/** Which value of a chart a rendered field comes from, when the template and the values leave only one answer. */
import type { ParsedFile } from '../discover/documents.ts'
import { equalJson } from '../compare/equal.ts'
import type { PathStep } from '../engine/api.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import type { Origin, RenderedObject } from '../model/object.ts'
import { isBadAnnotation, isBadLabel } from './bad-names.ts'
import { valueAt } from './field-path.ts'
import { givenValue, rootsOf } from './given-values.ts'
import type { Included } from './included-templates.ts'
import { givenByFile, givenFrom } from './written-field.ts'

export interface ValuePlace {
  readonly file: string
  readonly document: number
  readonly path: readonly PathStep[]
  /** Zero-based line within the text that stands there. */
  readonly inside?: number
}

interface Found extends ValuePlace {
  readonly value: Json
  /** Of an object in a text: the lines of its keys. */
  readonly lines?: ReadonlyMap<string, number>
}

type LookUp = (path: readonly PathStep[]) => Found | undefined

/**
 * @param template text of the object's template, and what it includes; without it the only value of the field's name
 *   that was rendered so
 * @param files what holds values, parsed; the later ones of {@link RenderedObject.origin}'s `values` win
 */
export function valuesPlace(
  template: { readonly text: string; readonly included: Included } | undefined,
  object: RenderedObject,
  steps: readonly PathStep[],
  files: ReadonlyMap<string, ParsedFile>,
): ValuePlace | undefined {
  const rendered = valueAt(object.object, steps)
  if (rendered === undefined) return undefined
  if (template === undefined) return ofName(steps, rendered, object.origin, files)
  const lookUp: LookUp = (path) => findValue(path, object.origin, files, subchartOf(object))
  const { text, included } = template
  const texts = [text, ...included(text)]
  return (
    ofLine(texts, included, steps, rendered, lookUp) ?? ofBlock(texts.join('\n'), steps, rendered, lookUp)
  )
}

/** Lines of one key beyond which nobody can say which is meant. */
const mostLines = 100

/** `key: {{ .Values.a.b }}`, or what such a line includes: lines of the key that hold one value, which is what was rendered. */
function ofLine(
  texts: readonly string[],
  included: Included,
  steps: readonly PathStep[],
  rendered: Json,
  lookUp: LookUp,
): ValuePlace | undefined {
  const key = steps.findLast((step) => typeof step === 'string')
  if (key === undefined) return undefined
  const names = new Map<string, Found>()
  const lines = texts.flatMap((text) =>
    text.split('\n').filter((line) => line.replace(/^[\s-]*/, '').startsWith(`${key}:`)),
  )
  for (const line of lines.length > mostLines ? [] : lines) {
    const [name, ...more] = new Set([line, ...included(line)].flatMap(valuesIn))
    if (name === undefined || more.length > 0) continue
    const found = lookUp(name.split('.'))
    if (found !== undefined && isLike(found.value, rendered)) names.set(name, found)
  }
  const [only, ...others] = names.values()
  return others.length === 0 ? only : undefined
}

/** `{{ toYaml .Values.a }}`: the one value below which the end of the field's path leads to what was rendered. */
function ofBlock(
  template: string,
  steps: readonly PathStep[],
  rendered: Json,
  lookUp: LookUp,
): ValuePlace | undefined {
  const names = [...new Set(valuesIn(template))]
  for (let from = 1; from <= steps.length; from++) {
    const end = steps.slice(from)
    const found = names.flatMap((name) => {
      const place = lookUp([...name.split('.'), ...end])
      if (place === undefined) return []
      if (end.length > 0) return isLike(place.value, rendered) ? [place] : []
      return faulty(place, steps, rendered) ?? []
    })
    const [only, ...others] = found
    if (only !== undefined) return others.length === 0 ? only : undefined
  }
  return undefined
}

function ofName(
  steps: readonly PathStep[],
  rendered: Json,
  origin: Origin,
  files: ReadonlyMap<string, ParsedFile>,
): ValuePlace | undefined {
  const key = steps.findLast((step) => typeof step === 'string')
  const found = (origin.values ?? []).flatMap((file) =>
    documentsIn(file, origin, files).flatMap(({ index, value }) =>
      rootsOf(value).flatMap(({ at, root }) =>
        leaves(root).flatMap(({ path, value: leaf }): ValuePlace[] =>
          path.findLast((step) => typeof step === 'string') === key && isLike(leaf, rendered)
            ? [{ file, document: index, path: [...at, ...path] }]
            : [],
        ),
      ),
    ),
  )
  const [only, ...others] = found
  return others.length === 0 ? only : undefined
}

function leaves(value: Json, path: readonly PathStep[] = []): { path: readonly PathStep[]; value: Json }[] {
  if (Array.isArray(value))
    return (value as readonly Json[]).flatMap((entry, i) => leaves(entry, [...path, i]))
  if (isJsonObject(value))
    return Object.entries(value).flatMap(([key, entry]) => leaves(entry, [...path, key]))
  return [{ path, value }]
}

/** Labels of which some are values: the one that no object can have. */
function faulty(place: Found, steps: readonly PathStep[], rendered: Json): Found | undefined {
  const last = steps.at(-1)
  const isBad =
    last === 'labels' || last === 'matchLabels' || last === 'selector'
      ? isBadLabel
      : last === 'annotations'
        ? isBadAnnotation
        : undefined
  if (isBad === undefined || !isJsonObject(place.value) || !isJsonObject(rendered)) return undefined
  const bad = Object.entries(place.value).find(
    ([key, value]) => isBad(key, value) && equalJson(rendered[key], value),
  )
  if (bad === undefined) return undefined
  const [key] = bad
  const { lines } = place
  if (lines === undefined) return { ...place, path: [...place.path, key] }
  const inside = lines.get(key)
  return inside === undefined ? place : { ...place, inside }
}

/** `a.b` of every `.Values.a.b` and `$.Values.a.b`. */
function valuesIn(text: string): string[] {
  return [...text.matchAll(/\.Values((?:\.\w+)+)/g)].map(([, name = '']) => name.slice(1))
}

/** Text that a template writes can be read as a number, and the other way round. */
function isLike(value: Json, rendered: Json): boolean {
  if (typeof value === 'object' || typeof rendered === 'object')
    return value !== null && equalJson(value, rendered)
  return value !== '' && String(value) === String(rendered)
}

/** Chart and subchart name their values alike; the chart's own stand below the subchart's name. */
function subchartOf({ origin: { generator } }: RenderedObject): readonly string[] {
  return [...(generator ?? '').matchAll(/\/charts\/([^/]+)/g)].map(([, name = '']) => name)
}

/** Documents of a file; of the file with the definition the definition alone. */
export function documentsIn(
  file: string,
  { definition }: Origin,
  files: ReadonlyMap<string, ParsedFile>,
): ParsedFile['documents'] {
  const documents = files.get(file)?.documents ?? []
  const line = definition?.file === file ? definition.line : undefined
  const own = line === undefined ? undefined : documents.findLast((document) => document.line <= line)
  return own === undefined ? documents : [own]
}

function findValue(
  path: readonly PathStep[],
  origin: Origin,
  files: ReadonlyMap<string, ParsedFile>,
  subchart: readonly string[],
): Found | undefined {
  const [first] = path
  const full = first === 'global' ? path : [...subchart, ...path]
  const inFile = (file: string): Found | undefined => {
    const ofSubchart = subchart.length > 0 && file.includes(`/charts/${subchart.join('/charts/')}/`)
    for (const { index, value } of documentsIn(file, origin, files)) {
      const given = givenValue(value, ofSubchart ? path : full)
      if (given !== undefined) return { file, document: index, ...given }
    }
    return undefined
  }
  const all = [...(origin.values ?? [])].reverse()
  // The definition's own values win over those that it takes from elsewhere.
  const own = all.filter((file) => file === origin.definition?.file)
  return (
    firstOf(own, inFile) ??
    firstOf([...(origin.valuesFrom ?? [])].reverse(), (source) => {
      const given = givenFrom(source, full, files)
      return given === undefined ? givenByFile(source, full, files) : { file: source.file, ...given }
    }) ??
    firstOf(
      all.filter((file) => file !== origin.definition?.file),
      inFile,
    )
  )
}

function firstOf<T>(list: readonly T[], find: (one: T) => Found | undefined): Found | undefined {
  for (const one of list) {
    const found = find(one)
    if (found !== undefined) return found
  }
  return undefined
}
