import { field, textAt } from '../discover/fields.ts'
import type { PathStep } from '../engine/api.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import type { RenderedObject } from '../model/object.ts'
import { stepInto } from './field-path.ts'

/** Where a field of a rendered object stands in a value that it was made of. */
export interface FieldPlace {
  readonly path: readonly PathStep[]
  /** False when only a parent of the field is there. */
  readonly exact: boolean
}

/** Keys by which entries of lists are the same entry (Kubernetes' patchMergeKeys), the most common first. */
const mergeKeys = [
  'name',
  'containerPort',
  'port',
  'mountPath',
  'devicePath',
  'ip',
  'topologyKey',
  'key',
  'type',
  'uid',
]

/**
 * Walks a path of the rendered object through a written one. Entries of lists are found by their merge key, because
 * patches and transformers move them; without one, by their index.
 */
export function resolveField(written: Json, object: Json, steps: readonly PathStep[]): FieldPlace {
  const path: PathStep[] = []
  let there: Json | undefined = written
  let here: Json | undefined = object
  for (const step of steps) {
    here = stepInto(here, step)
    if (typeof step === 'number' && Array.isArray(there)) {
      const index = entryIndex(there as readonly Json[], here, step)
      if (index === undefined) return { path, exact: false }
      path.push(index)
      there = (there as readonly Json[])[index]
    } else {
      const next = stepInto(there, step)
      if (next === undefined) return { path, exact: false }
      path.push(step)
      there = next
    }
  }
  return { path, exact: true }
}

function entryIndex(list: readonly Json[], entry: Json | undefined, step: number): number | undefined {
  if (!isJsonObject(entry)) {
    const same = list.findIndex((item) => item === entry)
    return same >= 0 ? same : step < list.length ? step : undefined
  }
  for (const key of mergeKeys) {
    const wanted = entry[key]
    if (wanted === undefined) continue
    const found = list.findIndex((item) => isJsonObject(item) && item[key] === wanted)
    if (found >= 0) return found
    const [made, other] = list.flatMap((item, index) => (becomes(field(item, key), wanted) ? [index] : []))
    if (made !== undefined && other === undefined) return made
    if (made !== undefined) continue
    if (list.every((item) => isJsonObject(item) && item[key] !== undefined)) return undefined
  }
  return step < list.length ? step : undefined
}

/** Whether Flux's variables can make the one of the other: `${app}-http` → `shop-http`. */
function becomes(written: Json | undefined, rendered: Json): boolean {
  if (typeof written !== 'string' || typeof rendered === 'object') return false
  const [first = '', ...rest] = written.split(/\$\{[^{}]*\}/)
  const last = rest.pop()
  const text = String(rendered)
  if (last === undefined || !text.startsWith(first)) return false
  let at = first.length
  for (const part of rest) {
    const found = text.indexOf(part, at)
    if (found < 0) return false
    at = found + part.length
  }
  return at + last.length <= text.length && text.endsWith(last)
}

/** The field in a patch file: a merge patch of the object, or an operation of a JSON patch. */
export function patchField(
  value: Json | undefined,
  object: RenderedObject,
  steps: readonly PathStep[],
): readonly PathStep[] | undefined {
  if (value === undefined) return undefined
  if (Array.isArray(value)) return operationOn(value as readonly Json[], steps)
  const kind = textAt(value, 'kind')
  if (kind !== undefined && kind !== object.identity.kind) return undefined
  const name = textAt(value, 'metadata', 'name')
  if (name !== undefined && !object.identity.name.includes(name) && !isPlaceholder(name)) return undefined
  const place = resolveField(value, object.object, steps)
  return place.exact ? place.path : undefined
}

/** Patches with a target of their own may carry any name. */
function isPlaceholder(name: string): boolean {
  return /not-?(?:used|important)|ignored|all|any|placeholder|whatever/i.test(name)
}

/** The last operation on the field or on a parent of it; its value when it has one. */
function operationOn(
  operations: readonly Json[],
  steps: readonly PathStep[],
): readonly PathStep[] | undefined {
  for (let i = operations.length - 1; i >= 0; i--) {
    const operation = operations[i]
    const pointer = textAt(operation, 'path')
      ?.split('/')
      .slice(1)
      .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'))
    if (pointer === undefined || pointer.length === 0) continue
    const covers = pointer.every((part, n) =>
      part === '-' ? typeof steps[n] === 'number' : String(steps[n]) === part,
    )
    if (!covers) continue
    const rest = steps.slice(pointer.length)
    const value = field(operation, 'value')
    const inside = value === undefined ? [] : deepest(value, rest)
    return [i, ...(value === undefined ? [] : ['value', ...inside])]
  }
  return undefined
}

function deepest(value: Json, steps: readonly PathStep[]): readonly PathStep[] {
  const path: PathStep[] = []
  let at: Json | undefined = value
  for (const step of steps) {
    at = stepInto(at, step)
    if (at === undefined) break
    path.push(step)
  }
  return path
}
