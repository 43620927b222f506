import { isJsonObject, type Json } from '../model/json.ts'
import type { RenderedObject } from '../model/object.ts'
import { parseFieldPath } from './field-path.ts'

/**
 * The line of a field in a template, when only one line can be meant: the only one that starts with the field's key,
 * or with the key and the value as it was rendered, in the part of the file that makes the object. Templates are text: a guess that may be wrong is not made.
 *
 * @returns one-based line, or undefined
 */
export function templateLine(text: string, object: RenderedObject, path: string): number | undefined {
  const lines = text.split('\n')
  const [from, to] = partOf(lines, object)
  const key = parseFieldPath(path)
    .filter((step) => typeof step === 'string')
    .at(-1)
  const wanted = key === undefined ? `kind: ${object.identity.kind}` : `${key}:`
  const found: { line: number; rest: string }[] = []
  for (let i = from; i < to; i++) {
    const line = (lines[i] ?? '').replace(/^[\s-]*/, '')
    if (line.startsWith(wanted)) found.push({ line: i + 1, rest: line.slice(wanted.length).trim() })
  }
  const [only, other] = found
  if (other === undefined) return only?.line
  const [literal, another] = found.filter(({ rest }) => rest !== '' && rest === written(object, path))
  return another === undefined ? literal?.line : undefined
}

/** The value of a field as a template would write it without quotes; empty for what is no single value. */
function written(object: RenderedObject, path: string): string {
  let value: Json | undefined = object.object
  for (const step of parseFieldPath(path))
    value =
      typeof step === 'number'
        ? Array.isArray(value)
          ? (value as readonly Json[])[step]
          : undefined
        : isJsonObject(value)
          ? value[step]
          : undefined
  return value === undefined || value === null || typeof value === 'object' ? '' : String(value)
}

/** The part between two `---` that names the kind; the whole file when several do, or none. */
function partOf(lines: readonly string[], object: RenderedObject): readonly [number, number] {
  const edges = [-1, ...lines.flatMap((line, i) => (line.startsWith('---') ? [i] : [])), lines.length]
  const parts = edges.slice(1).map((edge, n): readonly [number, number] => [(edges[n] ?? -1) + 1, edge])
  const own = parts.filter(([from, to]) =>
    lines.slice(from, to).some((line) => line.trim() === `kind: ${object.identity.kind}`),
  )
  const [only, other] = own
  return only !== undefined && other === undefined ? only : [0, lines.length]
}
