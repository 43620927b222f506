import { closest, distance } from 'fastest-levenshtein'
import { isCommitId } from './commit-object.ts'
import { SourceError } from './errors.ts'
import type { Git } from './git.ts'
import { limits } from './limits.ts'

/**
 * The commit that a revision names, in any of git's ways to name one (gitrevisions). A revision is never an option.
 * @throws SourceError `unknown-revision`, `no-commits`
 */
export async function resolveRevision(git: Git, revision: string): Promise<string> {
  const { status, output } = await git.run([
    'rev-parse',
    '--verify',
    '--quiet',
    '--end-of-options',
    // A NUL would end the argument; no name holds one. `:/text` finds commits only, and takes all that follows as text.
    revision.replaceAll('\0', '?') + (revision.startsWith(':/') ? '' : '^{commit}'),
  ])
  const id = output.toString('latin1').trim()
  if (status === 0 && isCommitId(id)) return id
  throw await explainUnknown(git, revision)
}

async function explainUnknown(git: Git, revision: string): Promise<SourceError> {
  const { output } = await git.run([
    'for-each-ref',
    `--count=${limits.referenceNames}`,
    '--format=%(refname:short)',
    'refs/heads',
    'refs/tags',
    'refs/remotes',
  ])
  const names = output.toString().split('\n').filter(Boolean)
  const shown = JSON.stringify(revision)
  if (revision === 'HEAD')
    return new SourceError(
      'no-commits',
      'this branch has no commit yet',
      'commit first, or name a revision with --head',
    )
  const shallow =
    (await git.run(['rev-parse', '--is-shallow-repository'])).output.toString().trim() === 'true'
  const next = [
    ...nearest(revision, names),
    shallow
      ? 'this clone is shallow, so fetch it or run `git fetch --unshallow`'
      : 'name a branch, tag or commit of this clone',
  ].join('; or ')
  return new SourceError('unknown-revision', `${shown} names no commit here`, next)
}

function nearest(revision: string, names: readonly string[]): readonly string[] {
  // `feature` where only `origin/feature` exists is the most common slip and far away by letters.
  const remote = names.find((name) => name.endsWith(`/${revision}`))
  if (remote !== undefined) return [`did you mean ${remote}?`]
  if (names.length === 0) return []
  const best = closest(revision, [...names])
  return distance(revision, best) <= Math.max(2, revision.length / 3) ? [`did you mean ${best}?`] : []
}
