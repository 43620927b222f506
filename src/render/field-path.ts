import { field } from '../discover/fields.ts'
import type { PathStep } from '../engine/api.ts'
import type { Json } from '../model/json.ts'

/**
 * Reads a field as people and the API server write it: `spec.containers[0].image`, `metadata.labels[app.io/name]`,
 * `data["a.b"]`. A number in brackets is an index, everything else a key.
 */
export function parseFieldPath(path: string): readonly PathStep[] {
  const steps: PathStep[] = []
  let key = ''
  const flush = (): void => {
    if (key !== '') steps.push(key)
    key = ''
  }
  for (let i = 0; i < path.length; i++) {
    const character = path[i] ?? ''
    if (character === '.') flush()
    else if (character === '[') {
      flush()
      const close = path.indexOf(']', i)
      const inside = path.slice(i + 1, close < 0 ? path.length : close)
      steps.push(/^\d+$/.test(inside) ? Number(inside) : inside.replace(/^(["'])(.*)\1$/, '$2'))
      i = close < 0 ? path.length : close
    } else key += character
  }
  flush()
  return steps
}

/** The value one step below: an entry of a list or a field of an object; undefined where there is none. */
export function stepInto(value: Json | undefined, step: PathStep): Json | undefined {
  if (typeof step === 'number') return Array.isArray(value) ? (value as readonly Json[])[step] : undefined
  return field(value, step)
}

/** The value at the end of a path; undefined where a step leads nowhere. */
export function valueAt(value: Json | undefined, steps: readonly PathStep[]): Json | undefined {
  let current = value
  for (const step of steps) current = stepInto(current, step)
  return current
}
