import { identityKey } from '../model/object.ts'
import type { FoundWithStatus } from './status.ts'

/** The API server's words for an edit of a definition that leaves out a version in which objects may be stored. */
const lostVersion = /missing from spec\.versions/

/**
 * Joins what the API server says about a lost storage version with what that breaks in the repository: one edit, one
 * finding. The definition is refused, so the server's sentence stands first.
 */
export function withLostVersions(
  said: readonly FoundWithStatus[],
  breaks: readonly FoundWithStatus[],
): readonly FoundWithStatus[] {
  const consequences = new Map(
    breaks
      .filter(({ finding }) => finding.level === 'required')
      .map((one): [string, FoundWithStatus] => [keyOf(one), one]),
  )
  const used = new Set<FoundWithStatus>()
  const joined = said.map((one) => {
    const consequence = consequences.get(keyOf(one))
    if (one.status !== 'new' || consequence === undefined || !lostVersion.test(one.finding.message))
      return one
    used.add(consequence)
    return {
      ...one,
      finding: { ...one.finding, message: `${one.finding.message}. Besides, ${consequence.finding.message}` },
    }
  })
  return [...joined, ...breaks.filter((one) => !used.has(one))]
}

function keyOf({ finding: { object, target } }: FoundWithStatus): string {
  return JSON.stringify([target, object === undefined ? '' : identityKey(object)])
}
