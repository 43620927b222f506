import type { Level, Severity } from './finding.ts'
import { isJsonObject, type Json, type JsonObject } from './json.ts'
import type { Location } from './location.ts'

/** Which evaluator answers for a policy: `admission` runs ValidatingAdmissionPolicies as the API server does. */
export type PolicyLanguage = 'admission' | 'kyverno' | 'gatekeeper' | 'rego' | 'pod-security'

/** One policy as it is reported: what its native file says, and what its set adds. */
export interface Policy {
  /** Stable id, `team/policy-name`: the set's, or made of the file's own names. Rule id of its findings. */
  readonly id: string
  readonly language: PolicyLanguage
  /**
   * How its evaluator names it: `metadata.name` of a ValidatingAdmissionPolicy, {@link kindAndName} of a Kyverno policy
   * or of a Gatekeeper constraint, the file of a Rego module, `level:version` of a Pod Security Standard and
   * ` #2` behind it for the second policy that asks for the same.
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
  /** False: no exemption applies, whatever the level. */
  readonly exemptable: boolean
  /** Longest time from an exemption's creation to its end. */
  readonly maxExemptionDays?: number
  /** Id of the policy that takes its place. */
  readonly deprecatedBy?: string
  /** All of them must hold; empty for everything. Findings elsewhere are dropped after the evaluator answered. */
  readonly appliesTo: readonly AppliesTo[]
  /** Given by whoever runs the check (a central workflow): the repository cannot weaken it. */
  readonly central: boolean
  /** Name of its policy set; absent for plain directories of native files. */
  readonly set?: string
  /** The configured source that it came with, as people named it. */
  readonly source: string
  readonly location: Location
}

/**
 * Where a policy applies. Each list holds globs, `!` in front excludes; an empty list does not restrict. Paths are those
 * of the target or of the object's own file.
 */
export interface AppliesTo {
  readonly clusters: readonly string[]
  readonly environments: readonly string[]
  /** Names or ids of targets. */
  readonly applications: readonly string[]
  readonly paths: readonly string[]
  /** `group/Kind`, `group/*`, or `Kind` for the core group. */
  readonly kinds: readonly string[]
  readonly namespaces: readonly string[]
}

/** A Pod Security Standard that a set asks for where the namespace's labels say nothing, or less. */
export interface PodSecurityPolicy {
  /** {@link policyKey} of its policy, which says level (required by default), id, owner and where it applies. */
  readonly key: string
  readonly standard: 'privileged' | 'baseline' | 'restricted'
  /** `latest` or `v1.34`. */
  readonly version: string
}

/** A document of a policy source that its evaluator reads: a policy, a binding, an exception, a template, a constraint. */
export interface PolicyDocument {
  readonly object: JsonObject
  readonly source: string
  readonly location: Location
}

/**
 * The Rego files of one source: modules see each other and the data, and nothing of another source. A source whose
 * policies want both kinds of input has a bundle for each.
 */
export interface RegoBundle {
  readonly source: string
  /** One input for all objects of a target, as `conftest --combine` makes it: a list of `path` and `contents`. */
  readonly combine?: boolean
  /** Files of the policies that judge this kind of input; the others are there for them only. */
  readonly judges: readonly string[]
  readonly modules: readonly { readonly file: string; readonly text: string }[]
  /** JSON and YAML files below the source's `data/`, each under the path of its folders, as OPA loads them. */
  readonly data: readonly { readonly path: readonly string[]; readonly value: Json }[]
}

/** `Kind/name`, or `Kind/namespace/name`: how Kyverno's policies and Gatekeeper's constraints are told apart. */
export function kindAndName(object: JsonObject): string {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {}
  const parts = [object['kind'], metadata['namespace'], metadata['name']]
  return parts.flatMap((part) => (typeof part === 'string' && part !== '' ? [part] : [])).join('/')
}

/** Key of a policy among all that were loaded: languages have names of their own. */
export function policyKey({ language, name }: Pick<Policy, 'language' | 'name'>): string {
  return `${language} ${name}`
}
