import type { Repository } from '../discover/repository.ts'
import type { Engines } from '../engine/engines.ts'
import type { Tree } from '../model/tree.ts'

/** One side of the comparison, as renderers need it. */
export interface RenderContext {
  readonly tree: Tree
  readonly engines: Engines
  readonly repository: Repository
}
