/**
 * The tree as one job sees it, answered synchronously inside a worker. What the job declared was shipped with it;
 * anything else is asked of the main thread and recorded as undeclared.
 */
import type { Refusal } from '../model/tree.ts'

/** Bytes of one file inside a shared block. */
export interface Slice {
  readonly block: SharedArrayBuffer
  readonly offset: number
  readonly length: number
}

/** What stands at a path after symbolic links were followed. `path` is the real path. */
export type Look =
  | { readonly kind: 'file'; readonly path: string; readonly content: Slice }
  /** `names` are absent where only the existence of the directory was shipped. */
  | { readonly kind: 'directory'; readonly path: string; readonly names?: readonly string[] }
  | { readonly kind: 'missing'; readonly path: string }
  | { readonly kind: 'refused'; readonly path: string; readonly reason: Refusal }

/** Where a symbolic link leads, all links on the way followed by the main thread's tree. */
export type LinkTarget =
  | { readonly kind: 'found'; readonly path: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly reason: Refusal }

/** What a job declared to read, cut to what crosses a thread cheaply: shared blocks and flat lists. */
export interface Shipment {
  readonly blocks: readonly SharedArrayBuffer[]
  /** Real paths of files, and for each three numbers in `spans`: block, offset, length. */
  readonly files: readonly string[]
  readonly spans: Int32Array
  /** Real directories with all their names. */
  readonly directories: readonly (readonly [string, readonly string[]])[]
  readonly links: readonly (readonly [string, LinkTarget])[]
  readonly refused: readonly (readonly [string, Refusal])[]
  /** Declared, and known not to be there. */
  readonly missing: readonly string[]
}

export const emptyShipment: Shipment = {
  blocks: [],
  files: [],
  spans: new Int32Array(0),
  directories: [],
  links: [],
  refused: [],
  missing: [],
}

/** What the engine looked at during one job; all lists sorted. */
export interface ViewRecord {
  readonly read: string[]
  readonly undeclared: string[]
  readonly refused: Record<string, Refusal>
}

export interface View {
  look(path: string): Look
  /** Names of a directory; undefined when the path is none. */
  list(path: string): readonly string[] | undefined
  record(): ViewRecord
}

/** Linux follows at most 40 links (MAXSYMLINKS); the main thread's tree has the same limit. */
const linkLimit = 40

/**
 * `ask` blocks until the main thread has answered for a path that was not shipped; its answer names real paths and
 * lists directories.
 */
export function createView(shipment: Shipment, ask: (path: string) => Look): View {
  const known = new Map<string, Look>()
  const links = new Map(shipment.links)
  const read = new Set<string>()
  const undeclared = new Set<string>()
  const refused = new Map<string, Refusal>()
  index()

  return {
    look(path) {
      return note(follow(path, 0))
    },
    list(path) {
      const found = note(follow(path, 0))
      if (found.kind !== 'directory') return undefined
      if (found.names !== undefined) return found.names
      const answer = question(found.path)
      return answer.kind === 'directory' ? answer.names : undefined
    },
    record: () => ({
      read: [...read].sort(),
      undeclared: [...undeclared].sort(),
      refused: Object.fromEntries([...refused].sort(([a], [b]) => (a < b ? -1 : 1))),
    }),
  }

  function index(): void {
    // Directories above what was declared exist; what else they hold is not known here.
    for (const path of [...shipment.files, ...shipment.directories.map(([path]) => path), ...links.keys()]) {
      for (let parent = above(path); parent !== undefined && !known.has(parent); parent = above(parent)) {
        known.set(parent, { kind: 'directory', path: parent })
      }
    }
    for (const [path, names] of shipment.directories) known.set(path, { kind: 'directory', path, names })
    for (const path of shipment.missing) known.set(path, { kind: 'missing', path })
    for (const [path, reason] of shipment.refused) known.set(path, { kind: 'refused', path, reason })
    shipment.files.forEach((path, position) => {
      const [block = 0, offset = 0, length = 0] = shipment.spans.subarray(position * 3, position * 3 + 3)
      const shared = shipment.blocks[block]
      if (shared === undefined) throw new RangeError(`no shared block ${block} for ${path}`)
      known.set(path, { kind: 'file', path, content: { block: shared, offset, length } })
    })
  }

  function note(found: Look): Look {
    read.add(found.path)
    if (found.kind === 'refused') refused.set(found.path, found.reason)
    return found
  }

  function follow(path: string, hops: number): Look {
    const link = firstLink(path)
    if (link === undefined) return known.get(path) ?? absent(path) ?? question(path)
    if (hops >= linkLimit) return { kind: 'refused', path, reason: 'link-loop' }
    // A link that is followed was looked at too: changing where it leads changes the answer.
    read.add(link.path)
    if (link.target.kind === 'missing') return { kind: 'missing', path: link.path }
    if (link.target.kind === 'refused')
      return { kind: 'refused', path: link.path, reason: link.target.reason }
    return follow(join(link.target.path, path.slice(link.path.length + 1)), hops + 1)
  }

  /** The first symbolic link on the way to `path`, `path` itself included. */
  function firstLink(path: string): { path: string; target: LinkTarget } | undefined {
    if (links.size === 0) return undefined
    for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
      const prefix = end === -1 ? path : path.slice(0, end)
      const target = links.get(prefix)
      if (target !== undefined) return { path: prefix, target }
      if (end === -1) return undefined
    }
  }

  /** `missing` when something shipped proves that nothing can be there; undefined when only the tree knows. */
  function absent(path: string): Look | undefined {
    for (
      let child = path, parent = above(child);
      parent !== undefined;
      child = parent, parent = above(parent)
    ) {
      const found = known.get(parent)
      if (found === undefined) continue
      if (found.kind === 'refused') return { kind: 'refused', path, reason: found.reason }
      if (found.kind !== 'directory') return { kind: 'missing', path }
      if (found.names === undefined) return undefined
      return found.names.includes(nameOf(child)) ? undefined : { kind: 'missing', path }
    }
    return undefined
  }

  function question(path: string): Look {
    const answer = ask(path)
    undeclared.add(path)
    known.set(path, answer)
    return answer
  }
}

function above(path: string): string | undefined {
  if (path === '') return undefined
  const slash = path.lastIndexOf('/')
  return slash === -1 ? '' : path.slice(0, slash)
}

function nameOf(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function join(directory: string, rest: string): string {
  if (rest === '') return directory
  return directory === '' ? rest : `${directory}/${rest}`
}
