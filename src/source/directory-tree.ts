import { createHash } from 'node:crypto'
import { lstat, readdir, readFile, readlink } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import type { Tree, TreeEntry } from '../model/tree.ts'
import { createTree, type FileContent } from './create-tree.ts'
import { SourceError } from './errors.ts'
import { limits } from './limits.ts'
import { comparePaths, decodePath } from './path-bytes.ts'
import type { LinkTarget } from './resolve-path.ts'

/**
 * The tree of a plain folder, for the demo and for tests: everything is read when it is opened, so that later edits
 * change nothing. Ids are SHA-256 digests, not git's. Links are entries and are followed only inside the folder;
 * `.git` and what git cannot hold (sockets, devices) are left out, as git does.
 *
 * @param directory the folder's URL or path
 * @param label how people name this side
 * @throws SourceError `not-a-directory`
 */
export async function directoryTree(directory: URL | string, label: string): Promise<Tree> {
  const root = typeof directory === 'string' ? directory : fileURLToPath(directory)
  const found: Found = { entries: [], links: new Map(), contents: new Map() }
  const start = await lstat(root).catch(() => undefined)
  if (start?.isDirectory() !== true)
    throw new SourceError('not-a-directory', `${root} is not a folder`, 'name a folder that exists')
  await collect(Buffer.from(root.replace(/\/+$/, '')), '', found)
  found.entries.sort((a, b) => comparePaths(a.path, b.path))
  return createTree({
    label,
    time: 0,
    entries: found.entries,
    links: found.links,
    contents: () => Promise.resolve(found.contents),
  })
}

interface Found {
  readonly entries: TreeEntry[]
  readonly links: Map<string, LinkTarget>
  readonly contents: Map<string, FileContent>
}

/** Paths on disk stay bytes: a name that is not UTF-8 can be opened by nothing else. */
async function collect(directory: Buffer, prefix: string, found: Found): Promise<void> {
  for (const name of await readdir(directory, { encoding: 'buffer' })) {
    const path = prefix + decodePath(name)
    if (path.toLowerCase() === '.git' || path.toLowerCase().endsWith('/.git')) continue
    const onDisk = Buffer.concat([directory, Buffer.from('/'), name])
    const status = await lstat(onDisk)
    if (status.isDirectory()) await collect(onDisk, `${path}/`, found)
    else if (status.isSymbolicLink()) {
      const target = await readlink(onDisk, { encoding: 'buffer' })
      found.links.set(path, decodePath(target))
      found.entries.push({ kind: 'symlink', path, id: digest(target) })
    } else if (status.isFile()) {
      const executable = (status.mode & 0o100) !== 0
      if (status.size > limits.fileBytes) {
        // Not read, so named by what is known of it: two such files of one size are not taken for one another.
        const id = digest(Buffer.from(`${status.size} ${status.mtimeMs} ${onDisk.toString('latin1')}`))
        found.contents.set(id, { refused: 'too-large' })
        found.entries.push({ kind: 'file', path, id, executable })
      } else {
        const content = await readFile(onDisk)
        const id = digest(content)
        found.contents.set(id, content)
        found.entries.push({ kind: 'file', path, id, executable })
      }
    }
  }
}

function digest(content: Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}
