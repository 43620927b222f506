import type { Difference, Operation } from './change.ts'
import type { Configuration } from './configuration.ts'
import type { Finding, Level, Severity } from './finding.ts'
import type { Location } from './location.ts'
import type { Hook, ObjectIdentity } from './object.ts'
import type { NotChecked } from './outcome.ts'
import type { TargetKind } from './target.ts'

/** `incomplete`: nothing failed, but something that the change touches could not be checked. */
export type Verdict = 'pass' | 'fail' | 'incomplete'

export interface ReportNotChecked extends NotChecked {
  /** It was left out by what finds and renders applications, and the change touches none of it: it decides nothing. */
  readonly untouched?: true
}

export type TargetStatus = 'unchanged' | 'changed' | 'created' | 'deleted' | 'not-rendered'

export interface ReportTarget {
  readonly id: string
  readonly kind: TargetKind
  readonly name: string
  readonly path: string
  readonly cluster: string | null
  readonly environment: string | null
  readonly status: TargetStatus
  /** The render failed on this side for a reason that lies in the repository. */
  readonly brokenBefore: boolean
  readonly brokenAfter: boolean
  /** Why it was not rendered, or the innermost cause of the failure; null when all went well. */
  readonly reason: string | null
  readonly definition: Location | null
  readonly production: boolean
  /** Rendered objects on the head side; 0 when not rendered. */
  readonly objects: number
}

export interface ReportChange {
  /** Target id. */
  readonly target: string
  readonly object: ObjectIdentity
  readonly operation: Exclude<Operation, 'NONE'>
  readonly renamedFrom: ObjectIdentity | null
  /** Of the head object (of the base for deletions), when it is a hook of Helm or Argo CD. */
  readonly hook: Hook | null
  /** Where the object comes from in the head tree (base tree for deletions). */
  readonly location: Location | null
  /** Semantic differences with Secret values masked. */
  readonly differences: readonly Difference[]
  /**
   * Unified difference of the YAML with Secret values masked, without file headers, with the path of each hunk in its
   * header; empty for Secrets, whose keys stand in `secretKeys`.
   */
  readonly hunks: string
  readonly secretKeys: readonly { readonly key: string; readonly change: 'added' | 'removed' | 'changed' }[]
  /** Set when the difference is only noise: `only the label helm.sh/chart 4.11.2 → 4.12.0`. */
  readonly noise: string | null
}

/** A deletion or recreation and what it really means. */
export interface ReportDestruction {
  readonly object: ObjectIdentity
  readonly targets: readonly string[]
  /** One sentence: what will happen at the sync. */
  readonly sentence: string
  readonly location: Location | null
}

/** Something that changes about an Application, Kustomization or HelmRelease itself. */
export interface ReportApplication {
  /** Target id. */
  readonly target: string
  readonly change:
    | 'created'
    | 'deleted'
    | 'retargeted'
    | 'project'
    | 'suspended'
    | 'resumed'
    | 'sync'
    | 'ignored'
    | 'dependencies'
    | 'definition'
    | 'held-back'
  /** Goes on from the application's name: `is deleted together with the 3 objects that it deployed`. */
  readonly sentence: string
  /** Of its definition: in the head tree, for deletions in the base tree. */
  readonly location: Location | null
}

export interface ReportImage {
  /** Repository without tag and digest. */
  readonly image: string
  /** Tag or digest; null when it was not there before (or is not there any more). */
  readonly from: string | null
  readonly to: string | null
  readonly targets: readonly string[]
}

export interface ReportKubernetes {
  /** Declared minor. */
  readonly version: string
  /** Clusters or environments; `*` for all. */
  readonly for: string
  /** Minor whose schemas judged fields and kinds; absent when nothing was judged. */
  readonly shapes?: string
  /** Minor whose API-server rules judged values; absent when nothing was judged. */
  readonly rules?: string
}

/** Definitions that come with preadmit and judged objects, since nothing in the repository defines their kinds. */
export interface ReportDefinitions {
  /** `Argo CD 3.5.7`. */
  readonly tool: string
  /** `argoproj.io/Application`, sorted. */
  readonly kinds: readonly string[]
}

export interface ReportPolicy {
  readonly id: string
  /** Objects that it matched at head: of those that change, or of all when `everywhere` says so. */
  readonly matched: number
  readonly everywhere: boolean
  readonly source: string
  readonly title: string | null
  readonly level: Level | null
  readonly severity: Severity
  readonly docs: string | null
  readonly remedy: string | null
  readonly owner: string | null
  readonly deprecatedBy: string | null
}

