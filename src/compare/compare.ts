import type { Change } from '../model/change.ts'
import type { ListsOfObject } from '../model/list.ts'
import { identityKey, type RenderedObject } from '../model/object.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { Target } from '../model/target.ts'
import { differences } from './difference.ts'
import { movedTargets } from './moved-targets.ts'
import { pairObjects, type ObjectPair } from './pair.ts'
import { staysInCluster } from './same-cluster.ts'

/**
 * Old and new of every object of every target, sorted by target and identity; unchanged objects are there with
 * operation `NONE`. A target that is rendered on the head side only because the base side broke or could not be
 * rendered counts as created, so that its objects are judged, and so does one that moves to another cluster; one that is not rendered on the head side gives no
 * changes, since nothing is known about what would become of its objects. Values are not masked here: every text
 * and every value that leaves the room goes through `SecretVault`.
 * @param lists how the schemas merge lists; without it the table of list-keys.ts alone decides
 */
export function compare(pairs: readonly RenderedPair[], lists?: ListsOfObject): readonly Change[] {
  const moved = movedTargets(pairs)
  const gone = new Set(moved.values())
  const byId = new Map(pairs.map((pair) => [pair.id, pair]))
  return pairs
    .filter((pair) => !gone.has(pair.id))
    .map((pair) => {
      const from = moved.get(pair.id)
      const base = from === undefined ? pair.base : byId.get(from)?.base
      return base === undefined ? pair : { ...pair, base }
    })
    .sort((a, b) => compareText(a.id, b.id))
    .flatMap((pair) => compareTarget(pair, lists))
}

function compareTarget(pair: RenderedPair, lists: ListsOfObject | undefined): Change[] {
  const { id, base, head } = pair
  const target = (head ?? base)?.target
  if (head !== undefined && head.state !== 'rendered') return []
  // Of what moves to another cluster nothing is there yet, and what it deployed to the old one stays behind.
  const moves = base !== undefined && head !== undefined && !staysInCluster(base.target, head.target)
  const old = base?.state === 'rendered' && !moves ? base.objects : []
  // Objects that only the base has may come from the very source that is missing now: nobody knows that they go.
  const unsure = head?.partial === true && !(base?.state === 'rendered' && base.partial === true)
  const changes = pairObjects(old, head?.objects ?? [])
    .filter((objects) => !unsure || objects.new !== undefined)
    .map((objects) => changeOf(id, objects, lists, target))
  return changes.sort((a, b) => compareText(identityKey(a.identity), identityKey(b.identity)))
}

function changeOf(
  target: string,
  { old, new: next }: ObjectPair,
  lists: ListsOfObject | undefined,
  by: Target | undefined,
): Change {
  const identity = (next ?? old)?.identity
  if (identity === undefined) throw new TypeError('a pair without objects')
  const change = { target, identity, ...(old && { old }), ...(next && { new: next }) }
  if (old === undefined) return { ...change, operation: 'CREATE', differences: [] }
  if (next === undefined) return { ...change, operation: 'DELETE', differences: [] }
  const found = differences(old.object, next.object, [], by && lists?.(next, by))
  return {
    ...change,
    operation: found.length === 0 ? 'NONE' : 'UPDATE',
    ...(isRenamed(old, next) && { renamedFrom: old.identity }),
    differences: found,
  }
}

function isRenamed(old: RenderedObject, next: RenderedObject): boolean {
  return identityKey(old.identity) !== identityKey(next.identity)
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
