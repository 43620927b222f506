/** Contents of files by object id, in blocks that threads share: base and head hold what is equal once. */
import type { Refusal, Tree } from '../model/tree.ts'
import type { Slice } from './view.ts'

export type Content = Slice | { readonly refused: Refusal }

/**
 * Contents kept for later jobs, in bytes. Neighbouring jobs share charts and bases; beyond this everything is
 * forgotten at once and read again when needed.
 */
const keptBytes = 256 * 1024 * 1024

export interface ContentStore {
  /** Contents of the files (path → object id) of one tree, by path. */
  load(tree: Tree, files: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Content>>
}

export function createContentStore(): ContentStore {
  const contents = new Map<string, Promise<Content>>()
  let bytes = 0

  return { load }

  async function load(tree: Tree, files: ReadonlyMap<string, string>): Promise<ReadonlyMap<string, Content>> {
    const absent = [...files].filter(([, id]) => !contents.has(id))
    if (absent.length > 0) fetchInto(tree, absent)
    const entries = [...files].map(async ([path, id]) => [path, await contentOf(tree, path, id)] as const)
    return new Map(await Promise.all(entries))
  }

  function contentOf(tree: Tree, path: string, id: string): Promise<Content> {
    const content = contents.get(id)
    if (content !== undefined) return content
    // Forgotten between the check and here, by another job that passed the limit.
    fetchInto(tree, [[path, id]])
    return contentOf(tree, path, id)
  }

  function fetchInto(tree: Tree, files: readonly (readonly [string, string])[]): void {
    if (bytes > keptBytes) {
      contents.clear()
      bytes = 0
    }
    const batch = readBatch(
      tree,
      files.map(([path]) => path),
    )
    for (const [path, id] of files) {
      const content = batch.then((read) => read.get(path) ?? { refused: 'missing-object' as const })
      // A failed read must not stay as the answer for the rest of the run; the job that waits for it hears of it.
      content.catch(() => contents.delete(id))
      contents.set(id, content)
    }
  }

  /** Reads files in one question to the tree and packs them into one shared block. */
  async function readBatch(tree: Tree, paths: readonly string[]): Promise<ReadonlyMap<string, Content>> {
    const read = await tree.read(paths)
    const found = [...read].filter((entry): entry is [string, Uint8Array] => entry[1] instanceof Uint8Array)
    const block = new SharedArrayBuffer(found.reduce((sum, [, content]) => sum + content.length, 0))
    const target = new Uint8Array(block)
    const result = new Map<string, Content>()
    let offset = 0
    for (const [path, content] of found) {
      target.set(content, offset)
      result.set(path, { block, offset, length: content.length })
      offset += content.length
    }
    for (const [path, content] of read) {
      if (!(content instanceof Uint8Array)) result.set(path, content)
    }
    bytes += block.byteLength
    return result
  }
}
