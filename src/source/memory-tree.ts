import { createHash } from 'node:crypto'
import type { Tree, TreeEntry } from '../model/tree.ts'
import { createTree, type FileContent } from './create-tree.ts'
import { limits } from './limits.ts'
import { comparePaths } from './path-bytes.ts'
import type { LinkTarget } from './resolve-path.ts'

/** A file's text or bytes, or an entry of another kind. */
export type MemoryEntry =
  | string
  | Uint8Array
  | { readonly content: string | Uint8Array; readonly executable: boolean }
  | { readonly symlink: string }
  | { readonly submodule: string }

export interface MemoryTreeOptions {
  /** `memory` unless told. */
  readonly label?: string
  readonly commit?: string
  /** Seconds since the epoch; 0 unless told. */
  readonly time?: number
}

/** A tree of files that are held in memory, by path. Ids are SHA-256 digests of the content. */
export function memoryTree(
  files: Readonly<Record<string, MemoryEntry>>,
  options: MemoryTreeOptions = {},
): Tree {
  const entries: TreeEntry[] = []
  const links = new Map<string, LinkTarget>()
  const contents = new Map<string, FileContent>()

  for (const path of Object.keys(files).sort(comparePaths)) {
    const entry = files[path]
    if (entry === undefined) continue
    if (typeof entry === 'object' && 'symlink' in entry) {
      links.set(path, entry.symlink)
      entries.push({ kind: 'symlink', path, id: digest(Buffer.from(entry.symlink)) })
      continue
    }
    if (typeof entry === 'object' && 'submodule' in entry) {
      entries.push({ kind: 'submodule', path, commit: entry.submodule })
      continue
    }
    const plain = typeof entry === 'object' && 'content' in entry ? entry.content : entry
    const bytes = typeof plain === 'string' ? Buffer.from(plain) : plain
    const id = digest(bytes)
    contents.set(id, bytes.length > limits.fileBytes ? { refused: 'too-large' } : bytes)
    const executable = typeof entry === 'object' && 'executable' in entry && entry.executable
    entries.push({ kind: 'file', path, id, executable })
  }

  return createTree({
    label: options.label ?? 'memory',
    ...(options.commit === undefined ? {} : { commit: options.commit }),
    time: options.time ?? 0,
    entries,
    links,
    contents: () => Promise.resolve(contents),
  })
}

function digest(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}
