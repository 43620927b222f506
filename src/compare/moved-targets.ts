import { identityKey } from '../model/object.ts'
import type { RenderedPair, Rendering } from '../model/rendering.ts'
import { staysInCluster } from './same-cluster.ts'

/** Shared identities over all identities from which two roots count as one that moved: most of it is the same. */
const leastSimilarity = 0.8

/**
 * Targets that only got another id, such as a root whose directory moved: new id → old id. A deleted and a created
 * target of one cluster are the same when they render the same objects, or nearly: at least four fifths of the
 * identities. Each side is paired at most once, the most similar first, so that the answer does not depend on order.
 * A definition that is gone deletes what it deployed, whatever folder holds the same manifests afterwards.
 */
export function movedTargets(pairs: readonly RenderedPair[]): ReadonlyMap<string, string> {
  const deleted = pairs.filter(({ base, head }) => base?.state === 'rendered' && head === undefined)
  const created = pairs.filter(({ base, head }) => head?.state === 'rendered' && base === undefined)
  const moved = new Map<string, string>()
  if (deleted.length === 0 || created.length === 0) return moved

  const before = new Map(deleted.map((pair) => [pair.id, identities(pair.base)]))
  const owners = ownersOf(before)
  const candidates = created.flatMap((pair) => {
    const after = identities(pair.head)
    return [...sharedCounts(after, owners)].map(([id, shared]) => ({
      from: id,
      to: pair.id,
      similarity: shared / (after.size + (before.get(id)?.size ?? 0) - shared),
    }))
  })
  const deployed = new Set(deleted.filter(({ base }) => base?.target.owner !== undefined).map(({ id }) => id))
  const deploys = new Set(created.filter(({ head }) => head?.target.owner !== undefined).map(({ id }) => id))
  const used = new Set<string>()
  const byId = new Map(pairs.map((pair) => [pair.id, pair]))
  candidates.sort(
    (a, b) => b.similarity - a.similarity || compareText(a.to, b.to) || compareText(a.from, b.from),
  )
  for (const { from, to, similarity } of candidates) {
    if (similarity < leastSimilarity || used.has(from) || moved.has(to)) continue
    if (deployed.has(from) && !deploys.has(to)) continue
    const [old, next] = [byId.get(from)?.base, byId.get(to)?.head]
    if (old !== undefined && next !== undefined && !staysInCluster(old.target, next.target)) continue
    moved.set(to, from)
    used.add(from)
  }
  return moved
}

function identities(rendering: Rendering | undefined): ReadonlySet<string> {
  if (rendering?.state !== 'rendered') return new Set()
  const cluster = rendering.target.cluster ?? ''
  return new Set(rendering.objects.map(({ identity }) => `${cluster}\n${identityKey(identity)}`))
}

/** Which deleted targets render an identity: keeps the comparison linear in what both sides share. */
function ownersOf(sides: ReadonlyMap<string, ReadonlySet<string>>): Map<string, string[]> {
  const owners = new Map<string, string[]>()
  for (const [id, keys] of sides) {
    for (const key of keys) {
      const list = owners.get(key)
      if (list === undefined) owners.set(key, [id])
      else list.push(id)
    }
  }
  return owners
}

function sharedCounts(
  keys: ReadonlySet<string>,
  owners: ReadonlyMap<string, readonly string[]>,
): ReadonlyMap<string, number> {
  const counts = new Map<string, number>()
  for (const key of keys) {
    for (const id of owners.get(key) ?? []) counts.set(id, (counts.get(id) ?? 0) + 1)
  }
  return counts
}

function compareText(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}
