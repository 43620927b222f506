import type { Change } from '../model/change.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { ReportImage } from '../model/report.ts'
import { ownValue } from './equal.ts'
import { formatPath } from './field-path.ts'
import { parseImage, type ImageReference } from './image-reference.ts'
import { entryKeys } from './list-keys.ts'

/**
 * Images that moved, per container (or wherever an `image` field stands, in any kind): one row for each move, with
 * the targets in which it happens, sorted. Another repository at the same place is two rows, one that leaves and one
 * that comes. An image that a new object shares with what its target ran before is no move.
 */
export function imageMoves(changes: readonly Change[]): readonly ReportImage[] {
  const running = runningBefore(changes)
  const rows = new Map<
    string,
    { image: string; from: string | null; to: string | null; targets: Set<string> }
  >()
  for (const change of changes) {
    if (change.operation === 'NONE') continue
    const known = running.get(change.target) ?? new Set()
    for (const { image, from, to } of movesOf(change)) {
      if (from === null && known.has(`${image} ${to ?? ''}`)) continue
      const key = `${image} ${from ?? ''} ${to ?? ''}`
      const row = rows.get(key) ?? { image, from, to, targets: new Set() }
      row.targets.add(change.target)
      rows.set(key, row)
    }
  }
  return [...rows.entries()]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, row]) => ({ ...row, targets: [...row.targets].sort() }))
}

type Move = Pick<ReportImage, 'image' | 'from' | 'to'>

function movesOf({ old, new: next }: Change): Move[] {
  const before = imagesIn(old?.object)
  const after = imagesIn(next?.object)
  return [...new Set([...before.keys(), ...after.keys()])].flatMap((place): Move[] => {
    const from = before.get(place)
    const to = after.get(place)
    if (from?.repository === to?.repository && versionOf(from) === versionOf(to)) return []
    if (from !== undefined && to !== undefined && from.repository === to.repository)
      return [{ image: to.repository, from: versionOf(from), to: versionOf(to) }]
    return [
      ...(from === undefined ? [] : [{ image: from.repository, from: versionOf(from), to: null }]),
      ...(to === undefined ? [] : [{ image: to.repository, from: null, to: versionOf(to) }]),
    ]
  })
}

/** Tag and digest as written; `latest` when there is neither, since that is what a node pulls. */
function versionOf(image: ImageReference | undefined): string | null {
  if (image === undefined) return null
  if (image.tag !== undefined && image.digest !== undefined) return `${image.tag}@${image.digest}`
  return image.tag ?? image.digest ?? 'latest'
}

function runningBefore(changes: readonly Change[]): Map<string, Set<string>> {
  const running = new Map<string, Set<string>>()
  for (const { target, old } of changes) {
    if (old === undefined) continue
    const images = running.get(target) ?? new Set()
    for (const image of imagesIn(old.object).values())
      images.add(`${image.repository} ${versionOf(image) ?? ''}`)
    running.set(target, images)
  }
  return running
}

/** Every image of an object by its place, list entries named by their keys. */
export function imagesIn(object: JsonObject | undefined): ReadonlyMap<string, ImageReference> {
  const found = new Map<string, ImageReference>()
  if (object !== undefined) walk(object, [], undefined, found)
  return found
}

function walk(
  value: Json,
  path: readonly (string | number | { keys: Readonly<Record<string, Json>>; index: number })[],
  field: string | undefined,
  found: Map<string, ImageReference>,
): void {
  if (Array.isArray(value)) {
    const list = value as readonly Json[]
    for (const [index, entry] of list.entries()) {
      if (typeof entry !== 'object' || entry === null) continue
      const keys = entryKeys(field, list, index)
      walk(entry, [...path, keys === undefined ? index : { keys, index }], undefined, found)
    }
    return
  }
  if (!isJsonObject(value)) return
  for (const [key, entry] of Object.entries(value)) {
    const image = key === 'image' ? imageOf(entry) : undefined
    if (image !== undefined) found.set(formatPath([...path, key]), image)
    else walk(entry, [...path, key], key, found)
  }
}

/** A reference, or `{registry, repository, tag, digest}` as the values of charts hold it (HelmRelease `spec.values`). */
function imageOf(value: Json): ImageReference | undefined {
  if (typeof value === 'string') return parseImage(value)
  if (!isJsonObject(value)) return undefined
  const part = (key: string): string | undefined => {
    const text = ownValue(value, key)
    return typeof text === 'string' && text !== ''
      ? text
      : typeof text === 'number'
        ? String(text)
        : undefined
  }
  const repository = part('repository')
  if (repository === undefined) return undefined
  const registry = part('registry')
  const tag = part('tag')
  const digest = part('digest')
  if (tag === undefined && digest === undefined) return undefined
  return parseImage(
    `${registry === undefined ? '' : `${registry}/`}${repository}${tag === undefined ? '' : `:${tag}`}${digest === undefined ? '' : `@${digest}`}`,
  )
}
