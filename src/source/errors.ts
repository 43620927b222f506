/** Stable codes of what can be wrong with the repository or with the revisions that were asked for. */
export type SourceErrorCode =
  | 'no-git'
  | 'git-failed'
  | 'git-timeout'
  | 'not-a-directory'
  | 'missing-path'
  | 'remote-schemas'
  | 'not-a-repository'
  | 'dubious-ownership'
  | 'unknown-revision'
  | 'no-commits'
  | 'no-default-branch'
  | 'no-merge-base'
  | 'no-working-tree'
  | 'unmerged-index'
  | 'missing-commit'
  | 'missing-object'
  | 'malformed-tree'
  | 'not-the-merge'
  | 'stale-merge'
  | 'unsupported-event'

/** The two trees cannot be had. Says what is wrong and what to do about it; the run ends with "could not check". */
export class SourceError extends Error {
  readonly code: SourceErrorCode
  /** What is wrong, one clause without a full stop. */
  readonly problem: string
  /** What to do next, one clause without a full stop. */
  readonly next: string

  constructor(code: SourceErrorCode, problem: string, next: string, options?: { cause?: unknown }) {
    super(`${problem}: ${next}`, options)
    this.name = 'SourceError'
    this.code = code
    this.problem = problem
    this.next = next
  }
}
