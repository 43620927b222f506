import type { Level, Severity } from './finding.ts'
import type { Json, JsonObject } from './json.ts'
import type { Location } from './location.ts'

/** Which evaluator answers for a policy: `admission` runs ValidatingAdmissionPolicies as the API server does. */
export type PolicyLanguage = 'admission' | 'kyverno' | 'gatekeeper' | 'rego'

/** One policy as it is reported: what its native file says, and what its set adds. */
export interface Policy {
  /** Stable id, `team/policy-name`: the set's, or made of the file's own names. Rule id of its findings. */
  readonly id: string
  readonly language: PolicyLanguage
  /**
   * How its evaluator names it: `metadata.name` of a ValidatingAdmissionPolicy, `Kind/name` of a Kyverno policy or of a
   * Gatekeeper constraint, the file of a Rego module.
   */
  readonly name: string
  /** Wins over the level that the file itself asks for (binding actions, enforcementAction, deny or warn). */
  readonly level?: Level
  readonly severity: Severity
  readonly title?: string
  readonly remedy?: string
  /** https only: a page is linked from a comment. */
  readonly docs?: string
  readonly owner?: string
  /** The configured source that it came with, as people named it. */
  readonly source: string
  readonly location: Location
}

/** A document of a policy source that its evaluator reads: a policy, a binding, an exception, a template, a constraint. */
export interface PolicyDocument {
  readonly object: JsonObject
  readonly source: string
  readonly location: Location
}

/** The Rego files of one source: modules see each other and the data, and nothing of another source. */
export interface RegoBundle {
  readonly source: string
  readonly modules: readonly { readonly file: string; readonly text: string }[]
  /** JSON and YAML files below the source's `data/`, each under the path of its folders, as OPA loads them. */
  readonly data: readonly { readonly path: readonly string[]; readonly value: Json }[]
}

/** Key of a policy among all that were loaded: languages have names of their own. */
export function policyKey({ language, name }: Pick<Policy, 'language' | 'name'>): string {
  return `${language} ${name}`
}
