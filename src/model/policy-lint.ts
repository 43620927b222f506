import type { Location } from './location.ts'

/** What `preadmit policy lint --format json` prints. */
export interface PolicyLintReport {
  readonly verdict: 'pass' | 'fail'
  /** Minor versions that the policies were compiled for, oldest first. */
  readonly kubernetes: readonly string[]
  /** Number of policies that were looked at. */
  readonly policies: number
  /** Sorted by file, line and code. */
  readonly problems: readonly LintProblem[]
  /** Expressions with what they can cost at most, the costliest first. */
  readonly costs: readonly ExpressionCost[]
}

export interface LintProblem {
  /** Errors fail; warnings fail with `--strict`. */
  readonly level: 'error' | 'warning'
  readonly code: LintCode
  /** Id of the policy; absent for the set. */
  readonly policy?: string
  readonly message: string
  readonly location?: Location
  /** The field that it is about, as the API server writes it. */
  readonly field?: string
  /** Minors at which it shows; absent when it does not depend on one. */
  readonly kubernetes?: readonly string[]
}

export type LintCode =
  /** The set itself: its file, its lists, duplicate ids. */
  | 'set'
  /** The policy does not compile, or its language is not evaluated. */
  | 'compile'
  /** It asks for what only a cluster knows, or nothing here evaluates its kind. */
  | 'not-evaluable'
  /** A binding asks for a parameter object that is not in the set. */
  | 'parameter'
  /** An expression that compiles does not fit the types of a kind that it matches. */
  | 'type'
  /** A resource that no API server of that minor has. */
  | 'unknown-resource'
  /** Rego reads data that nothing defines. */
  | 'undefined-data'
  /** Nothing that a GitOps repository writes can match. */
  | 'unreachable'
  /** Title, docs or remediation are missing. */
  | 'undocumented'

/** Worst case by the API server's estimator, in CEL cost units; a server stops at `limit`. */
export interface ExpressionCost {
  readonly policy: string
  readonly field: string
  readonly kind?: string
  /** Null where nothing bounds it. */
  readonly maximum: number | null
  readonly limit: number
}
