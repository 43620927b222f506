import { stat } from 'node:fs/promises'
import { isAbsolute, relative, resolve, sep } from 'node:path'
import { pathToFileURL } from 'node:url'
import { normalisePath } from '../config/glob.ts'
import { parseLockedSet } from '../config/policy-lock.ts'
import type { GivenSet, PolicySetFetcher } from '../judge/policy/resolve.ts'
import type { Tree } from '../model/tree.ts'
import { directoryTree } from '../source/directory-tree.ts'
import { policySetFetcher } from '../source/policy-set-fetcher.ts'
import type { Remote } from '../source/remote/remote.ts'
import { CommandError } from './errors.ts'

/**
 * The sets that whoever runs the check gives: `name:tag@digest`, or a directory. A directory that the pull request's
 * tree holds is read from the base commit and never from disk, where the head may be checked out; any other one was
 * put there by the workflow.
 *
 * @param repository directory of the repository
 * @throws CommandError `bad-input`
 */
export async function givenSets(
  values: readonly string[],
  {
    base,
    head,
    directory,
    repository,
  }: {
    readonly base: Tree
    readonly head: Tree
    readonly directory: string
    readonly repository: string
  },
): Promise<readonly GivenSet[]> {
  return await Promise.all(
    values.map(async (value): Promise<GivenSet> => {
      const pin = parseLockedSet(value)
      if (pin !== undefined) return { pin }
      if (/^[a-z][a-z0-9+.-]*:\/\//i.test(value))
        throw new CommandError(
          'bad-input',
          `policy set ${JSON.stringify(value)} is not pinned: write name:tag@digest (a commit, or sha256:… of the manifest)`,
        )
      const place = resolve(directory, value)
      const inside = relative(resolve(directory, repository), place)
      const path = normalisePath(inside.split(sep).join('/'))
      const tracked = !inside.startsWith('..') && !isAbsolute(inside) && head.stat(path) !== undefined
      if (tracked || base.stat(path) !== undefined) {
        if (base.stat(path) !== undefined) return { label: value, tree: base, path, local: true }
        throw new CommandError(
          'bad-input',
          `policy set ${JSON.stringify(value)} is brought by the change itself: the base commit does not hold it`,
        )
      }
      const found = await stat(place).catch(() => undefined)
      if (found?.isDirectory() !== true)
        throw new CommandError('bad-input', `policy set ${JSON.stringify(value)} is no directory`)
      const tree = await directoryTree(pathToFileURL(`${place}${sep}`), value)
      return { label: value, tree, path: '', local: false }
    }),
  )
}

/** What fetches pinned sets: nothing where the configuration allows no host. */
export function fetcherOf(remote: Remote | undefined): { readonly fetcher?: PolicySetFetcher } {
  return remote === undefined ? {} : { fetcher: policySetFetcher(remote) }
}
