import type { Location } from './location.ts'
import type { ObjectIdentity } from './object.ts'

export type FindingSource = 'render' | 'schema' | 'admission' | 'policy' | 'safety' | 'secret' | 'config'
/** Only `required` and `mandatory` findings fail the check; `mandatory` cannot be exempted. */
export type Level = 'advisory' | 'required' | 'mandatory'
/** Orders and filters; never decides. */
export type Severity = 'info' | 'low' | 'medium' | 'high' | 'critical'
export type FindingStatus = 'new' | 'existing' | 'fixed'

/** One thing that is wrong with one object (or one target) in one or more targets. */
export interface Finding {
  /** Survives moved lines, reordered lists and renamed files; never made of indexes or messages. */
  readonly fingerprint: string
  readonly status: FindingStatus
  readonly source: FindingSource
  /** `schema/unknown-field`, `admission/FieldValueInvalid`, `safety/data-loss`, a policy's id. */
  readonly rule: string
  readonly level: Level
  readonly severity: Severity
  /** Absent for findings on a whole target or on configuration. */
  readonly object?: ObjectIdentity
  /** Target ids, sorted. */
  readonly targets: readonly string[]
  /** Field as people write it: `spec.template.spec.containers[0].image`; empty for the whole object. */
  readonly path: string
  readonly message: string
  readonly location?: Location
  /** One sentence: what to do. */
  readonly remedy?: string
  /** Page that explains the rule: https only. */
  readonly docs?: string
  /** Who answers for the rule. */
  readonly owner?: string
  /** Policies only: name of the validation or rule inside the policy, else its position. Exemptions may name it. */
  readonly validation?: string
  /** The part of the object that is meant, without positions: `containers[name=api]`. Exemptions may name it. */
  readonly part?: string
  /** Set when an exemption lets it pass: it is counted and shown, and does not block. */
  readonly exemption?: AppliedExemption
}

/** Why a violation does not count. */
export interface AppliedExemption {
  readonly id: string
  readonly reason: string
  /** Date, `2027-01-31`; absent for native exceptions without an end. */
  readonly expires?: string
  /** How people name the native exception, such as `PolicyException team/x`; absent for an exemption file of ours. */
  readonly native?: string
}

/** A finding before both sides were compared and equal ones of several targets were joined. */
export type RawFinding = Omit<Finding, 'status' | 'targets' | 'fingerprint'> & {
  readonly target: string
  /**
   * What the fingerprint is made of besides rule, identity and application: the validation's name, the normalised
   * element (`containers[name=api]`), never a list index or the message.
   */
  readonly element: string
}
