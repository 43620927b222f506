/** What the engine `kyverno` can be asked (engines/kyverno/README.md); the Go side decodes exactly these names. */
import type { JsonObject } from '../model/json.ts'
import type { InfoRequest } from './api.ts'

/** `load`: everything that policies are compiled and answered with. Replaces what an earlier `load` gave. */
export interface KyvernoLoadRequest {
  op: 'load'
  /** ValidatingPolicy, NamespacedValidatingPolicy, ClusterPolicy and Policy. */
  policies?: JsonObject[]
  /** PolicyException of policies.kyverno.io and of kyverno.io; expired ones do not apply. */
  exceptions?: JsonObject[]
  namespaces?: JsonObject[]
  /** Objects that `resource.Get` and `resource.List` find. */
  resources?: JsonObject[]
  /** Kinds whose resource cannot be guessed, mostly those of custom resource definitions. */
  kinds?: { group: string; kind: string; resource: string }[]
  user?: { name: string; groups?: string[]; roles?: string[]; clusterRoles?: string[] }
  /** The objects are all that there are, and unknown namespaces have no labels: a test suite. */
  complete?: boolean
  /** Answers of a test suite for calls that would leave the repository. HTTP by `METHOD:url` or url. */
  mocks?: {
    images?: Record<string, JsonObject>
    globalContext?: JsonObject
    http?: JsonObject
  }
}

export interface KyvernoLoadResult {
  /** In the order of the request. */
  policies: {
    /** Why the policy cannot be evaluated at all: it does not decode or does not compile. */
    problem?: string
    /** Rules of a ClusterPolicy or Policy as they are written. */
    rules?: { name: string; type: string; reason?: string }[]
    /** A sentence for each field that its kind does not have; an API server drops them. */
    unknown?: string[]
  }[]
  /** Position of an exception that cannot be read → why. */
  exceptions?: Record<string, string>
}

/** A write as the API server shows it to webhooks: objects are versioned and defaulted. */
export interface KyvernoWrite {
  operation: 'CREATE' | 'UPDATE' | 'DELETE'
  object?: JsonObject
  old?: JsonObject
  /** Empty for cluster-scoped objects. */
  namespace: string
  /** The kind that is written to, where the object is that of a subresource. */
  parent?: { group: string; version: string; kind: string }
  subresource?: string
}

export interface KyvernoEvaluateRequest {
  op: 'evaluate'
  writes: KyvernoWrite[]
  /** Answers passes and skips, which are only counted otherwise. */
  all?: boolean
}

export interface KyvernoEvaluation {
  /** Position in `writes`. */
  write: number
  /** Position in the policies of the load. */
  policy: number
  outcome: 'pass' | 'fail' | 'skip' | 'exempt' | 'error' | 'not-evaluable'
  /**
   * Rule of a ClusterPolicy or Policy, `autogen-…` for generated ones; `defaults`, `cronjobs` or `extract` where the
   * policy that Kyverno generates of a ValidatingPolicy answered.
   */
  rule?: string
  /** Of an exempt write: what would be said if no exception applied, when that is not a pass. */
  without?: 'fail' | 'error' | 'not-evaluable'
  /** Position of the expression that failed. */
  validation?: number
  message?: string
  /** CEL of that position, as Kyverno rewrote it for the kind. */
  expression?: string
  /** Exceptions that apply, in the order of the load. */
  exceptions?: { namespace?: string; name: string; priority?: string; reportResult?: string }[]
}

export interface KyvernoEvaluateResult {
  evaluations: KyvernoEvaluation[]
  /** By position of the policy: number of writes that it matched. */
  matched: number[]
  /** Position of a write that cannot be decoded → why. */
  undecodable?: Record<string, string>
}

export type KyvernoRequest = KyvernoLoadRequest | KyvernoEvaluateRequest | InfoRequest
