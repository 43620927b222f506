/** What a job declared to read, as entries of its tree: real paths with object ids, links with where they lead. */
import { createHash } from 'node:crypto'
import type { Refusal, Resolution, Tree } from '../model/tree.ts'
import type { LinkTarget } from './view.ts'

export interface Listing {
  /** Real path → object id. */
  readonly files: Map<string, string>
  /** Real path → all names. */
  readonly directories: Map<string, readonly string[]>
  readonly links: Map<string, LinkTarget>
  readonly refused: Map<string, Refusal>
  readonly missing: Set<string>
}

export interface Declared {
  readonly files: readonly string[]
  readonly directories: readonly string[]
}

/** Jobs of one tree declare the same charts and bases over and over. */
const listed = new WeakMap<Tree, Map<string, Listing>>()

/**
 * Expands declared paths: directories to everything below them, symbolic links to where they lead, and what links
 * lead to likewise.
 */
export function listDeclared(tree: Tree, declared: Declared): Listing {
  const listing = emptyListing()
  for (const path of declared.directories) merge(listing, listDirectory(tree, clean(path)))
  for (const path of declared.files) addPath(tree, listing, clean(path))
  return listing
}

/** Names everything that the engine can be answered from the listing: equal digests mean equal answers. */
export function digestListing(listing: Listing): string {
  const hash = createHash('sha256')
  const lines: string[] = []
  for (const [path, id] of listing.files) lines.push(`file\0${path}\0${id}`)
  for (const [path, names] of listing.directories) lines.push(`directory\0${path}\0${names.join('\0')}`)
  for (const [path, target] of listing.links) lines.push(`link\0${path}\0${JSON.stringify(target)}`)
  for (const [path, reason] of listing.refused) lines.push(`refused\0${path}\0${reason}`)
  for (const path of listing.missing) lines.push(`missing\0${path}`)
  for (const line of lines.sort()) hash.update(line).update('\n')
  return hash.digest('hex')
}

function emptyListing(): Listing {
  return {
    files: new Map(),
    directories: new Map(),
    links: new Map(),
    refused: new Map(),
    missing: new Set(),
  }
}

function listDirectory(tree: Tree, path: string): Listing {
  let directories = listed.get(tree)
  if (directories === undefined) listed.set(tree, (directories = new Map<string, Listing>()))
  const earlier = directories.get(path)
  if (earlier !== undefined) return earlier
  const listing = emptyListing()
  addPath(tree, listing, path, { expand: true })
  directories.set(path, listing)
  return listing
}

function merge(into: Listing, from: Listing): void {
  for (const [path, id] of from.files) into.files.set(path, id)
  for (const [path, names] of from.directories) into.directories.set(path, names)
  for (const [path, target] of from.links) into.links.set(path, target)
  for (const [path, reason] of from.refused) into.refused.set(path, reason)
  for (const path of from.missing) into.missing.add(path)
}

/** A path as it was declared: links on the way, then what it leads to. */
function addPath(tree: Tree, listing: Listing, path: string, options = { expand: false }): void {
  addLinksAbove(tree, listing, path)
  const end = tree.resolve(path)
  if (end.kind === 'missing') listing.missing.add(path)
  else if (end.kind === 'refused') listing.refused.set(path, end.reason)
  else if (end.kind === 'file') listing.files.set(end.path, end.id)
  else if (options.expand) expand(tree, listing, end.path)
}

/** Each symbolic link among the path and the directories above it, in the real tree. */
function addLinksAbove(tree: Tree, listing: Listing, path: string): void {
  for (let end = path.indexOf('/'); ; end = path.indexOf('/', end + 1)) {
    const prefix = end === -1 ? path : path.slice(0, end)
    if (tree.stat(prefix)?.kind === 'symlink') {
      const target = tree.resolve(prefix)
      listing.links.set(prefix, linkTarget(target))
      const rest = path.slice(prefix.length + 1)
      if (target.kind === 'directory' && rest !== '') addLinksAbove(tree, listing, `${target.path}/${rest}`)
      return
    }
    if (end === -1) return
  }
}

function expand(tree: Tree, listing: Listing, directory: string): void {
  if (listing.directories.has(directory)) return
  const names = tree.children(directory)
  if (names === undefined) return
  listing.directories.set(directory, names)
  for (const name of names) {
    const path = directory === '' ? name : `${directory}/${name}`
    const entry = tree.stat(path)
    if (entry === undefined) continue
    if (entry.kind === 'directory') expand(tree, listing, path)
    else if (entry.kind === 'file') listing.files.set(path, entry.id)
    else if (entry.kind === 'submodule') listing.refused.set(path, 'submodule')
    else addLink(tree, listing, path)
  }
}

function addLink(tree: Tree, listing: Listing, path: string): void {
  const end = tree.resolve(path)
  listing.links.set(path, linkTarget(end))
  if (end.kind === 'file') listing.files.set(end.path, end.id)
  // A link to a directory above itself would pull in everything; whoever walks through it asks the tree.
  if (end.kind === 'directory' && !isBelow(path, end.path)) expand(tree, listing, end.path)
}

function linkTarget(end: Resolution): LinkTarget {
  if (end.kind === 'missing') return { kind: 'missing' }
  if (end.kind === 'refused') return { kind: 'refused', reason: end.reason }
  return { kind: 'found', path: end.path }
}

function isBelow(path: string, directory: string): boolean {
  return directory === '' || path.startsWith(`${directory}/`)
}

/** `./a/` and `a` are one path; the root is empty. */
function clean(path: string): string {
  const parts = path.split('/').filter((part) => part !== '' && part !== '.')
  return parts.join('/')
}
