import type { Remote } from '../../source/remote/remote.ts'
import { lineOf } from '../../source/remote/lock.ts'
import { compareText } from '../paths.ts'
import type { Repository } from '../repository.ts'

/** Names told in one sentence; the lock command tells all. */
const named = 5

/** Sentences about what was fetched: what no lock file records, what it records otherwise than before. */
export function remoteNotices(
  base: Repository,
  head: Repository,
  remote: Remote | undefined,
): readonly string[] {
  const notices = new Set<string>([...head.sources.lockProblems, ...(remote?.notes() ?? [])])

  const unrecorded = [
    ...new Set(
      head.sources.taken().flatMap(({ pin, entry }) => (pin === 'unrecorded' ? [lineOf(entry)] : [])),
    ),
  ].sort(compareText)
  if (unrecorded.length > 0)
    notices.add(
      `${unrecorded.length} remote ${unrecorded.length === 1 ? 'source is' : 'sources are'} in no lock file, and could be replaced under the same version (${listed(unrecorded)}): \`preadmit lock --update\` records them`,
    )

  // The same version with other content: either somebody published it anew, or somebody edited the lock file.
  const replaced = head.sources.lock.entries
    .filter((entry) => {
      const before = base.sources.lock.find(entry)
      return (
        before !== undefined &&
        before.kind !== 'git' &&
        before.resolved === entry.resolved &&
        before.digest !== entry.digest
      )
    })
    .map(lineOf)
    .sort(compareText)
  if (replaced.length > 0)
    notices.add(
      `This change records another content for the same version of ${replaced.length === 1 ? 'a remote source' : `${replaced.length} remote sources`} (${listed(replaced)})`,
    )
  return [...notices].sort(compareText)
}

function listed(lines: readonly string[]): string {
  const rest = lines.length > named ? ` and ${lines.length - named} more` : ''
  return `${lines.slice(0, named).join('; ')}${rest}`
}
