import type { PathStep } from '../engine/api.ts'
import type { Difference, FieldStep } from '../model/change.ts'
import { exactOf } from '../model/exact-numbers.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { ListReader } from '../model/list.ts'
import { canonicalJson, equalJson, ownValue } from './equal.ts'
import { longestCommon } from './longest-common.ts'
import { keysOf, matchLists } from './list-keys.ts'

/**
 * What differs between two values, as the cluster would see it: maps by key, lists by their merge keys, sets as sets,
 * other lists by position. The order of keys never counts. Differences come in the order of the new value's fields,
 * sorted by key. Numbers and strings of the same look differ; `1` and `1.0` are one number; quantities are compared
 * as text (`1000m` and `1` differ), because only the type of a field says whether it is a quantity.
 */
export function differences(
  old: Json | undefined,
  next: Json | undefined,
  path: readonly FieldStep[] = [],
  lists: ListReader = () => undefined,
): Difference[] {
  if (old === undefined || next === undefined) {
    if (old === next) return []
    return [{ path, ...(old === undefined ? {} : { old }), ...(next === undefined ? {} : { new: next }) }]
  }
  if (isJsonObject(old) && isJsonObject(next)) return inMaps(old, next, path, lists)
  if (Array.isArray(old) && Array.isArray(next)) {
    return inLists(old as readonly Json[], next as readonly Json[], path, lists)
  }
  return equalJson(old, next) ? [] : [{ path, old, new: next }]
}

function inMaps(
  old: JsonObject,
  next: JsonObject,
  path: readonly FieldStep[],
  lists: ListReader,
): Difference[] {
  const keys = new Set([...Object.keys(old), ...Object.keys(next)])
  return [...keys]
    .sort()
    .flatMap(
      (key) =>
        digitsDiffer(old, next, key, [...path, key]) ??
        differences(ownValue(old, key), ownValue(next, key), [...path, key], lists),
    )
}

/** Two large integers that are one JavaScript number: their digits are shown as texts. */
function digitsDiffer(
  old: JsonObject | readonly Json[],
  next: JsonObject | readonly Json[],
  key: string | number,
  path: readonly FieldStep[],
): Difference[] | undefined {
  const [before, after] = [exactOf(old, key), exactOf(next, key)]
  if (before === after) return undefined
  const [a, b] = [(old as JsonObject)[key], (next as JsonObject)[key]]
  return typeof a === 'number' && typeof b === 'number'
    ? [{ path, old: before ?? String(a), new: after ?? String(b) }]
    : undefined
}

function inLists(
  old: readonly Json[],
  next: readonly Json[],
  path: readonly FieldStep[],
  lists: ListReader,
): Difference[] {
  const last = path.at(-1)
  const matching = matchLists(
    typeof last === 'string' ? last : undefined,
    old,
    next,
    lists(path.map(plainStep)),
  )
  if (matching.by === 'keys') return byKeys(old, next, matching.keys, matching.ordered, path, lists)
  if (matching.by === 'value') return byValue(old, next, path)
  return byPosition(old, next, path, lists)
}

/** Schemas know no elements by their keys. */
function plainStep(step: FieldStep): PathStep {
  return typeof step === 'object' ? step.index : step
}

function byKeys(
  old: readonly Json[],
  next: readonly Json[],
  keys: readonly string[],
  ordered: boolean,
  path: readonly FieldStep[],
  lists: ListReader,
): Difference[] {
  const before = indexByKeys(old, keys)
  const after = indexByKeys(next, keys)
  if (ordered && !sameOrder([...before.keys()], [...after.keys()])) return [{ path, old, new: next }]
  const found: Difference[] = []
  for (const [name, { index, value, named }] of before) {
    if (!after.has(name)) found.push({ path: [...path, { keys: named, index }], old: value })
  }
  for (const [name, { index, value, named }] of after) {
    found.push(...differences(before.get(name)?.value, value, [...path, { keys: named, index }], lists))
  }
  return found
}

interface KeyedEntry {
  readonly index: number
  readonly value: Json
  readonly named: Readonly<Record<string, Json>>
}

function indexByKeys(list: readonly Json[], keys: readonly string[]): Map<string, KeyedEntry> {
  const entries = new Map<string, KeyedEntry>()
  for (const [index, value] of list.entries()) {
    if (!isJsonObject(value)) continue
    const named = keysOf(value, keys)
    entries.set(canonicalJson(named), { index, value, named })
  }
  return entries
}

/** True when the names that both sides have stand in the same order. */
function sameOrder(old: readonly string[], next: readonly string[]): boolean {
  const inOld = new Set(old)
  const inNext = new Set(next)
  const commonOld = old.filter((name) => inNext.has(name))
  const commonNext = next.filter((name) => inOld.has(name))
  return commonOld.every((name, index) => name === commonNext[index])
}

function byValue(old: readonly Json[], next: readonly Json[], path: readonly FieldStep[]): Difference[] {
  const before = new Set(old)
  const after = new Set(next)
  return [
    ...old.flatMap((value, index) => (after.has(value) ? [] : [{ path: [...path, index], old: value }])),
    ...next.flatMap((value, index) => (before.has(value) ? [] : [{ path: [...path, index], new: value }])),
  ]
}

/**
 * Lists of one length are compared entry by entry. Otherwise the longest common subsequence stays, and the rest is
 * removed (position in the old list) or added (position in the new one).
 */
function byPosition(
  old: readonly Json[],
  next: readonly Json[],
  path: readonly FieldStep[],
  lists: ListReader,
): Difference[] {
  if (old.length === next.length) {
    return next.flatMap(
      (value, index) =>
        digitsDiffer(old, next, index, [...path, index]) ??
        differences(old[index], value, [...path, index], lists),
    )
  }
  const common = longestCommon(old.map(canonicalJson), next.map(canonicalJson))
  if (common === undefined) return [{ path, old, new: next }]
  return [
    ...old.flatMap((value, index) => (common.old.has(index) ? [] : [{ path: [...path, index], old: value }])),
    ...next.flatMap((value, index) =>
      common.new.has(index) ? [] : [{ path: [...path, index], new: value }],
    ),
  ]
}
