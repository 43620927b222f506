import type { RenderedPair } from '../model/rendering.ts'
import { plural } from './shorten.ts'

/** Targets that one sentence names; the rest is a number. */
const namedTargets = 3

/**
 * What the tools said while they rendered the head: what they left out, and what will be different in the cluster. The
 * same sentence of several targets is one.
 */
export function renderingWarnings(pairs: readonly RenderedPair[]): readonly string[] {
  const targets = new Map<string, string[]>()
  for (const { id, head } of pairs) {
    if (head?.state !== 'rendered') continue
    for (const warning of new Set(head.warnings)) targets.set(warning, [...(targets.get(warning) ?? []), id])
  }
  return [...targets].map(([warning, ids]) => `${namesOf(ids)}: ${warning}`).sort((a, b) => (a < b ? -1 : 1))
}

function namesOf(ids: readonly string[]): string {
  const names = [...ids].sort()
  const rest = names.length - namedTargets
  return [...names.slice(0, namedTargets), ...(rest > 0 ? [plural(rest, 'more application')] : [])].join(', ')
}
