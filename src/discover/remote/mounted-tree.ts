import type { Resolution, Tree } from '../../model/tree.ts'
import { comparePaths } from '../../source/path-bytes.ts'
import { childOf, directoryOf, joinPath, nameOf } from '../paths.ts'

/**
 * Folder below which fetched sources stand in the tree that engines read. It is in no listing: nothing is discovered
 * there, and only a path that names a source leads to it.
 */
export const remoteFolder = '.preadmit-remote'

/** A tree with fetched sources grafted into it; links inside a source never lead out of it. */
export interface MountedTree extends Tree {
  mount(path: string, source: Tree): void
  /** Grows with every graft: what was concluded from the tree before may be wrong then. */
  grafts(): number
  /** The graft that a path lies in. */
  mountOf(path: string): Mount | undefined
}

export interface Mount {
  readonly at: string
  /** The path inside of it. */
  readonly rest: string
  readonly source: Tree
}

/** Listing, reading and resolving go to the graft that holds the path, else to the tree. */
export function mountable(base: Tree): MountedTree {
  const mounts = new Map<string, Tree>()
  let grafted = 0
  /** Directories that only grafts need, and the names that they give them. */
  const virtual = new Map<string, Set<string>>()

  const mountOf = (path: string): Mount | undefined => {
    if (mounts.size === 0) return undefined
    for (let at = path; at !== ''; at = directoryOf(at)) {
      const source = mounts.get(at)
      if (source !== undefined) return { at, source, rest: at === path ? '' : path.slice(at.length + 1) }
    }
    return undefined
  }
  const outward = (end: Resolution, at: string): Resolution =>
    end.kind === 'missing' ? end : { ...end, path: end.path === '' ? at : `${at}/${end.path}` }

  return {
    label: base.label,
    ...(base.commit === undefined ? {} : { commit: base.commit }),
    time: base.time,
    entries: () => base.entries(),
    mountOf,
    grafts: () => grafted,
    mount(path, source) {
      grafted += 1
      mounts.set(path, source)
      for (let at = path; at !== ''; at = directoryOf(at)) {
        const parent = directoryOf(at)
        // The root does not list the folder: whatever reads the whole repository reads no sources with it.
        if (parent === '' && nameOf(at) === remoteFolder) break
        let names = virtual.get(parent)
        if (names === undefined) virtual.set(parent, (names = new Set()))
        names.add(nameOf(at))
      }
    },
    stat(path) {
      const mount = mountOf(path)
      if (mount !== undefined) {
        const entry = mount.source.stat(mount.rest)
        return entry === undefined || entry.kind === 'directory'
          ? entry
          : { ...entry, path: childOf(mount.at, entry.path) }
      }
      return base.stat(path) ?? (virtual.has(path) ? { kind: 'directory' } : undefined)
    },
    children(path) {
      const mount = mountOf(path)
      if (mount !== undefined) return mount.source.children(mount.rest)
      const own = base.children(path)
      const more = virtual.get(path)
      if (more === undefined || path === '') return own
      return [...new Set([...(own ?? []), ...more])].sort(comparePaths)
    },
    resolve(path) {
      const end = base.resolve(path)
      if (end.kind !== 'missing' || mounts.size === 0) return end
      const clean = joinPath('', path)
      if (clean === undefined) return end
      const mount = mountOf(clean)
      if (mount !== undefined) return outward(mount.source.resolve(mount.rest), mount.at)
      return virtual.has(clean) ? { kind: 'directory', path: clean } : end
    },
    async read(paths) {
      const own: string[] = []
      const inside = new Map<Tree, Mount[]>()
      for (const path of paths) {
        const mount = mountOf(path)
        if (mount === undefined) own.push(path)
        else inside.set(mount.source, [...(inside.get(mount.source) ?? []), mount])
      }
      const contents = new Map(own.length === 0 ? [] : await base.read(own))
      for (const [source, wanted] of inside) {
        const read = await source.read(wanted.map(({ rest }) => rest))
        for (const { at, rest } of wanted)
          contents.set(childOf(at, rest), read.get(rest) ?? { refused: 'missing-object' })
      }
      return contents
    },
  }
}
