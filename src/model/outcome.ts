import type { Location } from './location.ts'

/**
 * Something that was not looked at, and why. Every step ends in a value, in findings or in this; there is no fourth.
 */
export interface NotChecked {
  /** What was left out, as people name it: a target id, an object, a policy, a file. */
  readonly what: string
  /** Stable code: `remote-source`, `unknown-kind`, `submodule`, `timeout`, `not-evaluable`, … */
  readonly code: NotCheckedCode
  /** One sentence for a person: what was missing and what to do about it. */
  readonly reason: string
  /** Target ids that it concerns; empty for the whole run. */
  readonly targets: readonly string[]
  readonly location?: Location
  /** What `remote.allow` of the configuration would have to name for it to be looked at: `['ghcr.io/acme']`. */
  readonly allow?: readonly string[]
  /** How many things this entry stands for (objects of an unknown kind are one entry with a count). */
  readonly count: number
}

export type NotCheckedCode =
  /** A chart, base or source that is not in the repository. */
  | 'remote-source'
  /** A source in the repository that a rule of its tool forbids us to read, or a link out of the tree. */
  | 'refused'
  | 'submodule'
  | 'lfs-pointer'
  | 'missing-object'
  /** A tool or generator that needs a cluster, a program or a service: plugins, live generators. */
  | 'needs-cluster'
  | 'plugin'
  | 'unsupported'
  /** The target broke while rendering (on the side that matters); the failure stands in the findings or targets. */
  | 'render-failed'
  | 'unknown-kind'
  | 'unknown-version'
  /** A policy whose answer depends on what only a cluster knows. */
  | 'not-evaluable'
  /** A policy that is itself broken. */
  | 'policy-error'
  | 'encrypted'
  /** A limit of ours: time, memory, size, count. */
  | 'timeout'
  | 'memory'
  | 'limit'
  | 'engine'
