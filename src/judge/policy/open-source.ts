import type { PolicyConfiguration } from '../../model/configuration.ts'
import type { Level } from '../../model/finding.ts'
import type { JsonObject } from '../../model/json.ts'
import type { AppliesTo } from '../../model/policy.ts'
import type { Tree } from '../../model/tree.ts'
import type { Trust } from './signature.ts'

/** A source of policies whose files are at hand, with what the repository says about it. */
export interface OpenSource {
  /** As people named it. */
  readonly label: string
  /** The base tree, or the files of a fetched set. */
  readonly tree: Tree
  /** Directory or file inside the tree. */
  readonly path: string
  /** Its files lie in the repository, so that findings can point at them. */
  readonly local: boolean
  /** Given by whoever runs the check: the repository only tightens it. */
  readonly central: boolean
  readonly level?: Level
  readonly levels: Readonly<Record<string, Level>>
  readonly reason?: string
  readonly owner?: string
  readonly parameters: JsonObject
  readonly appliesTo?: Partial<AppliesTo>
  /** For findings about what the configuration asks for. */
  readonly configurationFile: string | null
  /** Version of the tag that it was fetched by, without v. */
  readonly tag?: string
  /** What the configuration says about sets of these names, for sources that are given. */
  readonly bySet?: Readonly<Record<string, PolicyConfiguration>>
  /** Who must have signed it. */
  readonly trust?: Trust
  /** Commit or manifest digest that pins it. */
  readonly digest?: string
}
