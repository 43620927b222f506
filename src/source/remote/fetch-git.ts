import { shownUrl } from './access.ts'
import { RemoteError } from './errors.ts'
import type { Fetching } from './fetching.ts'
import { isCommitId } from '../commit-object.ts'
import { gitUrl } from './git-url.ts'
import { emptyLock, type LockKey } from './lock.ts'
import { needPin, newest } from './pins.ts'
import type { FetchedTree, Provenance, Remote } from './remote.ts'
import type { RemoteGit } from './remote-git.ts'
import { parseConstraint } from './version-constraint.ts'

/** Trees of git repositories: a commit as it is, a tag as it is today, anything else as the lock file says. */
export function gitFetcher(
  { access, needOnline, once, online }: Fetching,
  git: RemoteGit,
  always: boolean,
): Remote['fetchGit'] {
  return ({ url: text, revision }, { lock = emptyLock, refresh = always } = {}) => {
    const key: LockKey = { kind: 'git', url: text, wanted: revision }
    const locked = refresh ? undefined : lock.find(key)
    return once(['git', key, locked, refresh], async (): Promise<FetchedTree> => {
      const url = gitUrl(text)
      access.check(url)
      const shown = shownUrl(url)
      const at = async (commit: string, pin: Provenance['pin']): Promise<FetchedTree> => ({
        tree: await once(['tree', url.href, commit], () => git.tree(url, commit, online)),
        commit,
        entry: { ...key, resolved: commit, digest: '' },
        pin,
      })
      if (isCommitId(revision)) return await at(revision, 'immutable')
      if (locked !== undefined) return await at(locked.resolved, 'locked')
      needOnline(url.href)
      if (refresh && !/^[\w./-]+$/.test(revision) && parseConstraint(revision) !== undefined) {
        const tags = await git.tags(url)
        const tag = newest([...tags.keys()], revision)
        const commit = tag === undefined ? undefined : tags.get(tag)
        if (commit === undefined)
          throw new RemoteError('not-found', shown, `${shown} has no tag that ${revision} allows`)
        return await at(commit, 'unrecorded')
      }
      if (/^[0-9a-f]{7,39}$/.test(revision))
        throw new RemoteError(
          'refused',
          shown,
          `${revision} of ${shown} is a shortened commit id: write all of it`,
        )
      const { commit, kind } = await once(['resolve', url.href, revision], () => git.resolve(url, revision))
      if (kind === 'branch')
        needPin(key, undefined, refresh, `${revision || 'HEAD'} of ${shown}, which is a branch`, false)
      return await at(commit, 'unrecorded')
    })
  }
}
