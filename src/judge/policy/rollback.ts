import { ConfigurationError } from '../../config/errors.ts'
import { loadConfiguration } from '../../config/load.ts'
import { isSameSource, moveProblem, policyLockPath, type LockedSet } from '../../config/policy-lock.ts'
import type { RawFinding } from '../../model/finding.ts'
import type { Tree } from '../../model/tree.ts'
import { setProblem } from './collection.ts'
import { readLock } from './resolve.ts'

/**
 * Lines of the lock that go back: a lower version, or other bytes under the same one (threats.md, T80). An old set is
 * signed and well-formed, and is the one with the hole in it. A line that goes while the configuration still asks for
 * its source is the first half of the same move: the next change could lock any version.
 */
export async function lockRollbacks(base: Tree, head: Tree): Promise<readonly RawFinding[]> {
  const [before, after] = await Promise.all([readLock(base), readLock(head)])
  const told = (source: string, message: string, line?: number): RawFinding =>
    setProblem(
      `${source} rollback`,
      message,
      { file: policyLockPath, ...(line === undefined ? {} : { line }) },
      'config/policy-rollback',
    )
  const moved = after.sets.flatMap((to) => {
    const from = before.sets.find(({ source }) => isSameSource(source, to.source))
    const problem = from === undefined ? undefined : moveProblem(from, to)
    if (from === undefined || problem === undefined) return []
    return [told(to.source, sentenceOf(problem, from, to), to.line)]
  })
  const gone = before.sets.filter(({ source }) => !after.sets.some((to) => isSameSource(to.source, source)))
  if (gone.length === 0) return moved
  const asked = await sourcesAfter(head)
  return [
    ...moved,
    ...gone
      .filter(({ source }) => asked === undefined || asked.some((one) => isSameSource(one, source)))
      .map(({ source, tag }) =>
        told(
          source,
          `${source} loses its line, which holds ${tag}: without it any version could be locked next; keep the line, or take the source out of the configuration as well`,
        ),
      ),
  ]
}

/** Sources that the configuration of the head names; undefined when it cannot be used. */
async function sourcesAfter(head: Tree): Promise<readonly string[] | undefined> {
  try {
    return (await loadConfiguration(head)).policies.flatMap(({ source }) => source ?? [])
  } catch (error) {
    if (error instanceof ConfigurationError) return undefined
    throw error
  }
}

function sentenceOf(
  problem: NonNullable<ReturnType<typeof moveProblem>>,
  from: LockedSet,
  { source, tag, digest }: LockedSet,
): string {
  switch (problem) {
    case 'back':
      return `${source} goes back from ${from.tag} to ${tag}: a lower version is refused`
    case 'unordered':
      return `${source} goes from ${from.tag} to ${tag}, which is no version: nobody can tell whether it is a lower one`
    case 'swapped':
      return `${source} stays at the version ${tag} and gets other bytes, ${digest.slice(0, 19)} instead of ${from.digest.slice(0, 19)}: publish them as a new version`
  }
}
