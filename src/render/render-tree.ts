import { renderPairs, type RenderedPairs, type RenderPairsInput } from './render-pairs.ts'
import type { Discovery } from '../model/discovery.ts'
import type { Tree } from '../model/tree.ts'

/** Targets of one tree as it is, with no change: both sides are the same. */
export async function renderTree(
  ids: readonly string[],
  tree: Tree,
  discovery: Discovery,
  means: Pick<RenderPairsInput, 'configuration' | 'engines' | 'remote' | 'onProgress'>,
): Promise<RenderedPairs> {
  return await renderPairs({
    ...means,
    touched: ids.map((id) => ({ id, because: ['definition'] as const })),
    before: discovery,
    after: discovery,
    base: tree,
    head: tree,
    changed: [],
  })
}
