import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import type { Tree } from '../model/tree.ts'
import { isCommitId, parseCommit, type Commit } from './commit-object.ts'
import { SourceError } from './errors.ts'
import { gitOutput, systemGit, type Git } from './git.ts'
import { gitEnvironment, type Environment } from './git-environment.ts'
import { openGitTree } from './git-tree.ts'
import { limits } from './limits.ts'
import { createObjectReader, type ObjectReader } from './object-reader.ts'
import { withoutCredentials } from './remote-url.ts'
import { resolveRevision } from './revision.ts'
import { snapshotIndex, snapshotWorkingTree, type Snapshot } from './snapshot.ts'
import { removeDirectory } from './temporary-directory.ts'

/** A git repository: checked out, bare, a linked worktree, shallow or partial. It is read and, but for fetches, never written. */
export interface Repository {
  /** The directory that was named, absolute. */
  readonly directory: string
  /** True without a working tree. */
  readonly bare: boolean
  /** Commit id of what a person named. @throws SourceError `unknown-revision`, `no-commits` */
  resolve(revision: string): Promise<string>
  /** Parents of a commit as it names them, whether they are here or not. */
  parents(commit: string): Promise<readonly string[]>
  /** True when the commit itself is here. */
  has(commit: string): Promise<boolean>
  mergeBase(a: string, b: string): Promise<string | undefined>
  /** True when history ends early; asked anew, because a fetch can change it. */
  isShallow(): Promise<boolean>
  /** The default branch as far as it is known here: `refs/remotes/origin/HEAD`, else a `main` or `master`. */
  defaultBase(): Promise<string | undefined>
  /** URLs of the remotes, without credentials. */
  remoteUrls(): Promise<readonly string[]>
  tree(revision: string): Promise<Tree>
  /** What is staged. */
  indexTree(): Promise<Tree>
  /** Changed, new and deleted files included, ignored ones not. @throws SourceError `no-working-tree` */
  workingTree(): Promise<Tree>
  /** Root of the working tree, absolute. @throws SourceError `no-working-tree` */
  root(): Promise<string>
  /** Fetches one commit, or a reference into one of ours, from `origin`. @throws SourceError `missing-commit` */
  fetch(
    what: { readonly commit: string } | { readonly reference: string; readonly into: string },
  ): Promise<void>
  /** Ends processes and removes temporary objects at once; without it both go with our process. */
  close(): void
}

export interface OpenOptions {
  /** The current directory, absolute. */
  readonly directory: string
  readonly environment: Environment
}

/**
 * Opens the repository that holds a directory.
 *
 * @param directory a checkout, a folder inside one, or a bare repository; relative to `options.directory`
 * @throws SourceError `not-a-directory`, `not-a-repository`, `no-git`, `dubious-ownership`
 */
export async function openRepository(directory: string, options: OpenOptions): Promise<Repository> {
  const named = resolve(options.directory, directory)
  // Asked first: a missing working directory and a missing git give the same error when a process is started.
  const found = await stat(named).catch(() => undefined)
  if (found?.isDirectory() !== true)
    throw new SourceError('not-a-directory', `${named} is not a directory`, 'name a repository with --repo')
  const here = named === resolve(options.directory) ? named : undefined
  const git = systemGit(named, gitEnvironment(options.environment, here))
  const bare = (await gitOutput(git, ['rev-parse', '--is-bare-repository'])).toString().trim() === 'true'
  return createRepository(git, bare)
}

