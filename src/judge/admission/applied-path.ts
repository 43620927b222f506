/**
 * Paths of structured-merge-diff, which finds what a server-side apply refuses, as people write them: it names list
 * entries by their keys (`containers[name="c"].env`) and duplicates by the list and the key, not by a position.
 */
import type { PathStep } from '../../engine/api.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { formatPath } from '../schema/path.ts'

/** The path with positions; of a duplicate that of the second entry with its key. */
export function appliedPath(object: JsonObject, path: string, message: string): string {
  const { steps, value } = resolve(object, path)
  const key = /^duplicate entries for key (\[.*\])$/s.exec(message)?.[1]
  const second = key === undefined ? -1 : (entriesWith(value, key.slice(1, -1))[1] ?? -1)
  return formatPath(second < 0 ? steps : [...steps, second])
}

function resolve(object: JsonObject, path: string): { steps: readonly PathStep[]; value: Json | undefined } {
  const steps: PathStep[] = []
  let value: Json | undefined = object
  for (let at = 0; at < path.length;) {
    if (path[at] === '.') {
      at += 1
    } else if (path[at] === '[') {
      const end = closing(path, at)
      const inner = path.slice(at + 1, end)
      const index: number | undefined = /^\d+$/.test(inner) ? Number(inner) : entriesWith(value, inner)[0]
      steps.push(index ?? inner)
      value = Array.isArray(value) && index !== undefined ? (value as readonly Json[])[index] : undefined
      at = end + 1
    } else {
      const name = fieldAt(value, path.slice(at))
      steps.push(name)
      value = isJsonObject(value) && Object.hasOwn(value, name) ? value[name] : undefined
      at += name.length
    }
  }
  return { steps, value }
}

/** The bracket that closes one, brackets in quotes aside; the end of the text when there is none. */
function closing(path: string, open: number): number {
  let quoted = false
  for (let at = open + 1; at < path.length; at++) {
    if (path[at] === '\\') at += 1
    else if (path[at] === '"') quoted = !quoted
    else if (path[at] === ']' && !quoted) return at
  }
  return path.length
}

/** Keys of maps stand there as they are, dots included (`app.kubernetes.io/name`): the longest that the object has. */
function fieldAt(value: Json | undefined, rest: string): string {
  const plain = /^[^.[]+/.exec(rest)?.[0] ?? rest
  const own = isJsonObject(value) ? Object.keys(value) : []
  return own
    .filter((key) => key !== '' && rest.startsWith(key) && /^(?:$|[.[])/.test(rest.slice(key.length)))
    .reduce((longest, key) => (key.length > longest.length ? key : longest), plain)
}

/**
 * Positions of the entries of a list with a key: `name="A"`, `containerPort=80,protocol="TCP"`, or `="a"` in a set. A
 * part of a key that an entry leaves out has its default there.
 */
function entriesWith(list: Json | undefined, key: string): number[] {
  if (!Array.isArray(list)) return []
  const parts = partsOf(key)
  return (list as readonly Json[]).flatMap((entry, index) => {
    const matches = parts.every(([name, text]) => {
      if (name === '') return JSON.stringify(entry) === text
      if (!isJsonObject(entry)) return false
      return !Object.hasOwn(entry, name) || JSON.stringify(entry[name]) === text
    })
    return matches ? [index] : []
  })
}

/** `a="x,y",b=1` → its names and JSON values. */
function partsOf(key: string): [string, string][] {
  const parts = key.matchAll(/(?<name>[^=,]*)=(?<text>"(?:[^"\\]|\\.)*"|[^,]*)(?:,|$)/g)
  return [...parts].map(({ groups }) => [groups?.['name'] ?? '', groups?.['text'] ?? ''])
}
