/** What the rego engine can be asked (docs/engine-abi.md). */
import type { Json, JsonObject } from '../model/json.ts'
import type { InfoRequest } from './api.ts'

/** A Rego file: v1 syntax, or v0 when it does not parse as v1. */
export interface RegoModuleSource {
  file: string
  text: string
  /** Not evaluated, for a reason that is known already; modules that need it are not evaluated either. */
  fault?: RegoFault
}
/**
 * Why a module or a template is not evaluated: `builtin` it calls a function that is not there (network, runtime,
 * randomness); `dependency` it needs a module that is not evaluated; `invalid` OPA refuses it. From the host: the codes
 * of {@link EngineError}.
 */
export interface RegoFault {
  code: string
  message: string
  /** One-based. */
  line?: number
}

/**
 * `load`: replaces what an earlier load of the same instance gave; the host keeps a snapshot after it. Modules of a
 * bundle see each other and their data. Templates are Gatekeeper's.
 */
export interface RegoLoadRequest {
  op: 'load'
  /** Seconds since the epoch: what `time.now_ns` says. */
  time: number
  bundles: { modules: RegoModuleSource[]; data: { path: string[]; value: Json }[] }[]
  gatekeeper: {
    /** `version` is `v0`, the default of Gatekeeper, or `v1`. */
    templates: { kind: string; rego: string; libs: string[]; version: string; fault?: RegoFault }[]
    /** Those that reviews name: their parameters with the defaults of the template's schema. */
    constraints: { kind: string; name: string; parameters: JsonObject }[]
    /** `data.inventory`: `cluster` and `namespace`. */
    inventory: JsonObject
  }
}
export interface RegoLoadResult {
  bundles: {
    modules: RegoModule[]
    /** Why the data could not be merged; nothing of the bundle is evaluated then. */
    data?: string
  }[]
  templates: { kind: string; fault?: RegoFault }[]
}
export interface RegoModule {
  file: string
  /** `data.main`. */
  package?: string
  fault?: RegoFault
  /** Rules that deny, or warn. */
  entries: RegoEntry[]
  /** Written for conftest's `--combine`: it reads `input[i].contents`. */
  combined?: boolean
}
export interface RegoEntry {
  /** `deny`, `warn_labels`. */
  rule: string
  /** One-based. */
  line: number
  /** Annotations of the rule, its document and its package; the closest ones win. */
  metadata?: { title?: string; description?: string; related?: string; custom?: JsonObject }
}

/** `evaluate`: modules as conftest asks them. */
export interface RegoEvaluateRequest {
  op: 'evaluate'
  bundle: number
  /** Positions of the modules to ask; all when absent. */
  modules?: number[]
  inputs: RegoInput[]
}
export interface RegoInput {
  input: Json
  /** `data.conftest.file` says its name and directory. */
  file: string
}
export interface RegoEvaluateResult {
  results: {
    /** Positions in the request, in the bundle, and among the module's entries. */
    input: number
    module: number
    entry: number
    message: string
    /** What an object says besides `msg`, up to 10 KiB. */
    metadata?: JsonObject
    /** Bytes that the message had, when it was cut to 10 KiB. */
    cut?: number
    /** An `exception` rule of the package names the rule: conftest does not count it. */
    excepted?: boolean
  }[]
  /** `error`, `type` (an answer that is no message) or `limit` (steps, answers). */
  problems: { input: number; module: number; rule?: string; code: string; message: string }[]
}

/** `review`: templates as Gatekeeper's webhook asks them. */
export interface RegoReviewRequest {
  op: 'review'
  /** Kinds of the templates to ask; all when absent. */
  kinds?: string[]
  reviews: RegoReview[]
}
export interface RegoReview {
  /** `input.review`. */
  review: JsonObject
  /** Constraints that match. */
  constraints: { kind: string; name: string }[]
}
export interface RegoReviewResult {
  results: {
    review: number
    kind: string
    name: string
    message: string
    cut?: number
    details?: Json
  }[]
  /** The template did not answer for these constraints. */
  problems: { review: number; kind: string; constraints: string[]; code: string; message: string }[]
}

/** `test`: `test_` rules, as `opa test` runs them. */
export interface RegoTestRequest {
  op: 'test'
  time: number
  modules: RegoModuleSource[]
  data: { path: string[]; value: Json }[]
}
export interface RegoTestResult {
  /** Modules that do not parse or compile: no test ran. */
  faults: RegoModule[]
  data?: string
  tests: {
    file: string
    line: number
    package: string
    name: string
    /** `unsupported`: a test with cases in its name. */
    outcome: 'pass' | 'fail' | 'skip' | 'error' | 'unsupported'
    message?: string
    /** What the test printed. */
    output?: string[]
  }[]
}

export type RegoRequest =
  RegoLoadRequest | RegoEvaluateRequest | RegoReviewRequest | RegoTestRequest | InfoRequest
