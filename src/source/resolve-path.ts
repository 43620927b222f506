import type { Refusal, Resolution, TreeEntry } from '../model/tree.ts'
import { limits } from './limits.ts'

/** Where a symbolic link points, or why that cannot be known. */
export type LinkTarget = string | { readonly refused: Refusal }

/** What the rules need to know of a tree. */
export interface Linked {
  stat(path: string): TreeEntry | { readonly kind: 'directory' } | undefined
  /** The target of the symbolic link at this path. */
  link(path: string): LinkTarget | undefined
}

/**
 * Follows a path as Linux does, inside the tree: links of every directory on the way and of the last component, `..`
 * from where a link led to. The root of the repository is a wall: an absolute path or target and a `..` above the root
 * are refused, whatever stands there on this machine (threats.md T20 to T22).
 */
export function resolvePath(tree: Linked, path: string): Resolution {
  // A tree lists an entry below directories only: no link stands on the way to one that has exactly this path.
  const entry = tree.stat(path)
  if (entry?.kind === 'file') return { kind: 'file', path, id: entry.id }
  if (entry?.kind === 'directory') return { kind: 'directory', path }
  return walk(tree, [], path, { left: limits.linkHops })
}

/** Hops are counted for the whole path, as the kernel does: hence nothing here grows without bound. */
interface Hops {
  left: number
}

function walk(tree: Linked, start: readonly string[], path: string, hops: Hops): Resolution {
  if (path.startsWith('/')) return refuse('outside-repository', path)
  let at = [...start]
  let file: Resolution | undefined
  for (const step of path.split('/')) {
    // `a.yaml/.` and `a.yaml/b` name nothing: a file has no entries.
    if (file !== undefined) return { kind: 'missing' }
    if (step === '' || step === '.') continue
    if (step === '..') {
      if (at.pop() === undefined) return refuse('outside-repository', path)
      continue
    }
    const here = [...at, step].join('/')
    const entry = tree.stat(here)
    switch (entry?.kind) {
      case undefined:
        return { kind: 'missing' }
      case 'directory':
        at.push(step)
        break
      case 'submodule':
        return refuse('submodule', here)
      case 'file':
        file = { kind: 'file', path: here, id: entry.id }
        break
      case 'symlink': {
        const end = follow(tree, at, here, hops)
        if (end.kind === 'directory') at = end.path === '' ? [] : end.path.split('/')
        else if (end.kind === 'file') file = end
        else return end
      }
    }
  }
  return file ?? { kind: 'directory', path: at.join('/') }
}

function follow(tree: Linked, directory: readonly string[], link: string, hops: Hops): Resolution {
  if (hops.left === 0) return refuse('link-loop', link)
  hops.left -= 1
  const target = tree.link(link)
  if (target === undefined || target === '') return refuse('dangling-link', link)
  if (typeof target !== 'string') return refuse(target.refused, link)
  const end = walk(tree, directory, target, hops)
  if (end.kind === 'missing') return refuse('dangling-link', link)
  // People know the link by its path, not by the target that leaves the repository.
  return end.kind === 'refused' && end.reason === 'outside-repository' ? refuse(end.reason, link) : end
}

function refuse(reason: Refusal, path: string): Resolution {
  return { kind: 'refused', reason, path }
}
