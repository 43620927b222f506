import type { Tree, TreeEntry } from '../model/tree.ts'
import { createTree, type FileContent } from './create-tree.ts'
import { gitOutput, type Git } from './git.ts'
import { limits } from './limits.ts'
import type { ObjectReader } from './object-reader.ts'
import { decodePath } from './path-bytes.ts'
import type { LinkTarget } from './resolve-path.ts'

export interface GitTreeSource {
  readonly git: Git
  readonly reader: ObjectReader
  /** Id of a commit or tree. */
  readonly id: string
  readonly label: string
  readonly commit?: string
  readonly time: number
}

/**
 * A tree as git holds it: listed by one command, contents read as objects. Nothing is checked out, so that no hook,
 * filter, submodule or LFS download can run (threats.md T27).
 *
 * @throws SourceError
 */
export async function openGitTree(source: GitTreeSource): Promise<Tree> {
  const { git, reader, id } = source
  const entries = parseListing(await gitOutput(git, ['ls-tree', '-r', '-z', '--full-tree', id]))
  return createTree({
    label: source.label,
    ...(source.commit === undefined ? {} : { commit: source.commit }),
    time: source.time,
    entries,
    links: await readLinks(entries, reader),
    async contents(files) {
      const objects = await reader.read(
        files.map((file) => file.id),
        limits.fileBytes,
      )
      const contents = new Map<string, FileContent>()
      for (const [object, found] of objects) contents.set(object, 'refused' in found ? found : found.content)
      return contents
    },
  })
}

/** `<mode> <type> <id>` TAB `<path>` NUL, in the order of the paths' bytes, which is what {@link Tree.entries} wants. */
function parseListing(listing: Buffer): readonly TreeEntry[] {
  const entries: TreeEntry[] = []
  // One text of the whole: a tree has tens of thousands of entries, and each look into a buffer costs a call.
  const text = listing.toString('latin1')
  for (let at = 0; at < text.length;) {
    const tab = text.indexOf('\t', at)
    const end = text.indexOf('\0', tab)
    const [mode = '', , id = ''] = text.slice(at, tab).split(' ')
    const written = text.slice(tab + 1, end)
    const path = /[^\x20-\x7e]/.test(written) ? decodePath(listing.subarray(tab + 1, end)) : written
    entries.push(entryOf(mode, id, path))
    at = end + 1
  }
  return entries
}

function entryOf(mode: string, id: string, path: string): TreeEntry {
  switch (mode) {
    case '120000':
      return { kind: 'symlink', path, id }
    case '160000':
      return { kind: 'submodule', path, commit: id }
    default:
      // Git keeps one bit of the permissions; old trees hold 100664 too.
      return { kind: 'file', path, id, executable: mode === '100755' }
  }
}

async function readLinks(
  entries: readonly TreeEntry[],
  reader: ObjectReader,
): Promise<ReadonlyMap<string, LinkTarget>> {
  const links = entries.filter((entry) => entry.kind === 'symlink')
  const objects = await reader.read(
    links.map((link) => link.id),
    limits.linkBytes,
  )
  return new Map(
    links.map(({ path, id }): [string, LinkTarget] => {
      const target = objects.get(id) ?? { refused: 'missing-object' }
      return [path, 'refused' in target ? target : decodePath(target.content)]
    }),
  )
}
