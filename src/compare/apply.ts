import type { Difference, FieldStep } from '../model/change.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { equalJson, objectOf, ownValue } from './equal.ts'
import { keysOf } from './list-keys.ts'

/**
 * The new value, made of the old one and the differences of `differences(old, new)`. New entries of lists
 * come to stand where the new list has them. Shows that no difference is lost, and writes marks
 * into masked objects.
 */
export function applyDifferences(old: Json | undefined, found: readonly Difference[]): Json | undefined {
  const whole = found.find(({ path }) => path.length === 0)
  if (whole !== undefined) return whole.new
  if (found.length === 0 || old === undefined) return old
  const groups = groupByFirst(found)
  if (Array.isArray(old)) return applyToList(old as readonly Json[], groups)
  if (isJsonObject(old)) return applyToMap(old, groups)
  return old
}

interface Group {
  readonly step: FieldStep
  readonly rest: Difference[]
}

function groupByFirst(found: readonly Difference[]): Group[] {
  const groups = new Map<string, Group>()
  for (const difference of found) {
    const [step, ...path] = difference.path
    if (step === undefined) continue
    // Whole removals and additions at one position of an atomic list are different entries.
    const whole = path.length === 0 ? (difference.old === undefined ? 'added' : 'removed') : 'changed'
    const key = JSON.stringify(
      typeof step === 'object' ? step.keys : [step, typeof step === 'number' ? whole : ''],
    )
    const group = groups.get(key) ?? { step, rest: [] }
    group.rest.push({ ...difference, path })
    groups.set(key, group)
  }
  return [...groups.values()]
}

function applyToMap(old: JsonObject, groups: readonly Group[]): JsonObject {
  const entries = new Map<string, Json>(Object.entries(old))
  for (const { step, rest } of groups) {
    if (typeof step === 'object') continue
    const key = String(step)
    const value = applyDifferences(ownValue(old, key), rest)
    if (value === undefined) entries.delete(key)
    else entries.set(key, value)
  }
  return objectOf(entries)
}

function applyToList(old: readonly Json[], groups: readonly Group[]): Json[] {
  const kept: (Json | undefined)[] = [...old]
  const inserted: { readonly index: number; readonly value: Json }[] = []
  for (const { step, rest } of groups) {
    if (typeof step === 'string') continue
    const at = typeof step === 'number' ? step : findEntry(old, step.keys)
    const only = rest.length === 1 && rest[0]?.path.length === 0 ? rest[0] : undefined
    if (only !== undefined && only.old === undefined && only.new !== undefined) {
      inserted.push({ index: typeof step === 'number' ? step : step.index, value: only.new })
    } else {
      kept[at] = applyDifferences(old[at], rest)
    }
  }
  const result = kept.filter((value) => value !== undefined)
  inserted.sort((a, b) => a.index - b.index)
  for (const { index, value } of inserted) result.splice(index, 0, value)
  return result
}

function findEntry(list: readonly Json[], keys: Readonly<Record<string, Json>>): number {
  return list.findIndex((entry) => isJsonObject(entry) && equalJson(keysOf(entry, Object.keys(keys)), keys))
}
