import type { Engines } from '../../src/engine/engines.ts'
import { createEngines } from '../../src/engine/pool.ts'

/** The engines that the project ships. */
export function shippedEngines(): Engines {
  return createEngines({ directory: new URL('../../dist/engines/', import.meta.url) })
}
