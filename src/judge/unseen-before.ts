import type { NotChecked, NotCheckedCode } from '../model/outcome.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { FoundWithStatus } from './status.ts'

/**
 * Limits and faults of ours. What is missing here for another reason (a chart that nobody may fetch) is for the head to
 * change, and what it brings counts as new.
 */
const ours: ReadonlySet<NotCheckedCode> = new Set(['timeout', 'memory', 'limit', 'engine'])

/** Targets that only head's render finished: what they held before is not known here, and they held something. */
export function unseenBefore(pairs: readonly RenderedPair[]): ReadonlyMap<string, NotChecked> {
  const unseen = new Map<string, NotChecked>()
  for (const { id, base, head } of pairs)
    if (base?.state === 'not-rendered' && head?.state === 'rendered' && ours.has(base.reason.code))
      unseen.set(id, {
        ...base.reason,
        what: id,
        reason: `what of it is new is not known: before the change ${base.reason.reason}`,
        targets: [id],
      })
  return unseen
}

/** What is wrong with such a target is told, and as old: nobody saw that it was right before. */
export function asSeenBefore(
  found: readonly FoundWithStatus[],
  unseen: ReadonlyMap<string, NotChecked>,
): readonly FoundWithStatus[] {
  if (unseen.size === 0) return found
  return found.map((one) =>
    one.status === 'new' && unseen.has(one.finding.target) ? { ...one, status: 'existing' } : one,
  )
}
