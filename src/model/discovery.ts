import type { NotChecked } from './outcome.ts'
import type { Target } from './target.ts'

/** What deploys from one tree. */
export interface Discovery {
  /** Sorted by id; ids are unique. */
  readonly targets: readonly Target[]
  /** Things that deploy (or define deployments) and are not among the targets, with the reason. */
  readonly notChecked: readonly NotChecked[]
  /** ApplicationSets of which only a part is known, `namespace/name` → why. */
  readonly partialSets?: PartialSets
}

export type PartialSets = ReadonlyMap<string, readonly string[]>

/** A target that the change touches: its inputs, its definition, or its existence. */
export interface AffectedTarget {
  readonly id: string
  readonly base?: Target
  readonly head?: Target
  /**
   * `inputs`: files that it reads changed; `definition`: how it is rendered or where it goes changed; `asked`: the
   * change does not touch it, and it is looked at all the same.
   */
  readonly because: readonly ('inputs' | 'definition' | 'created' | 'deleted' | 'parent' | 'asked')[]
}
