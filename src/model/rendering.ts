import type { JsonObject } from './json.ts'
import type { Location } from './location.ts'
import type { RenderedObject } from './object.ts'
import type { NotChecked } from './outcome.ts'
import type { Target } from './target.ts'

/** What came of rendering one target on one side. */
export type Rendering =
  | {
      readonly state: 'rendered'
      readonly target: Target
      readonly objects: readonly RenderedObject[]
      /** Parts that could not be looked at although the target rendered. */
      readonly notChecked: readonly NotChecked[]
      /** A whole source of the application is missing here: what it renders is not known. */
      readonly partial?: true
      /** Warnings of the tools, for people: deprecated fields, ignored files, random values. */
      readonly warnings: readonly string[]
      /** Paths really read; a test holds that they are covered by the target's declared inputs. */
      readonly read: readonly string[]
    }
  /** The sources in the repository are wrong: the cluster's tool would fail too. */
  | {
      readonly state: 'failed'
      readonly target: Target
      readonly failure: RenderFailure
      readonly read: readonly string[]
    }
  /** Could not be rendered here, though the cluster may: a remote source, a plugin, a limit. */
  | {
      readonly state: 'not-rendered'
      readonly target: Target
      readonly reason: NotChecked
      /** Of a chart that is here and could not be rendered. */
      readonly chart?: ChartInputs
    }

/** What goes into a chart: its own description, and the values that it would get, merged in Helm's order. */
export interface ChartInputs {
  /** Chart.yaml in the tree. */
  readonly file: string
  readonly chart: JsonObject
  readonly values: JsonObject
}

export interface RenderFailure {
  /** Code of the engine (docs/engine-abi.md): `invalid`, `missing-file`, `cycle`, … */
  readonly code: string
  /** The innermost cause, one or a few lines. */
  readonly message: string
  readonly location?: Location
}

/** One target on both sides. At least one side is there. */
export interface RenderedPair {
  readonly id: string
  /** Changes that stand in the repository and do not reach the cluster: sentences that go on from the name. */
  readonly heldBack?: readonly string[]
  /**
   * Both sides of changed objects (by their identity's key) as the tool compares them, without what jq paths of
   * ignoreDifferences take away; only of objects that such a path is for.
   */
  readonly compared?: ReadonlyMap<string, { readonly old: JsonObject; readonly new: JsonObject }>
  readonly base?: Rendering
  readonly head?: Rendering
}
