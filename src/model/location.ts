/** A place in the repository that a person can open. */
export interface Location {
  /** Path in the tree. */
  readonly file: string
  /** One-based line; absent when only the file is known. */
  readonly line?: number
}
