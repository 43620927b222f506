/** Lists of objects whose entries differ between the two sides, outermost ones only. */
import { canonicalJson } from '../../compare/equal.ts'
import { keysOf, matchLists } from '../../compare/list-keys.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { formatPath } from '../schema/path.ts'

/** An entry and where it stands. */
export interface Entry {
  /** Fields that lead to its list. */
  readonly path: readonly string[]
  readonly value: JsonObject
  /** `spec.containers[name=api]`. */
  readonly name: string
}

/** Lists that are looked at together, and what head has in them that base has not. */
export interface ComparedLists {
  readonly paths: readonly (readonly string[])[]
  /** Added or changed, with the entry of base that has its keys. */
  readonly entries: readonly { readonly head: Entry; readonly base: Entry | undefined }[]
}

/** Policies walk the containers of a pod together, whichever list they stand in. */
const containerLists: ReadonlySet<string> = new Set(['containers', 'initContainers', 'ephemeralContainers'])

/** How deep an outermost list may lie: a CronJob's containers are at seven. */
const depth = 8

/** Entries of one list that are asked about; a longer list is left as it is. */
const maxEntries = 16

/** Lists with entries that are new or changed. One that holds the same single entry on both sides tells nothing. */
export function listsOfBoth(base: JsonObject, head: JsonObject): readonly ComparedLists[] {
  const [before, after] = [listsOf(base), listsOf(head)]
  return [...after].flatMap(([group, paths]): ComparedLists[] => {
    const all = uniquePaths([...paths, ...(before.get(group) ?? [])])
    const pairs = all.flatMap((path) => pairsAt(base, head, path))
    const olds = all.flatMap((path) => listAt(base, path))
    const changed = pairs.filter(({ head: now, base: was }) => was === undefined || !isSame(now, was))
    const alone = olds.length === 1 && pairs.length === 1 && pairs[0]?.base !== undefined
    if (changed.length === 0 || changed.length > maxEntries || olds.length === 0 || alone) return []
    return [{ paths: all, entries: changed }]
  })
}

/** The object with no entries in the lists, or with one only. */
export function withEntries(
  object: JsonObject,
  paths: readonly (readonly string[])[],
  entry: Entry | undefined,
): JsonObject {
  return paths.reduce((result, path) => {
    if (listAt(object, path).length === 0) return result
    const kept = entry !== undefined && isSamePath(entry.path, path) ? [entry.value] : []
    return replaced(result, path, kept)
  }, object)
}

function listsOf(object: JsonObject): ReadonlyMap<string, readonly (readonly string[])[]> {
  const groups = new Map<string, (readonly string[])[]>()
  const walk = (value: JsonObject, path: readonly string[]): void => {
    for (const [field, child] of Object.entries(value)) {
      if (path.length === 0 && field === 'metadata') continue
      const at = [...path, field]
      if (isJsonObject(child) && at.length < depth) walk(child, at)
      if (!isListOfObjects(child)) continue
      const group = JSON.stringify(containerLists.has(field) ? [...path, 'containers'] : at)
      groups.set(group, [...(groups.get(group) ?? []), at])
    }
  }
  walk(object, [])
  return groups
}

function pairsAt(base: JsonObject, head: JsonObject, path: readonly string[]): ComparedLists['entries'] {
  const [before, after] = [listAt(base, path), listAt(head, path)]
  const matching = matchLists(path.at(-1), before, after)
  const keyOf = (entry: JsonObject): string =>
    canonicalJson(matching.by === 'keys' ? keysOf(entry, matching.keys) : entry)
  const nameOf = (entry: JsonObject, index: number): string => {
    const keys = matching.by === 'keys' ? Object.entries(keysOf(entry, matching.keys)) : []
    const within =
      keys
        .map(([key, value]) => `${key}=${typeof value === 'string' ? value : canonicalJson(value)}`)
        .join(',') || String(index)
    return `${formatPath(path)}[${within}]`
  }
  const entryOf = (value: JsonObject, index: number): Entry => ({ path, value, name: nameOf(value, index) })
  const olds = new Map(before.map((value, index) => [keyOf(value), entryOf(value, index)]))
  return after.map((value, index) => ({ head: entryOf(value, index), base: olds.get(keyOf(value)) }))
}

function isSame(a: Entry, b: Entry): boolean {
  return canonicalJson(a.value) === canonicalJson(b.value)
}

function isListOfObjects(value: Json | undefined): value is readonly JsonObject[] {
  return Array.isArray(value) && value.length > 0 && (value as readonly Json[]).every(isJsonObject)
}

function listAt(object: JsonObject, path: readonly string[]): readonly JsonObject[] {
  let value: Json | undefined = object
  for (const field of path)
    value = isJsonObject(value) && Object.hasOwn(value, field) ? value[field] : undefined
  return isListOfObjects(value) ? value : []
}

function replaced(
  object: JsonObject,
  [field, ...rest]: readonly string[],
  list: readonly JsonObject[],
): JsonObject {
  if (field === undefined) return object
  const child = object[field]
  if (rest.length === 0) return { ...object, [field]: [...list] }
  return isJsonObject(child) ? { ...object, [field]: replaced(child, rest, list) } : object
}

function uniquePaths(paths: readonly (readonly string[])[]): readonly (readonly string[])[] {
  return [...new Map(paths.map((path) => [JSON.stringify(path), path])).values()]
}

function isSamePath(a: readonly string[], b: readonly string[]): boolean {
  return JSON.stringify(a) === JSON.stringify(b)
}
