/** What weakens the check of a repository, or cannot be seen from inside of it. */
export interface Weakness {
  /** `problem`: somebody can get around the check; `unknown`: only the host knows; `note`: worth a look. */
  readonly kind: 'problem' | 'unknown' | 'note'
  readonly file?: string
  /** One-based. */
  readonly line?: number
  /** What is so, and what to do about it. */
  readonly message: string
}
