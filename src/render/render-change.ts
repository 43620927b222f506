import { affected } from '../discover/affected.ts'
import { discover } from '../discover/discover.ts'
import { repositoryOf } from '../discover/repository.ts'
import { shareDefinitions } from '../discover/shared-definitions.ts'
import type { Engines } from '../engine/engines.ts'
import type { Configuration } from '../model/configuration.ts'
import type { AffectedTarget } from '../model/discovery.ts'
import type { ChangedPath, Tree } from '../model/tree.ts'
import type { Remote } from '../source/remote/remote.ts'
import { renderPairs, type RenderedPairs, type RenderPairsInput } from './render-pairs.ts'

export interface RenderChangeInput {
  readonly base: Tree
  readonly head: Tree
  readonly changed: readonly ChangedPath[]
  /** Renders what the change does not touch, too: see {@link RenderPairsInput}. */
  readonly everything?: boolean
  readonly configuration: Configuration
  readonly engines: Engines
  /** What may be fetched; without it nothing is. */
  readonly remote?: Remote | undefined
  readonly onProgress: RenderPairsInput['onProgress']
  /** Called when everything is known that files alone tell: what the change touches, as far as files define it. */
  readonly onDiscovered?: (touched: readonly AffectedTarget[]) => void
}

/** From two trees to the objects of both sides of everything that the change touches: discover, choose, render. */
export async function renderChange(input: RenderChangeInput): Promise<RenderedPairs> {
  const { base, head, changed, configuration, engines } = input
  const [older, newer] = await Promise.all([
    repositoryOf(base, configuration, engines, input.remote),
    repositoryOf(head, configuration, engines, input.remote),
  ])
  shareDefinitions(older, newer, changed)
  const [before, after] = await Promise.all([
    discover(base, configuration, engines, input.remote),
    discover(head, configuration, engines, input.remote),
  ])
  const touched = affected(before, after, changed)
  input.onDiscovered?.(touched)
  return await renderPairs({ ...input, touched, before, after })
}
