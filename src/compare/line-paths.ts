import type { PathStep } from '../engine/api.ts'
import type { FieldStep } from '../model/change.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { ownValue } from './equal.ts'
import { formatPath } from './field-path.ts'
import { entryKeys } from './list-keys.ts'

/**
 * The path of what holds a line (zero-based) of `yamlText(object)`, with list entries named by their keys. Read off the
 * indentation from the line upwards, since parsing the text again took 40 times as long as the difference itself. Only
 * text of our own comes here, never a manifest.
 */
export function pathOfLine(lines: readonly string[], at: number, object: JsonObject): string {
  return formatPath(named(stepsOf(lines, at), object))
}

/** Steps to the map or list that holds the line; to the key itself within a text of several lines. */
function stepsOf(lines: readonly string[], at: number): readonly PathStep[] {
  const steps: PathStep[] = []
  let limit = indentOf(lines[at])
  if (isEntry(lines[at]) && keyOf(lines[at]) !== undefined) steps.unshift(positionOf(lines, at))
  for (let line = at - 1; line >= 0 && limit > 0; line -= 1) {
    const indent = indentOf(lines[line])
    if (isBlank(lines[line]) || indent >= limit) continue
    // What was gathered so far stands within a text, and is no field.
    if (opensText(lines[line])) steps.length = 0
    const key = keyOf(lines[line])
    const beside = isEntry(lines[line]) && limit === indent + 2
    if (key !== undefined && !beside) steps.unshift(key)
    if (isEntry(lines[line])) steps.unshift(positionOf(lines, line))
    limit = indent
  }
  return steps
}

/** How many entries of the same list stand above. */
function positionOf(lines: readonly string[], at: number): number {
  const indent = indentOf(lines[at])
  let position = 0
  for (let line = at - 1; line >= 0; line -= 1) {
    if (isBlank(lines[line])) continue
    const other = indentOf(lines[line])
    if (other < indent) break
    if (other === indent && isEntry(lines[line])) position += 1
  }
  return position
}

function indentOf(line = ''): number {
  return line.length - line.trimStart().length
}

function isBlank(line = ''): boolean {
  return line.trim() === ''
}

function isEntry(line = ''): boolean {
  return line.trimStart().startsWith('- ')
}

/** The header of a block scalar: `key: |-`, `- >2`. */
function opensText(line = ''): boolean {
  return /(?:: |- )[|>][0-9]?[+-]?$/.test(line)
}

/** The key of a line, quoted or not; undefined for an entry that is a scalar and for lines within a text. */
function keyOf(line = ''): string | undefined {
  const text = line.trimStart().replace(/^(?:- )+/, '')
  const quoted = /^("(?:[^"\\]|\\.)*"):(?: |$)/.exec(text)?.[1]
  if (quoted !== undefined) return unquote(quoted)
  const end = /:(?: |$)/.exec(text)
  return end === null || end.index === 0 ? undefined : text.slice(0, end.index).replace(/^'(.*)'$/s, '$1')
}

function unquote(text: string): string {
  try {
    return String(JSON.parse(text))
  } catch {
    // YAML knows escapes that JSON does not.
    return text
  }
}

function named(steps: readonly PathStep[], object: JsonObject): readonly FieldStep[] {
  let value: Json | undefined = object
  return steps.map((step, depth): FieldStep => {
    const holder: Json | undefined = value
    if (typeof step === 'string') {
      value = isJsonObject(holder) ? ownValue(holder, step) : undefined
      return step
    }
    const list: readonly Json[] = Array.isArray(holder) ? (holder as readonly Json[]) : []
    value = list[step]
    const field = steps[depth - 1]
    const keys = entryKeys(typeof field === 'string' ? field : undefined, list, step)
    return keys === undefined ? step : { keys, index: step }
  })
}
