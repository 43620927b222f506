import type { Finding, RawFinding } from '../model/finding.ts'
import type { RenderedObject } from '../model/object.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { Report, ReportDestruction } from '../model/report.ts'

/** Which minors judged what was declared. */
export interface JudgedVersion {
  readonly declared: string
  /** Minor whose schemas judged the shapes. */
  readonly shapes: string
  /** Minor whose API-server rules judged the values. */
  readonly rules: string
}

/** What came of judging the changes of a pull request. */
export interface Judgement {
  /** One for each declared minor that judged anything; sorted. */
  readonly kubernetes: readonly JudgedVersion[]
  readonly definitions: Report['definitions']
  readonly webhooks: Report['webhooks']
  /** Sorted by status, rule, object and fingerprint. */
  readonly findings: readonly Finding[]
  readonly notChecked: readonly NotChecked[]
  readonly destructions: readonly ReportDestruction[]
  /** Every loaded policy with the number of changed objects that it matched on the head side. */
  readonly policies: Report['policies']
  readonly policySources: Report['policySources']
  readonly exemptions: Report['exemptions']
  readonly preview: Report['preview']
}

export type Side = 'base' | 'head'

/** A finding with the object that it is about, so that its line can be looked up. */
export interface Found {
  readonly finding: RawFinding
  /** Absent for findings on a whole target. */
  readonly object?: RenderedObject
  /** A policy that is broken and refuses what it cannot judge; a cluster would refuse it too. */
  readonly failedClosed?: true
  /** Who judged a shape: an embedded minor (`1.34`), `crd` or `schema-locations`. */
  readonly judgedBy?: string
  /**
   * Policies only: the containers that the message names, what the finding's element is without them, and the path of the
   * first of them.
   */
  readonly named?: { readonly element: string; readonly parts: readonly string[]; readonly entry?: string }
}
