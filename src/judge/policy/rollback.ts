import { moveProblem, policyLockPath } from '../../config/policy-lock.ts'
import type { RawFinding } from '../../model/finding.ts'
import type { Tree } from '../../model/tree.ts'
import { setProblem } from './collection.ts'
import { readLock } from './resolve.ts'

/**
 * Lines of the lock that go back: a lower version, or other bytes under the same one (threats.md, T80). An old set is
 * signed and well-formed, and is the one with the hole in it.
 */
export async function lockRollbacks(base: Tree, head: Tree): Promise<readonly RawFinding[]> {
  const [before, after] = await Promise.all([readLock(base), readLock(head)])
  return after.sets.flatMap((to) => {
    const from = before.sets.find(({ source }) => source === to.source)
    const problem = from === undefined ? undefined : moveProblem(from, to)
    if (from === undefined || problem === undefined) return []
    const message =
      problem === 'back'
        ? `${to.source} goes back from ${from.tag} to ${to.tag}: a lower version is refused`
        : `${to.source} stays at the version ${to.tag} and gets other bytes, ${to.digest.slice(0, 19)} instead of ${from.digest.slice(0, 19)}: publish them as a new version`
    return [
      setProblem(
        `${to.source} rollback`,
        message,
        { file: policyLockPath, line: to.line },
        'config/policy-rollback',
      ),
    ]
  })
}
