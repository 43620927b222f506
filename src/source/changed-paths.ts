import type { ChangedPath, Tree, TreeEntry } from '../model/tree.ts'
import { comparePaths } from './path-bytes.ts'

/**
 * Every path whose entry differs, sorted by bytes: content, kind, executable bit or a submodule's commit. Compares
 * what the trees hold and never asks an API, whose lists of files end early (threats.md T05).
 */
export function compareTrees(base: Tree, head: Tree): readonly ChangedPath[] {
  const before = new Map(base.entries().map((entry) => [entry.path, entry]))
  const changed: ChangedPath[] = []
  for (const entry of head.entries()) {
    const old = before.get(entry.path)
    before.delete(entry.path)
    if (old === undefined) changed.push({ path: entry.path, change: 'added' })
    else if (!sameEntry(old, entry)) changed.push({ path: entry.path, change: 'modified' })
  }
  for (const path of before.keys()) changed.push({ path, change: 'deleted' })
  return changed.sort((a, b) => comparePaths(a.path, b.path))
}

/** True when both entries, of one path, hold the same. */
export function sameEntry(a: TreeEntry, b: TreeEntry): boolean {
  switch (a.kind) {
    case 'file':
      return b.kind === 'file' && a.id === b.id && a.executable === b.executable
    case 'symlink':
      return b.kind === 'symlink' && a.id === b.id
    case 'submodule':
      return b.kind === 'submodule' && a.commit === b.commit
  }
}
