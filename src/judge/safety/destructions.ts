import type { Change } from '../../model/change.ts'
import { identityKey, type RenderedObject } from '../../model/object.ts'
import type { RenderedPair } from '../../model/rendering.ts'
import type { ReportDestruction } from '../../model/report.ts'
import type { ClassesOf } from '../admission/classes.ts'
import { losses } from './losses.ts'
import { fateOf } from './prune.ts'

/** A deletion of one target, before equal ones of several targets were joined. */
export interface Destroyed {
  readonly object: RenderedObject
  readonly target: string
  readonly sentence: string
}

/**
 * Deletions that take data or other objects with them, with what will really happen at the sync: whether the tool
 * prunes, what keeps the object, and what the API server deletes along with it.
 */
export function destroyed(
  changes: readonly Change[],
  pairs: readonly RenderedPair[],
  /** Of the base: they made the volumes. */
  classesOf: ClassesOf,
): readonly Destroyed[] {
  const byId = new Map(pairs.map((pair) => [pair.id, pair]))
  return changes.flatMap((change): Destroyed[] => {
    const { operation, old, target } = change
    if (operation !== 'DELETE' || old === undefined) return []
    const loss = losses(old.object, old.identity, (name) => classesOf(target, 'StorageClass', name))
    if (loss === undefined) return []
    const pair = byId.get(target)
    const by = (pair?.head ?? pair?.base)?.target
    const others = elsewhere(change, changes)
    const isDeployed = (id: string): boolean => byId.get(id)?.head?.target.owner !== undefined
    // Where nothing is known of who deploys, one folder is as good as the other.
    const heir = others.find(isDeployed) ?? (by?.owner === undefined ? others[0] : undefined)
    if (heir !== undefined)
      return [
        {
          object: old,
          target,
          sentence: `${heir} renders it as well from now on: it is handed over, not deleted`,
        },
      ]
    const fate = fateOf(old, by, pair?.head === undefined)
    const idle =
      others[0] === undefined ? '' : ` (${others[0]} holds it, and no definition here deploys that)`
    const sentence = `${fate.kept ? fate.sentence : `${fate.sentence}: ${loss}`}${idle}`
    return [{ object: old, target, sentence }]
  })
}

/** Joins equal deletions of several targets. Sorted by object. */
export function joinDestroyed(
  entries: readonly (Destroyed & Pick<ReportDestruction, 'location'>)[],
): readonly ReportDestruction[] {
  const rows = new Map<string, { entry: (typeof entries)[number]; targets: Set<string> }>()
  for (const entry of entries) {
    const key = JSON.stringify([identityKey(entry.object.identity), entry.sentence, entry.location])
    const row = rows.get(key) ?? { entry, targets: new Set() }
    row.targets.add(entry.target)
    rows.set(key, row)
  }
  return [...rows]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, { entry, targets }]) => ({
      object: entry.object.identity,
      targets: [...targets].sort(),
      sentence: entry.sentence,
      location: entry.location,
    }))
}

/** Other targets that create the very object in the same change. */
function elsewhere(change: Change, changes: readonly Change[]): readonly string[] {
  const key = identityKey(change.identity)
  return changes
    .filter(
      (other) =>
        other.operation === 'CREATE' && other.target !== change.target && identityKey(other.identity) === key,
    )
    .map(({ target }) => target)
}