function createRepository(git: Git, bare: boolean): Repository {
  const reader = createObjectReader(git)
  const readers: ObjectReader[] = [reader]
  const directories: string[] = []

  const commitOf = async (id: string): Promise<Commit | undefined> => {
    const object = (await reader.read([id], limits.fileBytes)).get(id)
    return object === undefined || 'refused' in object || object.type !== 'commit'
      ? undefined
      : parseCommit(object.content)
  }
  const needCommit = async (id: string): Promise<Commit> => {
    const commit = await commitOf(id)
    if (commit !== undefined) return commit
    throw new SourceError(
      'missing-commit',
      `commit ${id} is not in this clone`,
      'fetch it, or clone with more history',
    )
  }
  const headTime = async (): Promise<number> => {
    const { status, output } = await git.run(['rev-parse', '--verify', '--quiet', 'HEAD^{commit}'])
    return status === 0 ? (await needCommit(output.toString().trim())).time : 0
  }
  const root = async (): Promise<string> => {
    if (bare)
      throw new SourceError('no-working-tree', 'a bare repository has no working tree', 'name a revision')
    return (await gitOutput(git, ['rev-parse', '--show-toplevel'])).toString().replace(/\n$/, '')
  }
  const treeOf = async (snapshot: Snapshot, label: string): Promise<Tree> => {
    const own = createObjectReader(snapshot.git)
    readers.push(own)
    directories.push(snapshot.directory)
    return await openGitTree({
      git: snapshot.git,
      reader: own,
      id: snapshot.tree,
      label,
      time: await headTime(),
    })
  }

  return {
    directory: git.directory,
    bare,
    resolve: (revision) => resolveRevision(git, revision),
    parents: async (commit) => (await needCommit(commit)).parents,
    has: async (commit) => (await commitOf(commit)) !== undefined,
    async mergeBase(a, b) {
      const { status, output, errors } = await git.run(['merge-base', '--end-of-options', a, b])
      if (status === 0) return output.toString().trim()
      if (status === 1) return undefined
      throw new SourceError(
        'git-failed',
        `git merge-base failed: ${errors.trim()}`,
        'run it by hand to see more',
      )
    },
    async isShallow() {
      return (await gitOutput(git, ['rev-parse', '--is-shallow-repository'])).toString().trim() === 'true'
    },
    defaultBase: () => findDefaultBase(git),
    async remoteUrls() {
      const urls = (await remotes(git)).map(({ url }) => withoutCredentials(url))
      return [...new Set(urls)]
    },
    async tree(revision) {
      // A process of git less where the whole id is known, which is the rule.
      const known = isCommitId(revision) ? await commitOf(revision) : undefined
      const commit = known === undefined ? await resolveRevision(git, revision) : revision
      const { time } = known ?? (await needCommit(commit))
      return await openGitTree({ git, reader, id: commit, label: commit, commit, time })
    },
    async indexTree() {
      return await treeOf(await snapshotIndex(git), 'index')
    },
    root,
    async workingTree() {
      return await treeOf(await snapshotWorkingTree(git, await root()), 'working tree')
    },
    async fetch(what) {
      // A full clone stays one; a shallow one gets no more than is asked for.
      const depth = 'commit' in what ? '--depth=1' : '--depth=2'
      const shallow =
        (await gitOutput(git, ['rev-parse', '--is-shallow-repository'])).toString().trim() === 'true'
      const refspec = 'commit' in what ? what.commit : `+${what.reference}:${what.into}`
      const { status, errors } = await git.run(
        [
          'fetch',
          '--quiet',
          '--no-tags',
          '--no-recurse-submodules',
          '--no-write-fetch-head',
          ...(shallow ? [depth] : []),
          '--end-of-options',
          'origin',
          refspec,
        ],
        { fetches: true },
      )
      if (status === 0) return
      const name = 'commit' in what ? `commit ${what.commit}` : what.reference
      throw new SourceError(
        'missing-commit',
        `${name} is not in this clone and cannot be fetched (${errors.trim().split('\n').at(-1) ?? ''})`,
        'check out with `fetch-depth: 2`, which holds both sides of a pull request',
      )
    },
    close() {
      for (const each of readers) each.close()
      for (const directory of directories.splice(0)) removeDirectory(directory)
    },
  }
}

async function remotes(git: Git): Promise<readonly { name: string; url: string }[]> {
  const { output } = await git.run(['config', '-z', '--get-regexp', '^remote\\..*\\.(url|pushurl)$'])
  return output
    .toString()
    .split('\0')
    .flatMap((item) => {
      const match = /^remote\.([^\n]*)\.(?:url|pushurl)\n([^]*)$/.exec(item)
      return match === null ? [] : [{ name: match[1] ?? '', url: match[2] ?? '' }]
    })
}

async function findDefaultBase(git: Git): Promise<string | undefined> {
  const names = [...new Set((await remotes(git)).map(({ name }) => name))]
  // With several remotes and no origin nobody knows which one pull requests go to.
  const remote = names.includes('origin') || names.length !== 1 ? 'origin' : names[0]
  const candidates = [
    `refs/remotes/${remote}/HEAD`,
    `refs/remotes/${remote}/main`,
    `refs/remotes/${remote}/master`,
    'refs/heads/main',
    'refs/heads/master',
  ]
  const output = await gitOutput(git, ['for-each-ref', '--format=%(refname)', '--', ...candidates])
  const present = output.toString().split('\n')
  return candidates.find((candidate) => present.includes(candidate))
}
