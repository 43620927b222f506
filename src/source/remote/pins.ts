import { shownUrl } from './access.ts'
import { RemoteError } from './errors.ts'
import type { LockEntry, LockKey } from './lock.ts'
import { compareVersions, parseConstraint } from './version-constraint.ts'

/** Refuses what can mean something else tomorrow, unless the lock file says what it means today. */
export function needPin(
  key: LockKey,
  locked: LockEntry | undefined,
  refresh: boolean,
  what: string,
  exact: boolean,
): void {
  if (exact || refresh || locked !== undefined) return
  throw new RemoteError(
    'not-pinned',
    shownUrl(key.url),
    `${what} can be another tomorrow: pin it with \`preadmit lock --update\` and commit .preadmit.lock`,
  )
}

/** A lock file that nobody updated after the definition's range moved on. */
export function checkConstraint(locked: LockEntry | undefined, wanted: string, url: string): void {
  if (locked === undefined || locked.resolved === wanted || wanted === '') return
  const allows = parseConstraint(wanted)
  if (allows?.(locked.resolved) === true) return
  throw new RemoteError(
    'lock-contradicts',
    url,
    `.preadmit.lock pins ${locked.resolved} for ${wanted}, which does not allow it: run \`preadmit lock --update\``,
  )
}

/** What came is not what was recorded under the same name. */
export function contradiction(source: string, expected: string, actual: string): RemoteError {
  return new RemoteError(
    'bad-digest',
    source,
    `${source} has the digest ${actual}, and ${expected} is recorded: the content was replaced under the same name`,
  )
}

/** The highest version that a constraint allows, as it is written in the list; an empty constraint allows all. */
export function newest(versions: readonly string[], constraint: string): string | undefined {
  const allows = parseConstraint(constraint || '*')
  return allows === undefined
    ? undefined
    : [...versions].filter(allows).sort((a, b) => compareVersions(b, a))[0]
}
