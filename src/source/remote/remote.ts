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

/** Layer of an OCI artifact: Flux's `layerSelector.mediaType`; without one the first of a chart or the first at all. */
export interface LayerChoice {
  readonly mediaType?: string
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
  /** A chart in a registry: files without the first folder. @param reference tag or version, digest, constraint */
  fetchOciChart(
    source: { readonly url: string; readonly reference: string },
    options?: FetchOptions,
  ): Promise<FetchedFiles>
  /** Any artifact whose layer is a gzipped tar (Flux's, policy sets). @param reference tag or version, digest, constraint */
  fetchOci(
    source: { readonly url: string; readonly reference: string; readonly layer?: LayerChoice },
    options?: FetchOptions,
  ): Promise<FetchedFiles>
  /** @param revision full commit id; tag; branch, constraint or empty (`HEAD`) only with the lock */
  fetchGit(
    source: { readonly url: string; readonly revision: string },
    options?: FetchOptions,
  ): Promise<FetchedTree>
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

export type SourceKind = 'chart' | 'oci-chart' | 'oci' | 'git' | 'file'

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
