import type { FindingStatus } from '../model/finding.ts'
import { fingerprintKey } from './fingerprint.ts'
import type { Found, Side } from './judgement.ts'

export type FoundWithStatus = Found & { readonly status: FindingStatus; readonly side: Side }

/**
 * Which findings are new, existing or fixed: those of both sides of one fingerprint are one. Of several with one
 * fingerprint on a side (two messages on one field) those of one message belong together, then the n-th. Where messages
 * name containers, each name counts: one that only head's messages have is new, in whatever sentence it stands.
 * `tolerated` holds what is still wrong with the new objects although the API server lets an update pass that does not
 * make it worse.
 */
export function withStatus(
  before: readonly Found[],
  after: readonly Found[],
  tolerated: readonly Found[] = [],
): readonly FoundWithStatus[] {
  const old = grouped(before)
  const next = grouped(after)
  const kept = grouped(tolerated)
  const fresh = new Set<Found>()
  const gone = new Map<Found, Found | undefined>()
  for (const [key, found] of next) for (const one of unmatched(found, old.get(key), 'every')) fresh.add(one)
  for (const [key, found] of old) {
    const still = unmatched(kept.get(key) ?? [], next.get(key), 'every')
    unmatched(found, next.get(key), 'some').forEach((one, index) => gone.set(one, still[index]))
  }
  return numbered([
    ...after.map((found): FoundWithStatus => ({
      ...found,
      status: fresh.has(found) ? 'new' : 'existing',
      side: 'head',
    })),
    ...before.flatMap((found): FoundWithStatus[] => {
      if (!gone.has(found)) return []
      const still = gone.get(found)
      return [
        still === undefined
          ? { ...found, status: 'fixed', side: 'base' }
          : { ...still, status: 'existing', side: 'head' },
      ]
    }),
  ])
}

/** Findings of one fingerprint, whatever containers their messages name. */
function grouped(found: readonly Found[]): ReadonlyMap<string, readonly Found[]> {
  const groups = new Map<string, Found[]>()
  for (const one of found) {
    const { finding, named } = one
    const key = fingerprintKey(named === undefined ? finding : { ...finding, element: named.element })
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return groups
}

/**
 * Those that the other side does not have. Each finding of the other side answers for one of each container that it
 * names, or for one that names none.
 * @param needed a finding that names several is matched when every one, or some, of the names is on the other side
 */
function unmatched(
  found: readonly Found[],
  others: readonly Found[] = [],
  needed: 'every' | 'some',
): readonly Found[] {
  const left = counted(others.flatMap(partsOf))
  const messages = counted(others.map(({ finding }) => finding.message))
  const same = new Set(found.filter(({ finding }) => take(messages, finding.message)))
  const alone = new Set<Found>()
  // Those of one message first: their names are surely there.
  for (const one of [...same, ...found.filter((other) => !same.has(other))]) {
    const had = partsOf(one).map((part) => take(left, part))
    if (!(needed === 'every' ? had.every(Boolean) : had.some(Boolean))) alone.add(one)
  }
  return found.filter((one) => alone.has(one))
}

function partsOf({ named }: Found): readonly string[] {
  return named?.parts ?? ['']
}

function counted(values: readonly string[]): Map<string, number> {
  const counts = new Map<string, number>()
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1)
  return counts
}

function take(counts: Map<string, number>, value: string): boolean {
  const count = counts.get(value) ?? 0
  if (count > 0) counts.set(value, count - 1)
  return count > 0
}

/** A fingerprint is unique: a second finding of the same is `#2`. */
function numbered(found: readonly FoundWithStatus[]): readonly FoundWithStatus[] {
  const counts = new Map<string, number>()
  return found.map((one) => {
    const key = fingerprintKey(one.finding)
    const count = (counts.get(key) ?? 0) + 1
    counts.set(key, count)
    if (count === 1) return one
    return { ...one, finding: { ...one.finding, element: `${one.finding.element}#${count}` } }
  })
}
