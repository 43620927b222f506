/**
 * A tree of files as one side of a comparison sees it: a commit, the index, the working tree, a directory or memory.
 * Paths are relative to the repository's root, `/`-separated, without a leading slash; the root is the empty path.
 */

/** What stands at a path. Nothing here follows symbolic links; {@link Tree.resolve} does. */
export type TreeEntry =
  | {
      readonly kind: 'file'
      readonly path: string
      /** Names the content: equal ids mean equal bytes, in base and head alike. A git object id where there is one. */
      readonly id: string
      readonly executable: boolean
    }
  | { readonly kind: 'symlink'; readonly path: string; readonly id: string }
  | { readonly kind: 'submodule'; readonly path: string; readonly commit: string }

/** Why a path cannot be followed to content. Each is a reason code of "could not check". */
export type Refusal =
  | 'outside-repository'
  | 'link-loop'
  | 'dangling-link'
  | 'submodule'
  | 'lfs-pointer'
  | 'too-large'
  | 'missing-object'

/** The end of a path after symbolic links were followed inside the tree. */
export type Resolution =
  | { readonly kind: 'file'; readonly path: string; readonly id: string }
  | { readonly kind: 'directory'; readonly path: string }
  | { readonly kind: 'missing' }
  | { readonly kind: 'refused'; readonly reason: Refusal; readonly path: string }

export interface Tree {
  /** How people name this side: a commit id, `index`, `working tree`, a directory. */
  readonly label: string
  /** The commit (40 or 64 hex digits) when the tree is exactly one. */
  readonly commit?: string
  /** Seconds since the epoch that engines take for "now": the commit's own time, so that renders repeat. */
  readonly time: number
  /** All entries, sorted by path in byte order. */
  entries(): readonly TreeEntry[]
  /** The entry or the directory at exactly this path. */
  stat(path: string): TreeEntry | { readonly kind: 'directory' } | undefined
  /** Names in a directory, sorted by bytes; undefined when the path is no directory. */
  children(path: string): readonly string[] | undefined
  /** Follows symbolic links of the path and of every directory above it, at most 40 (Linux's own limit). */
  resolve(path: string): Resolution
  /**
   * Contents of files by path (not through links). A path that is no file or cannot be read has a refusal instead,
   * never a silent absence: LFS pointers, submodules, objects that a partial clone left out, files over the limit.
   */
  read(paths: Iterable<string>): Promise<ReadonlyMap<string, Uint8Array | { readonly refused: Refusal }>>
}

/** One path that differs between two trees. */
export interface ChangedPath {
  readonly path: string
  readonly change: 'added' | 'modified' | 'deleted'
}
