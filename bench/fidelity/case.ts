import type { JsonObject } from '../../src/model/json.ts'
import type { MemoryEntry } from '../../src/source/memory-tree.ts'

export type Files = Readonly<Record<string, MemoryEntry>>

/** What a cluster Secret of Argo CD says, as the judge takes it and as our configuration declares it. */
export interface ClusterFacts {
  readonly name: string
  readonly server: string
  readonly project?: string
  readonly labels?: Readonly<Record<string, string>>
  readonly annotations?: Readonly<Record<string, string>>
}

/** `ConfigMap/NAME` or `Secret/NAME` in the definition's namespace; Secret values plain. */
export type DataObjects = Readonly<Record<string, Readonly<Record<string, string>>>>

/** One definition in one repository, which both sides render. */
export interface FidelityCase {
  readonly id: string
  /** Row of the table. */
  readonly group: string
  readonly tool: 'application' | 'application-set' | 'kustomization' | 'helm-release'
  /** YAML or JSON text of the definition. */
  readonly definition: string
  readonly files: Files
  /** More repositories by URL: the judge gets them apart, our side in one tree. */
  readonly others?: Readonly<Record<string, Files>>
  readonly data?: DataObjects
  readonly clusters?: readonly ClusterFacts[]
  /** Charts of repositories that an Application names, by name. */
  readonly charts?: Readonly<Record<string, Files>>
  /** Argo CD's kustomize is started with --enable-helm. */
  readonly enableHelm?: true
  /** Chart of a release whose source is not the repository: a directory of `files`. */
  readonly chart?: string
}

/** What one side makes of a case: objects, or the text of its error. */
export interface Answer {
  readonly error: string | null
  readonly objects: readonly JsonObject[]
  /** We did not render it and said why: no answer at all. */
  readonly unknown?: string
  /** The commit that the judge's build environment showed. */
  readonly revision?: string
}

/** URL that the definitions of the cases name. */
export const repositoryUrl = 'https://example.com/repo.git'
