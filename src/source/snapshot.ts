import { copyFile, mkdir, stat, utimes } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { SourceError } from './errors.ts'
import { failureOf, gitOutput, type Git } from './git.ts'
import { withSettings } from './git-environment.ts'
import { temporaryDirectory } from './temporary-directory.ts'

/** The index or the working tree written as a tree object, outside the repository. */
export interface Snapshot {
  /** Reads the repository's objects and those of the snapshot. */
  readonly git: Git
  /** Id of the tree. */
  readonly tree: string
  readonly directory: string
}

/**
 * What is staged, as a tree. The index is copied and new objects go to a folder of their own: the repository is not
 * written, not even its index, which `git write-tree` would touch.
 *
 * @throws SourceError `unmerged-index` while a merge is not resolved
 */
export async function snapshotIndex(git: Git): Promise<Snapshot> {
  return await writeTree(await prepare(git))
}

/**
 * The working tree, as a tree: what `git add --all` would stage, hence changed, new and deleted files and nothing that
 * is ignored. Written through a copy of the index; the user's own stays as it is.
 *
 * `git add` would run the clean filters that the user's configuration defines and that `.gitattributes` (of whoever's
 * branch is checked out) selects. They are all switched off ({@link filtersOff}): no program but git runs. So a changed file of Git LFS or
 * git-crypt counts with its plain content; unchanged ones keep what is committed. Conversions inside git (line ends,
 * encodings) happen as in a commit.
 *
 * @param root top of the working tree
 */
export async function snapshotWorkingTree(git: Git, root: string): Promise<Snapshot> {
  const snapshot = await prepare(git)
  await gitOutput(snapshot.git, ['-C', root, 'add', '--all'])
  return await writeTree(snapshot)
}

interface Prepared {
  readonly git: Git
  readonly directory: string
}

async function prepare(git: Git): Promise<Prepared> {
  const index = await gitPath(git, 'index')
  const objects = await gitPath(git, 'objects')
  const directory = await temporaryDirectory()
  const own = { index: join(directory, 'index'), objects: join(directory, 'objects') }
  await mkdir(own.objects)
  await copyIndex(index, own.index).catch((error: unknown) => {
    // A repository in which nothing was ever staged has no index yet.
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  })
  const others = git.environment['GIT_ALTERNATE_OBJECT_DIRECTORIES']
  const environment = {
    ...git.environment,
    GIT_INDEX_FILE: own.index,
    GIT_OBJECT_DIRECTORY: own.objects,
    GIT_ALTERNATE_OBJECT_DIRECTORIES: [quote(objects), ...(others === undefined ? [] : [others])].join(':'),
  }
  return { directory, git: git.with(withSettings(environment, await filtersOff(git))) }
}

/**
 * With its time: git looks again at files that are not older than the index (racy git), and a younger copy would hide
 * an edit that left size and time as they were.
 */
async function copyIndex(from: string, to: string): Promise<void> {
  const { mtimeMs } = await stat(from)
  await copyFile(from, to)
  const seconds = Math.floor(mtimeMs / 1000)
  await utimes(to, seconds, seconds)
}

/**
 * Settings that switch every filter of the user's configuration off. `git write-tree` needs them too: it looks again
 * at files that changed in the second in which they were staged.
 */
async function filtersOff(git: Git): Promise<readonly (readonly [string, string])[]> {
  const { output } = await git.run(['config', '-z', '--name-only', '--get-regexp', '^filter\\.'])
  const names = output
    .toString()
    .split('\0')
    .map((key) => /^filter\.([^]*)\.[^.]*$/.exec(key)?.[1])
  return [...new Set(names)].flatMap((name) =>
    name === undefined
      ? []
      : [
          [`filter.${name}.clean`, ''],
          [`filter.${name}.process`, ''],
          [`filter.${name}.required`, 'false'],
        ],
  )
}

async function writeTree({ git, directory }: Prepared): Promise<Snapshot> {
  const args = ['write-tree']
  const { status, output, errors } = await git.run(args)
  if (status === 0) return { git, tree: output.toString('latin1').trim(), directory }
  if (/unmerged|needs merge/.test(errors))
    throw new SourceError(
      'unmerged-index',
      'the index holds a merge that is not resolved',
      'resolve the conflicts and `git add` the files',
    )
  throw failureOf(args, errors, git.directory)
}

async function gitPath(git: Git, name: string): Promise<string> {
  const output = await gitOutput(git, ['rev-parse', '--git-path', name])
  return resolve(git.directory, output.toString().replace(/\n$/, ''))
}

/** A path in git's list of object directories, which are separated by colons (git(1)). */
function quote(path: string): string {
  return /[:"\n\\]/.test(path) ? `"${path.replace(/["\\]/g, '\\$&').replaceAll('\n', '\\n')}"` : path
}
