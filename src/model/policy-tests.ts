import type { Location } from './location.ts'

/** What `preadmit policy test --format json` prints. */
export interface PolicyTestReport {
  readonly verdict: 'pass' | 'fail'
  /** Minor version that cases without one of their own ran at. */
  readonly kubernetes: string
  /** Every policy of the set, sorted by id. */
  readonly policies: readonly TestedPolicy[]
  /** What is wrong with the set and its suites, apart from cases: nothing of it is passed over. */
  readonly problems: readonly { readonly message: string; readonly location?: Location }[]
}

export interface TestedPolicy {
  readonly id: string
  readonly location: Location
  readonly cases: readonly TestedCase[]
  /** What its cases leave out: a policy needs one that passes and one that fails. */
  readonly untested: readonly ('a case that passes' | 'a case that fails')[]
}

export interface TestedCase {
  readonly name: string
  readonly location: Location
  readonly expected: string
  readonly outcome: string
  readonly messages: readonly string[]
  /** Why the case does not hold; null when it does. */
  readonly problem: string | null
}
