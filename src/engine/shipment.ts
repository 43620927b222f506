/** The main thread's side of a job's {@link View}: what is shipped up front and answers to undeclared paths. */
import type { Tree } from '../model/tree.ts'
import type { ContentStore } from './contents.ts'
import type { Listing } from './listing.ts'
import type { Look, Shipment } from './view.ts'

/** Reads what the listing names and packs it for a worker. Rejects only when the tree itself cannot be read. */
export async function packShipment(tree: Tree, listing: Listing, store: ContentStore): Promise<Shipment> {
  const contents = await store.load(tree, listing.files)
  const blocks: SharedArrayBuffer[] = []
  const positions = new Map<SharedArrayBuffer, number>()
  const files: string[] = []
  const spans: number[] = []
  const refused = [...listing.refused]
  for (const [path, content] of contents) {
    if ('refused' in content) {
      refused.push([path, content.refused])
      continue
    }
    let block = positions.get(content.block)
    if (block === undefined) {
      block = blocks.push(content.block) - 1
      positions.set(content.block, block)
    }
    files.push(path)
    spans.push(block, content.offset, content.length)
  }
  return {
    blocks,
    files,
    spans: Int32Array.from(spans),
    directories: [...listing.directories],
    links: [...listing.links],
    refused,
    missing: [...listing.missing],
  }
}

/** What stands at a path that the job had not declared. */
export async function lookInTree(tree: Tree, path: string, store: ContentStore): Promise<Look> {
  const end = tree.resolve(path)
  if (end.kind === 'missing') return { kind: 'missing', path }
  if (end.kind === 'refused') return { kind: 'refused', path, reason: end.reason }
  if (end.kind === 'directory') {
    return { kind: 'directory', path: end.path, names: tree.children(end.path) ?? [] }
  }
  const content = (await store.load(tree, new Map([[end.path, end.id]]))).get(end.path)
  if (content === undefined) return { kind: 'refused', path: end.path, reason: 'missing-object' }
  if ('refused' in content) return { kind: 'refused', path: end.path, reason: content.refused }
  return { kind: 'file', path: end.path, content }
}
