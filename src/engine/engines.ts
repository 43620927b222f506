/**
 * The engines as the rooms see them: typed requests in, answers out. `pool.ts` implements this over WebAssembly
 * workers; rooms import only this file and api.ts.
 */
import type { Tree } from '../model/tree.ts'
import type * as api from './api.ts'
import type * as kyverno from './api-kyverno.ts'
import type * as rego from './api-rego.ts'

/** Result type of a request, by its `op`. */
export type ResultOf<R extends { op: string }> = R['op'] extends 'yaml.parse'
  ? api.YamlParseResult
  : R['op'] extends 'yaml.locate'
    ? api.YamlLocateResult
    : R['op'] extends 'kustomize'
      ? api.ObjectsResult
      : R['op'] extends 'helm'
        ? api.HelmResult
        : R['op'] extends 'substitute'
          ? api.SubstituteResult
          : R['op'] extends 'template'
            ? api.TemplateResult
            : R['op'] extends 'jsonnet'
              ? api.JsonnetResult
              : R['op'] extends 'jq'
                ? api.JqResult
                : R['op'] extends 'info'
                  ? api.InfoResult
                  : never

/** Codes of docs/engine-abi.md, and the host's own: `timeout`, `memory`, `trap`, `output-limit`. */
export interface EngineError {
  readonly code: string
  readonly message: string
}
/** Something that the engine asked for and that is not in the tree. */
export interface EngineMiss {
  readonly kind: 'git' | 'http' | 'chart' | 'schema'
  readonly reference: string
}

interface EngineTrace {
  readonly misses: readonly EngineMiss[]
  /** Template functions whose result differs between two real runs: counts. */
  readonly impure: Readonly<Record<string, number>>
  readonly logs: readonly string[]
  /** Paths that the engine read or looked for (after links were followed), sorted. */
  readonly read: readonly string[]
  /** Those of them that the job had not declared. */
  readonly undeclared: readonly string[]
  /** Reads that the tree refused: path → reason. */
  readonly refused: Readonly<Record<string, string>>
  readonly milliseconds: number
}
export type EngineAnswer<Result> =
  | (EngineTrace & { readonly ok: true; readonly result: Result })
  | (EngineTrace & { readonly ok: false; readonly error: EngineError })

/** What a job of the render engine may read. */
export interface JobFiles {
  readonly tree: Tree
  /** Files and directories whose contents are shipped up front; anything else that is read is recorded as undeclared. */
  readonly declared: { readonly files: readonly string[]; readonly directories: readonly string[] }
  /** Shown in progress and errors. */
  readonly label: string
}

export interface RenderEngine {
  run<R extends api.RenderRequest>(request: R, files: JobFiles): Promise<EngineAnswer<ResultOf<R>>>
}

/** What the API server would say, for one Kubernetes version and one set of CRDs, namespaces and policies. */
export interface AdmissionSession {
  readonly loaded: api.AdmissionLoadResult
  admit(writes: readonly api.AdmissionWrite[]): Promise<EngineAnswer<api.AdmitResult>>
  /** The objects of the writes as webhooks are shown them. */
  prepare(writes: readonly api.AdmissionWrite[]): Promise<EngineAnswer<api.PrepareResult>>
  evaluatePolicies(
    writes: readonly api.PolicyWrite[],
    options?: { readonly detail: boolean },
  ): Promise<EngineAnswer<api.PolicyEvaluateResult>>
  podSecurity(
    writes: readonly api.AdmissionWrite[],
    defaults: api.PodSecurityRequest['defaults'],
    standards?: readonly api.PodSecurityStandard[],
  ): Promise<EngineAnswer<api.PodSecurityResult>>
}

export interface AdmissionEngine {
  open(
    load: Omit<api.AdmissionLoadRequest, 'op'>,
  ): Promise<AdmissionSession | { readonly error: EngineError }>
}

/** Kyverno's policies, compiled for one cluster. */
export interface KyvernoSession {
  readonly loaded: kyverno.KyvernoLoadResult
  evaluate(
    writes: readonly kyverno.KyvernoWrite[],
    options?: { readonly all: boolean },
  ): Promise<EngineAnswer<kyverno.KyvernoEvaluateResult>>
}

export interface KyvernoEngine {
  open(
    load: Omit<kyverno.KyvernoLoadRequest, 'op'>,
  ): Promise<KyvernoSession | { readonly error: EngineError }>
}

export interface KubeconformEngine {
  validate(
    documents: readonly { readonly name: string; readonly content: Uint8Array | string }[],
    options: Omit<api.KubeconformRequest, 'op' | 'documents'>,
    files: JobFiles,
  ): Promise<EngineAnswer<api.KubeconformResult>>
}

/** A module or template that an engine could not take, or that ended its worker: it alone, with the reason. */
export interface RegoLoss<Key> {
  readonly key: Key
  readonly error: EngineError
}

/**
 * Rego compiled for a run. What takes too long, or breaks the engine, is found and left out; what else was asked is
 * answered.
 */
export interface RegoSession {
  readonly loaded: rego.RegoLoadResult
  /** Judges inputs with the modules of a bundle, by its position in the load. Keys of losses are modules' positions. */
  evaluate(
    bundle: number,
    inputs: readonly rego.RegoInput[],
  ): Promise<rego.RegoEvaluateResult & { readonly lost: readonly RegoLoss<number>[] }>
  /** Reviews as Gatekeeper's webhook makes them. Keys of losses are kinds of templates. */
  review(
    reviews: readonly rego.RegoReview[],
  ): Promise<rego.RegoReviewResult & { readonly lost: readonly RegoLoss<string>[] }>
}

export interface RegoEngine {
  open(
    load: Omit<rego.RegoLoadRequest, 'op' | 'time'>,
  ): Promise<RegoSession | { readonly error: EngineError }>
  /** Runs the `test_` rules of modules, as `opa test` does. */
  test(request: Omit<rego.RegoTestRequest, 'op' | 'time'>): Promise<EngineAnswer<rego.RegoTestResult>>
}

export interface Engines {
  readonly render: RenderEngine
  readonly admission: AdmissionEngine
  readonly kubeconform: KubeconformEngine
  readonly kyverno: KyvernoEngine
  readonly rego: RegoEngine
  /** `engine` → short digest and `engine/library` → version, from dist/engines.json; starts nothing. */
  readonly versions: Readonly<Record<string, string>>
  /** Starts decompressing and compiling engines that will surely be needed. */
  warm(...names: ('render' | 'admission' | 'kubeconform')[]): void
  /**
   * What the configuration lets a run take, in milliseconds: from `run` on every question, also one that is being
   * answered, ends as `timeout`, and so does one rendering after `render`.
   */
  limit(milliseconds: { readonly run: number; readonly render: number }): void
  /** Seconds since the epoch that policies take for "now" from here on: exceptions of Kyverno end by it, Rego asks for it. */
  at(time: number): void
  close(): Promise<void>
}