/** An exemption of the base, with what became of it. */
export interface ReportExemption {
  readonly id: string
  /** `unused`: what it could match was judged, and nothing of it is wrong any more. */
  readonly state: 'active' | 'expiring' | 'expired' | 'unused'
  readonly policies: readonly string[]
  readonly reason: string
  readonly ticket: string | null
  readonly requestedBy: string
  readonly approvedBy: string
  /** Dates, `2027-01-31`; it does not hold any more on `expires`. */
  readonly created: string
  readonly expires: string
  readonly ageDays: number
  /** Zero or less when it has expired. */
  readonly daysLeft: number
  /** Objects with violations that it matches, judged in this run. */
  readonly used: number
  /** Clauses that go on from its id: why it does not apply, or that it is broad. */
  readonly notes: readonly string[]
  readonly location: Location
}

/** A set or directory of policies that judged. */
export interface ReportPolicySource {
  readonly source: string
  /** Of its policyset.yaml; null for plain directories. */
  readonly set: string | null
  readonly version: string | null
  /** `sha256:…` over paths and contents: equal in a directory, in git and in a registry. */
  readonly content: string
  /** Commit or manifest digest that pins it; null for directories. */
  readonly digest: string | null
  /** The workflow gives it: the repository cannot weaken it. */
  readonly central: boolean
}

/** What changes when edits of configuration, policies, lock or exemptions take effect: after the merge. */
export interface ReportPreview {
  /** What is edited. */
  readonly edits: readonly ('configuration' | 'policies' | 'lock' | 'exemptions')[]
  /** One row for each application and owner, over the whole repository at head. Sorted. */
  readonly impact: readonly {
    readonly application: string
    readonly owner: string | null
    readonly fails: number
    readonly fixed: number
    /** The same violation with another message. */
    readonly changed: number
  }[]
  /** Findings that would be there, and that would not be there any more; at most a few hundred of each. */
  readonly appears: readonly Finding[]
  readonly disappears: readonly Finding[]
  /** Policies that would come, go, or have another level. Sorted. */
  readonly policies: readonly {
    readonly id: string
    readonly from: string | null
    readonly to: string | null
  }[]
  /** Sentences: why it is not known what would change, what is wrong with the edits. */
  readonly notes: readonly string[]
}

export interface Report {
  /** Raised when a name of this contract changes its meaning. */
  readonly schemaVersion: 1
  readonly verdict: Verdict
  /** True when only image tags or chart versions moved and nothing is flagged. */
  readonly routine: boolean
  /** What fails the check (Configuration.gate): says which of the findings block. */
  readonly gate: Configuration['gate']
  readonly base: { readonly label: string; readonly commit: string | null }
  readonly head: { readonly label: string; readonly commit: string | null }
  readonly counts: {
    readonly targets: number
    readonly affected: number
    readonly rendered: number
    readonly changedTargets: number
    readonly created: number
    readonly updated: number
    readonly deleted: number
    readonly newViolations: number
    readonly fixed: number
    readonly existing: number
    readonly advisory: number
    /** Violations that an exemption lets pass. */
    readonly exempt: number
    /** Untouched ones left out. */
    readonly notChecked: number
  }
  readonly targets: readonly ReportTarget[]
  readonly changes: readonly ReportChange[]
  readonly findings: readonly Finding[]
  readonly destructions: readonly ReportDestruction[]
  /** What changes about applications themselves: created, deleted, retargeted, suspended. Sorted by target. */
  readonly applications: readonly ReportApplication[]
  readonly images: readonly ReportImage[]
  readonly notChecked: readonly ReportNotChecked[]
  /** What judged: `preadmit`, engines with their libraries, policy sources with digests. */
  readonly versions: Readonly<Record<string, string>>
  /** Minor version of Kubernetes → clusters or environments that it was used for; `*` for all. */
  readonly kubernetes: readonly ReportKubernetes[]
  readonly definitions: readonly ReportDefinitions[]
  /** What the configuration leaves to mutating webhooks, with the number of rejections that were left out for it. */
  readonly webhooks: readonly {
    readonly kind: string
    readonly path: string
    readonly reason: string
    readonly used: number
  }[]
  /** Policies that were evaluated, with the number of objects that each matched. */
  readonly policies: readonly ReportPolicy[]
  readonly policySources: readonly ReportPolicySource[]
  readonly exemptions: readonly ReportExemption[]
  /** Null when the change edits nothing that judges. */
  readonly preview: ReportPreview | null
  /** Sentences about the run itself: a pull request that edits configuration, a missing permission, a closed gate. */
  readonly notices: readonly string[]
  /** The command that gives the same verdict on a laptop. */
  readonly reproduce: string
  /** Milliseconds per phase. The only part that differs between two runs on the same inputs; renderings for comparison leave it out. */
  readonly durations: Readonly<Record<string, number>>
}
