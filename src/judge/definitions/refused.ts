import type { FoundWithStatus } from '../status.ts'
import { placedKey } from '../placed-key.ts'

/**
 * Joins what the API server says of an edited definition (a lost storage version, an immutable name) with what the edit
 * breaks in the repository: one edit, one finding. The definition is refused, so the server's sentence stands first.
 */
export function withRefusedDefinitions(
  said: readonly FoundWithStatus[],
  breaks: readonly FoundWithStatus[],
): readonly FoundWithStatus[] {
  const consequences = new Map(breaks.map((one): [string, FoundWithStatus] => [keyOf(one), one]))
  const joined = said.map((one) => {
    const consequence = consequences.get(keyOf(one))
    if (one.status !== 'new' || one.finding.level === 'advisory' || consequence === undefined) return one
    consequences.delete(keyOf(one))
    const sentence = one.finding.message.replace(/\.$/, '')
    return {
      ...one,
      finding: { ...one.finding, message: `${sentence}. Besides, ${consequence.finding.message}` },
    }
  })
  return [...joined, ...consequences.values()]
}

function keyOf({ finding: { object, target } }: FoundWithStatus): string {
  return placedKey(target, object)
}
