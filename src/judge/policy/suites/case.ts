import type { AdmissionWrite } from '../../../engine/api.ts'
import type { JsonObject } from '../../../model/json.ts'
import type { Location } from '../../../model/location.ts'

/**
 * What one policy does with one write: it accepts it, refuses it, does not match it, is broken (its failurePolicy decides
 * in a cluster), or depends on what only a cluster knows.
 */
export const expectations = ['pass', 'fail', 'skip', 'error', 'not-evaluable'] as const
export type Expectation = (typeof expectations)[number]

/** One case of a suite, whatever form it was written in. */
export interface PolicyCase {
  /** Id of the policy. */
  readonly policy: string
  readonly name: string
  readonly write: Pick<AdmissionWrite, 'operation' | 'object' | 'old'>
  /** The namespace of the object, with its labels; a bare one of its name where the case says nothing. */
  readonly namespace?: JsonObject
  /** What else the cluster holds: for policies that look other objects up. */
  readonly others: readonly JsonObject[]
  /** Who writes; the GitOps controller's service account where the case says nothing. */
  readonly user?: { readonly name: string; readonly groups: readonly string[] }
  /** Kubernetes minor; the newest that the set declares where the case says nothing. */
  readonly kubernetes?: string
  readonly expect: Expectation
  /** What a message of the policy holds; `*` stands for anything. */
  readonly message?: string
  /** How many findings the policy has. */
  readonly count?: number
  readonly location: Location
}

/** What came of a case, of a suite of whatever form. */
export interface CaseResult {
  /** Id of the policy; the name that a native suite gives where the set has no such policy. */
  readonly policy: string
  readonly name: string
  readonly location: Location
  readonly expected: string
  readonly outcome: string
  /** Messages of the policy, sorted. */
  readonly messages: readonly string[]
  /** What the case shows of the policy: every policy needs a case that it accepts and one that it refuses. */
  readonly shows: readonly ('pass' | 'fail')[]
  /** Why the case does not hold; absent when it does. */
  readonly problem?: string
  /** True for policies and libraries that native suites bring along, which are none of the set's own. */
  readonly foreign?: true
}
