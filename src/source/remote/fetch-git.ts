import { shownUrl } from './access.ts'
import { RemoteError } from './errors.ts'
import type { Fetching } from './fetching.ts'
import { isCommitId } from '../commit-object.ts'
import { gitUrl } from './git-url.ts'
import { emptyLock, type LockKey } from './lock.ts'
import { needPin, newest } from './pins.ts'
import type { FetchedTree, GitSource, Provenance, Remote } from './remote.ts'
import type { RemoteGit } from './remote-git.ts'
import { isExactVersion, isVersion, parseConstraint } from './version-constraint.ts'

/** Trees of git repositories: a commit as it is, a tag as it is today, anything else as the lock file says. */
export function gitFetcher(
  { access, needOnline, once, online }: Fetching,
  git: RemoteGit,
  always: boolean,
): Remote['fetchGit'] {
  return (source, { lock = emptyLock, refresh = always } = {}) => {
    const { url: text, revision } = source
    const key: LockKey = { kind: 'git', url: text, wanted: wantedRevision(source) }
    const locked = refresh ? undefined : lock.find(key)
    return once(['git', key, source.reading, locked, refresh], async (): Promise<FetchedTree> => {
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
      const unpinned = (what: string): void => {
        needPin(key, undefined, refresh, `${key.wanted || 'HEAD'} of ${shown}, which is ${what}`, false)
      }
      if (isRange(source)) {
        unpinned('a range of tags')
        needOnline(url.href)
        const commit = newestTag(await once(['tags', url.href], () => git.tags(url)), source)
        if (commit !== undefined) return await at(commit, 'unrecorded')
        // A branch may be called 1.x.
        if (source.reading === 'range')
          throw new RemoteError('not-found', shown, `${shown} has no tag that ${key.wanted} allows`)
      }
      needOnline(url.href)
      if (/^[0-9a-f]{7,39}$/.test(revision))
        throw new RemoteError(
          'refused',
          shown,
          `${revision} of ${shown} is a shortened commit id: write all of it`,
        )
      const name = nameOf(source, key.wanted)
      const { commit, kind } = await once(['resolve', url.href, name], () => git.resolve(url, name))
      if (kind === 'branch') unpinned('a branch')
      return await at(commit, 'unrecorded')
    })
  }
}

/** What a lock file names: with the prefix where versions are meant, as the tag itself has it. */
export function wantedRevision({
  revision,
  tagPrefix = '',
}: Pick<GitSource, 'revision' | 'tagPrefix'>): string {
  const versions = isVersion(revision) || parseConstraint(revision) !== undefined
  return versions ? `${tagPrefix}${revision}` : revision
}

function isRange({ revision, reading }: GitSource): boolean {
  if (reading === 'range') return true
  return reading === 'argocd' && !isVersion(revision) && parseConstraint(revision) !== undefined
}

/** The commit of the newest tag that a constraint allows. */
function newestTag(
  tags: ReadonlyMap<string, string>,
  { revision, reading, tagPrefix = '' }: GitSource,
): string | undefined {
  // Flux reads whole versions only (fluxcd/pkg/version), Argo CD `1.2` too.
  const isCandidate = reading === 'range' ? isExactVersion : isVersion
  const versions = [...tags.keys()]
    .filter((tag) => tag.startsWith(tagPrefix))
    .map((tag) => tag.slice(tagPrefix.length))
    .filter(isCandidate)
  const found = newest(versions, revision)
  return found === undefined ? undefined : tags.get(`${tagPrefix}${found}`)
}

function nameOf({ reading }: GitSource, wanted: string): string {
  if (wanted.startsWith('refs/')) return wanted
  return reading === 'tag' ? `refs/tags/${wanted}` : reading === 'branch' ? `refs/heads/${wanted}` : wanted
}
