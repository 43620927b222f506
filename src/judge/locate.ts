import type { Location } from '../model/location.ts'
import type { RenderedObject } from '../model/object.ts'
import type { Side } from './judgement.ts'

/** Where a field of a rendered object stands in a tree. */
export interface LocationQuery {
  readonly side: Side
  readonly object: RenderedObject
  /** As people write it; empty for the object. */
  readonly path: string
  /** Where the entry of a list was written first, not what last changed something in it. */
  readonly entry?: true
}
export type Locate = (queries: readonly LocationQuery[]) => Promise<readonly (Location | undefined)[]>
