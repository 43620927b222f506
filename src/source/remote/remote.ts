import type { Tree } from '../../model/tree.ts'
import type { Environment } from '../git-environment.ts'
import type { AccessOptions } from './access.ts'
import type { ContentCache } from './cache.ts'
import type { RemoteError } from './errors.ts'
import type { RemoteLimits } from './limits.ts'
import type { Lock, LockEntry } from './lock.ts'

/** What was asked for and what it is: the line of a lock file, whether there is one already, and what to tell. */
export interface Provenance {
  readonly entry: LockEntry
  /** `locked`: as the lock file says. `immutable`: a commit or digest. `unrecorded`: a version or tag of today. */
  readonly pin: 'locked' | 'immutable' | 'unrecorded'
}

export interface FetchedFiles extends Provenance {
  readonly files: ReadonlyMap<string, Uint8Array>
}
export interface FetchedTree extends Provenance {
  readonly tree: Tree
  readonly commit: string
}
export interface FetchedFile extends Provenance {
  readonly content: Uint8Array
}

/** How one question is answered. */
export interface FetchOptions {
  /** Of the side that asks; without one nothing floating is fetched. */
  readonly lock?: Lock
  /** Asks what a range, branch or tag means now and forgets what the lock says: for writing a lock file. */
  readonly refresh?: boolean
}

/** Which layer of an OCI artifact: the one of a media type, the single one with files in it (Argo CD), else the first. */
export interface LayerChoice {
  readonly mediaType?: string
  readonly onlyContent?: true
}

/** An artifact of a registry, as a definition asks for it. */
export interface OciSource {
  readonly url: string
  /** Tag, version, digest or constraint; which of them it is depends on who reads it. */
  readonly reference: string
  readonly reading: 'tag' | 'range' | 'helm' | 'flux-chart' | 'argocd'
  /** Expression that tags of a range must match. */
  readonly filter?: string
  readonly layer?: LayerChoice
  /** The files are a chart: without the first folder. */
  readonly chart?: true
}

/** A repository, as a definition asks for it. */
export interface GitSource {
  readonly url: string
  /** Full commit id, name or constraint; empty for `HEAD`. Which of them it is depends on who reads it. */
  readonly revision: string
  /**
   * `name`: a tag, else a branch (kustomize). `tag`, `branch`: only that, and `range` only a constraint (Flux).
   * `argocd`: what reads as a constraint, but as no version, is one while a tag fits; else a name (util/git lsRemote).
   */
  readonly reading: 'name' | 'tag' | 'branch' | 'range' | 'argocd'
  /** Argo CD's `tagPrefix`: versions are what stands behind it in a tag. */
  readonly tagPrefix?: string
}

/**
 * Everything that comes from elsewhere. Allowed by the base configuration, pinned by commit, digest, or version and
 * recorded digest, kept by content, inside of limits; every failure is a RemoteError. Equal questions are asked once.
 */
export interface Remote {
  /** A chart of an HTTP repository. @param version exact, a constraint (only with the lock) or empty */
  fetchChart(
    source: { readonly repository: string; readonly name: string; readonly version: string },
    options?: FetchOptions,
  ): Promise<FetchedFiles>
  /** An artifact of a registry whose layer is an archive: charts, Flux's and Argo CD's manifests, policy sets. */
  fetchOci(source: OciSource, options?: FetchOptions): Promise<FetchedFiles>
  /** A commit as it is, a tag as it is today; a branch, a constraint and `HEAD` only with the lock. */
  fetchGit(source: GitSource, options?: FetchOptions): Promise<FetchedTree>
  /** One file over https. */
  fetchFile(source: { readonly url: string }, options?: FetchOptions): Promise<FetchedFile>
  /** The configuration names hosts: without any, nothing is asked for. */
  readonly configured: boolean
  /** Why the configuration forbids to ask; undefined when it allows it. Says nothing of whether it is there. */
  refusal(url: string, kind: SourceKind): RemoteError | undefined
  /** Sentences about the run: cache entries that were corrupt. */
  notes(): readonly string[]
  /** Values to mask in every text. */
  secrets(): readonly string[]
  close(): void
}

export type SourceKind = 'chart' | 'oci' | 'git' | 'file'

export interface RemoteOptions {
  readonly access: AccessOptions
  readonly cache?: ContentCache
  readonly limits?: Partial<RemoteLimits>
  /** Nothing is asked for; what the lock file pins and the cache holds is there. */
  readonly offline?: boolean
  /** As {@link FetchOptions.refresh}, for every question. */
  readonly refresh?: boolean
  /** For git: PATH, certificates. */
  readonly environment: Environment
}
