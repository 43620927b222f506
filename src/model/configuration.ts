import type { Level } from './finding.ts'
import type { JsonObject } from './json.ts'
import type { AppliesTo } from './policy.ts'

/**
 * `.preadmit.yaml` with every default filled in. Read from the base tree only: a pull request cannot change how it
 * is judged (threats.md, I1). The keys here are those of the file; docs/configuration.schema.json is its schema.
 */
export interface Configuration {
  /** Where it was read: a path in the base tree; null when there is no file. */
  readonly file: string | null
  /** Kubernetes minor for everything that no cluster below claims: `1.37`. */
  readonly kubernetes: string
  readonly clusters: readonly ClusterConfiguration[]
  /** Stand in for generators of ApplicationSets that ask a service or a cluster. */
  readonly inputs: readonly InputConfiguration[]
  /** Environments that count as production: names or globs; matched against environment and cluster names. */
  readonly production: readonly string[]
  /** URLs under which GitOps definitions name this very repository, besides the ones that are recognised by themselves. */
  readonly repositories: readonly string[]
  /** Artifacts that are made of a folder of this repository: Flux without git. */
  readonly artifacts: readonly { readonly url: string; readonly path: string }[]
  /** Path globs that discovery leaves alone; each is counted in the report as excluded. */
  readonly exclude: readonly string[]
  readonly argocd: {
    /** Namespaces in which Argo CD itself runs: Applications elsewhere carry their namespace in their name. */
    readonly namespaces: readonly string[]
  }
  readonly kustomize: {
    readonly enableHelm: boolean
    readonly loadRestrictions: 'root' | 'none'
  }
  readonly policies: readonly PolicyConfiguration[]
  readonly exemptions: ExemptionsConfiguration
  readonly trust: readonly TrustConfiguration[]
  /** Pod Security Standards for namespaces whose labels say nothing; null checks labelled namespaces only. */
  readonly podSecurity: {
    readonly enforce: string | null
    readonly warn: string | null
    readonly version: string
  } | null
  readonly schemas: {
    /** More schema locations, in kubeconform's template syntax; paths in the base tree. */
    readonly locations: readonly string[]
    /** Kinds (`group/Kind`, `group/*`, `group/version/Kind`, `group/version/*`) that are left unchecked without being reported as unknown. */
    readonly skip: readonly string[]
    /** Files or directories in the base tree with CustomResourceDefinitions that something else installs. */
    readonly crds: readonly string[]
  }
  /** What may be fetched: nothing, unless hosts are named. */
  readonly remote: RemoteConfiguration
  /** Fields that a mutating webhook of the cluster repairs before the API server validates them. */
  readonly webhooks: readonly WebhookConfiguration[]
  /** What fails the check: new violations, any violation of a changed object, or every violation. */
  readonly gate: 'new' | 'changed' | 'all'
  /** Minutes after which a run says what it has, and that the rest could not be checked. */
  readonly limits: { readonly minutes: number; readonly renderSeconds: number }
  /** What "could not check" on a target that the change touches does to the exit status. */
  readonly incomplete: 'fail' | 'notice'
  /** Name of the comment, when several runs comment on one pull request. */
  readonly comment: { readonly name: string }
}

export interface RemoteConfiguration {
  /** Hosts, with a port, a path, `*.` or `http://` in front where that is meant. */
  readonly allow: readonly string[]
  /** Those of them whose names may lead to private addresses. */
  readonly private: readonly string[]
  readonly credentials: readonly RemoteCredential[]
  readonly limits: { readonly megabytes: number; readonly seconds: number }
}

/** Names of environment variables that hold a secret of one host; the secret is sent nowhere else. */
export interface RemoteCredential {
  readonly host: string
  readonly username?: string
  readonly usernameFrom?: string
  readonly passwordFrom?: string
  readonly tokenFrom?: string
}

export interface ClusterConfiguration {
  readonly name: string
  readonly kubernetes?: string
  readonly environment?: string
  /** Directories (or globs) whose targets belong to this cluster. */
  readonly paths: readonly string[]
  /** Argo CD destination servers or names that mean this cluster. */
  readonly destinations: readonly string[]
  readonly apiVersions: readonly string[]
  /** Of the cluster's Secret in Argo CD. */
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
  readonly project?: string
}

export interface InputConfiguration {
  /** `name` or `namespace/name` of the ApplicationSet. */
  readonly applicationSet: string
  readonly generator: 'scmProvider' | 'pullRequest' | 'plugin' | 'clusterDecisionResource'
  readonly parameters: readonly JsonObject[]
}

export interface WebhookConfiguration {
  /** `group/Kind`, `group/*`, or `Kind` for the core group. */
  readonly kind: string
  /** The field and everything below it; entries of lists as `[*]` or left out. */
  readonly path: string
  /** Which webhook, and what it does: stands in the report. */
  readonly reason: string
}

/** A source of policies, and what the repository says about them. */
export interface PolicyConfiguration {
  /** Directory or file with native policies: in the base tree, or inside `source`. */
  readonly path: string
  /** Where the set is published: `https://github.com/acme/policies`, `oci://ghcr.io/acme/policies`. Pinned in the lock. */
  readonly source?: string
  /** Range that the locked version must be in. */
  readonly version?: string
  /** Name of a set that the workflow gives: this entry only tightens it. */
  readonly set?: string
  /** For all of its policies: raises freely; lowers plain native files only, with a reason. */
  readonly level?: Level
  /** By policy id. */
  readonly levels?: Readonly<Record<string, Level>>
  /** Why a level is lowered. */
  readonly reason?: string
  readonly owner?: string
  /** Values of the set's parameters. */
  readonly parameters?: JsonObject
  readonly appliesTo?: Partial<AppliesTo>
}

export interface ExemptionsConfiguration {
  /** Files or directories in the base tree. */
  readonly files: readonly string[]
  /** Days before its end from which an exemption is told. */
  readonly warnDays: number
  /** Longest time from creation to end where the policy says nothing. */
  readonly maxDays: number
  /** Namespaces whose pods the cluster's own Pod Security configuration leaves alone. */
  readonly podSecurityNamespaces: readonly string[]
}

/** Who may sign policy sets; where any is named for a source, a set without a valid signature is refused. */
export interface TrustConfiguration {
  /** Source as in `policies[].source`. */
  readonly source: string
  /** File in the base tree in the format of ssh-keygen's ALLOWED SIGNERS, for git tags and commits. */
  readonly allowedSigners: string
  /** Principals of that file that may sign; any of them when empty. */
  readonly principals: readonly string[]
}
