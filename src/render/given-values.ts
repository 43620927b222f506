/** Values of a chart as a document gives them: a file of values, or an Application, ApplicationSet or HelmRelease. */
import { objectOf } from '../compare/equal.ts'
import { field, listAt, textAt } from '../discover/fields.ts'
import type { PathStep } from '../engine/api.ts'
import type { Json } from '../model/json.ts'
import { valueAt } from './field-path.ts'

export interface GivenValue {
  /** Where it stands in the document. */
  readonly path: readonly PathStep[]
  readonly value: Json
  /** Zero-based line within the text that stands there. */
  readonly inside?: number
  /** Of an object in a text: the lines of its keys. */
  readonly lines?: ReadonlyMap<string, number>
}

/** The value at a path of the chart's values: a parameter, an entry of values, or a line of values in a text. */
export function givenValue(document: Json | undefined, path: readonly PathStep[]): GivenValue | undefined {
  const parameter = parameterOf(document, path)
  if (parameter !== undefined) return parameter
  for (const { at, root } of rootsOf(document)) {
    const value = valueAt(root, path)
    if (value !== undefined) return { path: [...at, ...path], value }
  }
  return lineOf(document, path)
}

/** Where values stand in a document: all of a file of values, or below a field of a definition. */
export function rootsOf(
  document: Json | undefined,
): readonly { readonly at: readonly PathStep[]; readonly root: Json }[] {
  if (document === undefined) return []
  const options = optionsOf(document)
  if (options === undefined) return [{ at: [], root: document }]
  const key = textAt(document, 'kind') === 'HelmRelease' ? 'values' : 'valuesObject'
  return options.flatMap((option) => {
    const at = [...option, key]
    const root = valueAt(document, at)
    return root === undefined ? [] : [{ at, root }]
  })
}

/** Argo CD's parameters win over its values. */
function parameterOf(document: Json | undefined, path: readonly PathStep[]): GivenValue | undefined {
  for (const at of optionsOf(document) ?? []) {
    const parameters = valueAt(document, [...at, 'parameters'])
    if (!Array.isArray(parameters)) continue
    const index = (parameters as readonly Json[]).findLastIndex(
      (one) => textAt(one, 'name') === path.join('.'),
    )
    const value = index < 0 ? undefined : field((parameters as readonly Json[])[index], 'value')
    if (value !== undefined) return { path: [...at, 'parameters', index, 'value'], value }
  }
  return undefined
}

/** Values in a text (`helm.values: |`): keys below keys, one value on a line, or the values of one key. */
function lineOf(document: Json | undefined, path: readonly PathStep[]): GivenValue | undefined {
  for (const option of optionsOf(document) ?? []) {
    const at = [...option, 'values']
    const text = valueAt(document, at)
    const found = typeof text === 'string' ? valueInText(text, path) : undefined
    if (found !== undefined) return { path: at, ...found }
  }
  return undefined
}

/** One line of values that a text holds, or the single values below one of its keys. */
export function valueInText(text: string, path: readonly PathStep[]): Omit<GivenValue, 'path'> | undefined {
  const lines = text.split('\n')
  const at = lineOfKey(lines, path)
  if (at === undefined) return undefined
  const value = scalarOf(lines[at] ?? '')
  if (value !== '') return { inside: at, value }
  const below = keysBelow(lines, at)
  return below.length === 0
    ? undefined
    : {
        value: objectOf(below.map(({ key, value }) => [key, value])),
        lines: new Map(below.map(({ key, line }) => [key, line])),
      }
}

function lineOfKey(lines: readonly string[], path: readonly PathStep[]): number | undefined {
  let from = 0
  let indent = -1
  for (const [depth, step] of path.entries()) {
    if (typeof step === 'number') return undefined
    const first = lines.find((line, n) => n >= from && says(line))
    const own = first === undefined ? -1 : indentOf(first)
    if (own <= indent) return undefined
    const end = lines.findIndex((line, n) => n >= from && says(line) && indentOf(line) < own)
    const at = lines.findIndex((line, n) => n >= from && indentOf(line) === own && keyOf(line) === step)
    if (at < 0 || (end >= 0 && end < at)) return undefined
    if (depth === path.length - 1) return at
    from = at + 1
    indent = own
  }
  return undefined
}

/** Keys with a single value right below a line; none when anything else stands there. */
function keysBelow(lines: readonly string[], at: number): { key: string; value: string; line: number }[] {
  const found: { key: string; value: string; line: number }[] = []
  let indent: number | undefined
  for (let line = at + 1; line < lines.length; line++) {
    const text = lines[line] ?? ''
    if (!says(text)) continue
    const own = indentOf(text)
    if (own <= indentOf(lines[at] ?? '')) break
    const value = scalarOf(text)
    if (own !== (indent ??= own) || value === '' || text.trim().startsWith('-')) return []
    found.push({ key: keyOf(text), value, line })
  }
  return found
}

function keyOf(line: string): string {
  return line.trim().replace(/:.*$/, '')
}

function scalarOf(line: string): string {
  return /:\s+(["']?)(.*?)\1\s*(?:#.*)?$/.exec(line)?.[2] ?? ''
}

function says(line: string): boolean {
  return !/^\s*(?:#.*)?$/.test(line)
}

function indentOf(line: string): number {
  return line.length - line.trimStart().length
}

/** Paths of Helm's options in a definition; undefined for files of values. */
function optionsOf(document: Json | undefined): readonly (readonly PathStep[])[] | undefined {
  const sources = (...spec: string[]): readonly (readonly PathStep[])[] => [
    [...spec, 'source', 'helm'],
    ...listAt(document, ...spec, 'sources').map((_, i) => [...spec, 'sources', i, 'helm']),
  ]
  const [group = ''] = (textAt(document, 'apiVersion') ?? '').split('/')
  switch (`${group}/${textAt(document, 'kind') ?? ''}`) {
    case 'argoproj.io/Application':
      return sources('spec')
    case 'argoproj.io/ApplicationSet':
      return sources('spec', 'template', 'spec')
    case 'helm.toolkit.fluxcd.io/HelmRelease':
      return [['spec']]
    default:
      return undefined
  }
}
