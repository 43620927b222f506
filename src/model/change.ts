import type { PathStep } from '../engine/api.ts'
import type { Json } from './json.ts'
import type { ObjectIdentity, RenderedObject } from './object.ts'

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'NONE'

/** Old and new of one object in one target. */
export interface Change {
  /** Target id. */
  readonly target: string
  /** The new identity; the old one for deletions. */
  readonly identity: ObjectIdentity
  readonly operation: Operation
  readonly old?: RenderedObject
  readonly new?: RenderedObject
  /** The old identity when the pair differs by a generated hash suffix or a known rename. */
  readonly renamedFrom?: ObjectIdentity
  /** Semantic differences, ordered by path; empty for CREATE, DELETE and NONE. */
  readonly differences: readonly Difference[]
}

/** One value that differs. List entries are named by their merge key where they have one. */
export interface Difference {
  readonly path: readonly FieldStep[]
  /** Absent: added. */
  readonly old?: Json
  /** Absent: removed. */
  readonly new?: Json
}

/** A key, an index, or an entry of a list by its merge keys (`{ name: 'api' }`). */
export type FieldStep = PathStep | { readonly keys: Readonly<Record<string, Json>>; readonly index: number }
