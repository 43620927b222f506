import type { RenderedObject } from '../model/object.ts'
import { parseFieldPath } from './field-path.ts'

/**
 * The line of a field in a template, when only one line can be meant: the only one that starts with the field's key,
 * in the part of the file that makes the object. Templates are text: a guess that may be wrong is not made.
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
  let found: number | undefined
  for (let i = from; i < to; i++) {
    const line = (lines[i] ?? '').replace(/^[\s-]*/, '')
    if (!line.startsWith(wanted)) continue
    if (found !== undefined) return undefined
    found = i + 1
  }
  return found
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
