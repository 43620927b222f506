import type { PathStep } from '../../engine/api.ts'
import type { Json } from '../../model/json.ts'

/** One mistake in one object, before it becomes a sentence; both validators speak it. */
export type Problem =
  | {
      readonly kind: 'unknown-field'
      /** Steps to the field, its name included. */
      readonly steps: readonly PathStep[]
      /** Fields that stand in its place, for "did you mean". */
      readonly known: readonly string[]
      /** Pruned by the API server instead of refused: fields of custom resources. */
      readonly pruned: boolean
      /** When other minors know the field: `it exists since 1.33`. */
      readonly elsewhere?: string
    }
  | { readonly kind: 'missing-field'; readonly steps: readonly PathStep[] }
  | {
      readonly kind: 'wrong-type'
      readonly steps: readonly PathStep[]
      readonly expected: string
      readonly value: Json
    }
  /** A rule on a value: bounds, lengths, enumerations. The text reads after the field's name: `must be …`. */
  | {
      readonly kind: 'invalid-value'
      readonly steps: readonly PathStep[]
      readonly text: string
      readonly value?: Json
    }
