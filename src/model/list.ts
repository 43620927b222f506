import type { PathStep } from '../engine/api.ts'
import type { RenderedObject } from './object.ts'
import type { Target } from './target.ts'

/** How the API server merges a list (`x-kubernetes-list-type`). */
export interface ListSemantics {
  /** `set`: elements are values; `map`: `keys` name an element; `atomic`: only the list as a whole means something. */
  readonly type: 'atomic' | 'set' | 'map'
  /** Fields that name an element of a `map`, in the order of the schema. */
  readonly keys: readonly string[]
}

/** Answers for the list at a path; undefined where the schema does not know a list. */
export type ListReader = (path: readonly PathStep[]) => ListSemantics | undefined

/** The lists of an object of a target. */
export type ListsOfObject = (object: RenderedObject, target: Target) => ListReader
