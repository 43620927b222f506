import type { PathStep } from '../../engine/api.ts'
import { isJsonObject, type Json } from '../../model/json.ts'
import { splitApiVersion, type RenderedObject } from '../../model/object.ts'
import type { TargetOf } from '../environments.ts'
import type { Found } from '../judgement.ts'
import { listsOf, type ListReader } from '../schema/lists.ts'
import { elementPath, formatPath } from '../schema/path.ts'
import type { SchemaContext } from '../schema/schema.ts'
import { appliesServerSide } from './server-side.ts'
import type { ChangeWrite } from '../writes.ts'

/**
 * What server-side apply refuses and a create or update accepts: two entries with one key in a list that is merged by
 * keys, and a value twice in a set (structured-merge-diff, typed/validate.go: "duplicate entries for key"). Only for
 * targets whose tool applies that way; for all others the API server's own warnings tell.
 */
export function appliedDuplicates(
  writes: readonly ChangeWrite[],
  context: SchemaContext,
  targetOf: TargetOf,
): readonly Found[] {
  return writes.flatMap(({ change, object, write }) => {
    if (write.operation === 'DELETE' || !appliesServerSide(object, targetOf(change.target))) return []
    const { group, version } = splitApiVersion(object.apiVersion)
    const kind = { group, version, kind: object.identity.kind }
    const lists = listsOf(context.schemas, kind, context.kubernetes, context.customResources)
    return duplicates(object.object, [], lists).map(({ steps, key }) =>
      foundOf(change.target, object, steps, key, lists),
    )
  })
}

interface Duplicate {
  readonly steps: readonly PathStep[]
  /** As the server writes it: `[name="A"]`. */
  readonly key: string
}

function duplicates(value: Json, steps: readonly PathStep[], lists: ListReader): Duplicate[] {
  if (isJsonObject(value))
    return Object.entries(value).flatMap(([name, entry]) => duplicates(entry, [...steps, name], lists))
  if (!Array.isArray(value)) return []
  const entries = value as readonly Json[]
  const semantics = lists(steps)
  const keyOf =
    semantics === undefined || semantics.type === 'atomic'
      ? undefined
      : semantics.type === 'set'
        ? (entry: Json) => JSON.stringify(entry)
        : (entry: Json) => keyText(entry, semantics.keys)
  const seen = new Set<string>()
  return entries.flatMap((entry, index) => {
    const at = [...steps, index]
    const key = keyOf?.(entry)
    const again = key !== undefined && seen.has(key)
    if (key !== undefined) seen.add(key)
    return [...(again ? [{ steps: at, key }] : []), ...duplicates(entry, at, lists)]
  })
}

/** Undefined for entries that lack a key: they are refused for that. `protocol` is the only key with a default. */
function keyText(entry: Json, keys: readonly string[]): string | undefined {
  if (!isJsonObject(entry)) return undefined
  const parts = keys.map((key) => {
    const value = Object.hasOwn(entry, key) ? entry[key] : key === 'protocol' ? 'TCP' : undefined
    return value === undefined || value === null ? undefined : `${key}=${JSON.stringify(value)}`
  })
  return parts.includes(undefined) ? undefined : `[${parts.join(',')}]`
}

function foundOf(
  target: string,
  object: RenderedObject,
  steps: readonly PathStep[],
  key: string,
  lists: ListReader,
): Found {
  return {
    object,
    finding: {
      source: 'admission',
      rule: 'admission/DuplicateEntries',
      level: 'required',
      severity: 'high',
      object: object.identity,
      target,
      path: formatPath(steps),
      element: elementPath(object.object, steps, (list) => namesOf(lists, list)),
      message: `duplicate entries for key ${key}: server-side apply refuses the object`,
      remedy: 'remove one of the two entries',
    },
  }
}

/** What the server only warns about on other writes gives way to the refusal of the same entry, and that to one of its own. */
export function withDuplicates(found: readonly Found[], refused: readonly Found[]): readonly Found[] {
  if (refused.length === 0) return found
  const paths = new Set(refused.map(keyOfFound))
  const covering = requiredPaths(found)
  const covered = ({ object, finding: { path } }: Found): boolean =>
    object !== undefined && covering.get(object)?.has(path) === true
  // The engine says it too where it applies server-side, of the list as a whole.
  const sentences = new Set(
    refused.map((one) => sentenceOf(one.finding.message.split(': server-side')[0] ?? '', one)),
  )
  const repeats = (one: Found): boolean =>
    (one.finding.rule === 'admission/warning' && paths.has(keyOfFound(one))) ||
    (one.finding.rule === 'admission/ServerSideApply' && sentences.has(sentenceOf(one.finding.message, one)))
  return [...found.filter((one) => !repeats(one)), ...refused.filter((one) => !covered(one))]
}

/** The paths of what is refused, and all above them, by object: a list can hold thousands of mistakes. */
function requiredPaths(found: readonly Found[]): ReadonlyMap<RenderedObject, ReadonlySet<string>> {
  const paths = new Map<RenderedObject, Set<string>>()
  for (const { object, finding } of found) {
    if (object === undefined || finding.level !== 'required') continue
    let ofObject = paths.get(object)
    if (ofObject === undefined) paths.set(object, (ofObject = new Set()))
    ofObject.add(finding.path)
    for (let dot = finding.path.indexOf('.'); dot >= 0; dot = finding.path.indexOf('.', dot + 1))
      ofObject.add(finding.path.slice(0, dot))
  }
  return paths
}

function sentenceOf(sentence: string, { finding: { target, object } }: Found): string {
  return JSON.stringify([target, object, sentence])
}

function keyOfFound({ finding: { target, object, path } }: Found): string {
  return JSON.stringify([target, object, path])
}

/** A set has no keys, and neither has a list that is no list. */
function namesOf(lists: ListReader, list: readonly PathStep[]): readonly string[] | undefined {
  const keys = lists(list)?.keys ?? []
  return keys.length === 0 ? undefined : keys
}
