import type { FindingStatus } from '../model/finding.ts'
import { fingerprintKey } from './fingerprint.ts'
import type { Found, Side } from './judgement.ts'

export type FoundWithStatus = Found & { readonly status: FindingStatus; readonly side: Side }

/**
 * Which findings are new, existing or fixed: those of both sides of one fingerprint are one. Of several with one
 * fingerprint on a side (two messages on one field) the n-th belong together. `tolerated` holds what is still wrong
 * with the new objects although the API server lets an update pass that does not make it worse.
 */
export function withStatus(
  before: readonly Found[],
  after: readonly Found[],
  tolerated: readonly Found[] = [],
): readonly FoundWithStatus[] {
  const old = numbered(before)
  const next = numbered(after)
  const kept = numbered(tolerated)
  return [
    ...[...next].map(([key, found]) => ({
      ...found,
      status: old.has(key) ? ('existing' as const) : ('new' as const),
      side: 'head' as const,
    })),
    ...[...old].flatMap(([key, found]): FoundWithStatus[] => {
      if (next.has(key)) return []
      const still = kept.get(key)
      if (still !== undefined) return [{ ...still, status: 'existing', side: 'head' }]
      return [{ ...found, status: 'fixed', side: 'base' }]
    }),
  ]
}

function numbered(found: readonly Found[]): Map<string, Found> {
  const byKey = new Map<string, Found>()
  const counts = new Map<string, number>()
  for (const one of found) {
    const key = fingerprintKey(one.finding)
    const count = counts.get(key) ?? 0
    counts.set(key, count + 1)
    const finding =
      count === 0 ? one.finding : { ...one.finding, element: `${one.finding.element}#${count + 1}` }
    byKey.set(`${key} ${count}`, { ...one, finding })
  }
  return byKey
}
