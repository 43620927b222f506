import type { Refusal, Tree, TreeEntry } from '../model/tree.ts'
import { SourceError } from './errors.ts'
import { isLfsPointer } from './lfs-pointer.ts'
import { comparePaths } from './path-bytes.ts'
import { resolvePath, type LinkTarget } from './resolve-path.ts'

export type FileEntry = Extract<TreeEntry, { kind: 'file' }>
export type FileContent = Uint8Array | { readonly refused: Refusal }

/** What differs between the implementations of {@link Tree}. */
export interface TreeParts {
  readonly label: string
  readonly commit?: string
  readonly time: number
  /** Sorted by path in byte order. */
  readonly entries: readonly TreeEntry[]
  /** Target of every symbolic link, by its path. */
  readonly links: ReadonlyMap<string, LinkTarget>
  /** Contents by id; a file over the limit or without an object has its refusal. LFS pointers are not looked for. */
  readonly contents: (files: readonly FileEntry[]) => Promise<ReadonlyMap<string, FileContent>>
}

/**
 * A tree over its entries: directories, links and refusals follow the same rules wherever the files come from.
 * @throws SourceError `malformed-tree` for entries that no checkout could hold: `..`, `.git`, one name twice.
 */
export function createTree(parts: TreeParts): Tree {
  const { entries, links, contents } = parts
  const { byPath, directories } = index(entries)
  const stat: Tree['stat'] = (path) =>
    byPath.get(path) ?? (directories.has(path) ? { kind: 'directory' } : undefined)
  const resolve: Tree['resolve'] = (path) => resolvePath({ stat, link: (at) => links.get(at) }, path)

  return {
    label: parts.label,
    ...(parts.commit === undefined ? {} : { commit: parts.commit }),
    time: parts.time,
    entries: () => entries,
    stat,
    children(path) {
      const children = directories.get(path)
      if (children === undefined) return undefined
      if (!children.sorted) {
        children.names.sort(comparePaths)
        children.sorted = true
      }
      return children.names
    },
    resolve,
    async read(paths) {
      const wanted = [...paths]
      const files = new Map<string, FileEntry>()
      for (const path of wanted) {
        const entry = byPath.get(path)
        if (entry?.kind === 'file') files.set(entry.id, entry)
      }
      const found = await contents([...files.values()])
      const answer = new Map<string, FileContent>()
      for (const path of wanted) {
        const entry = byPath.get(path)
        if (entry?.kind !== 'file') {
          const end = resolve(path)
          // Nothing, a directory, or a link that leads somewhere: there is no content at exactly this path.
          answer.set(path, { refused: end.kind === 'refused' ? end.reason : 'missing-object' })
          continue
        }
        const content = found.get(entry.id) ?? { refused: 'missing-object' }
        answer.set(
          path,
          content instanceof Uint8Array && isLfsPointer(content) ? { refused: 'lfs-pointer' } : content,
        )
      }
      return answer
    },
  }
}

interface Directory {
  readonly names: string[]
  sorted: boolean
}

function index(entries: readonly TreeEntry[]): {
  byPath: ReadonlyMap<string, TreeEntry>
  directories: ReadonlyMap<string, Directory>
} {
  const byPath = new Map<string, TreeEntry>()
  const directories = new Map<string, Directory>([['', { names: [], sorted: false }]])

  // A loop, not a recursion: how deep a tree goes is up to whoever wrote it.
  const addTo = (path: string): void => {
    for (let child = path; child !== '';) {
      const slash = child.lastIndexOf('/')
      const name = child.slice(slash + 1)
      // Git refuses to check such names out; a tree that holds them was made to harm (CVE-2014-9390 and its like).
      if (name === '' || name === '.' || name === '..' || name.toLowerCase() === '.git') throw malformed(path)
      const parent = slash < 0 ? '' : child.slice(0, slash)
      const known = directories.get(parent)
      if (known !== undefined) {
        known.names.push(name)
        return
      }
      directories.set(parent, { names: [name], sorted: false })
      child = parent
    }
    if (path === '') throw malformed(path)
  }

  for (const entry of entries) {
    if (byPath.has(entry.path)) throw malformed(entry.path)
    byPath.set(entry.path, entry)
    addTo(entry.path)
  }
  for (const path of directories.keys()) {
    if (byPath.has(path)) throw malformed(path)
  }
  return { byPath, directories }
}

function malformed(path: string): SourceError {
  return new SourceError(
    'malformed-tree',
    `a tree holds an entry that no checkout can hold, ${JSON.stringify(path)}`,
    'look at the commit with `git ls-tree -r -t` and remove the entry',
  )
}
