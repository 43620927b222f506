/**
 * What the engines can be asked, as types: the header of a request and the `result` of its response
 * (docs/engine-abi.md). The Go side decodes exactly these names.
 */
import type { Json, JsonObject } from '../model/json.ts'

/** One step into a value: a key of an object or an index of a list. */
export type PathStep = string | number

/** Where an object came from, as far as the engine can tell. */
export interface EngineOrigin {
  /** Path in the tree of the file that first held the object; absent for generated objects. */
  file?: string
  /** Zero-based number of the document in `file`. */
  document?: number
  /** Path of a chart's template, as Helm names it: `chart/templates/x.yaml`. */
  template?: string
  /** What generated it, where nothing in a file did: `ConfigMapGenerator`, `HelmChartInflationGenerator`. */
  generator?: string
  /** Files whose patches or transformers changed it (kustomize's own transformation records), in order. */
  changedBy?: string[]
}

/** An object that an engine rendered. */
export interface EngineObject {
  object: JsonObject
  origin?: EngineOrigin
  /** Helm hooks only: events such as `pre-install`, and the weight. */
  hook?: { events: string[]; weight: number }
  /** True for files of a chart's `crds/`. */
  crd?: boolean
}

// ---------------------------------------------------------------- render

/** `yaml.parse`: files of the tree as documents, by the parser that kubectl uses (sigs.k8s.io/yaml, strict keys). */
export interface YamlParseRequest {
  op: 'yaml.parse'
  files: string[]
}
export interface YamlDocument {
  /** The document as JSON; absent when it could not be parsed. Empty documents are left out. */
  value?: Json
  /** One-based line on which the document starts. */
  line: number
  /** Zero-based number of the document in its file, empty documents not counted. */
  index: number
  error?: { message: string; line?: number }
}
export interface YamlParseResult {
  files: {
    path: string
    documents: YamlDocument[]
    /** The file as a whole could not be read: missing, refused, not UTF-8, a limit. */
    error?: { code: string; message: string }
  }[]
}

/** `yaml.locate`: the lines of fields. A path that does not exist answers its deepest existing parent. */
export interface YamlLocateRequest {
  op: 'yaml.locate'
  queries: { file: string; document: number; path: PathStep[] }[]
}
export interface YamlLocateResult {
  /** In the order of the queries; null when the file or the document is not there. */
  lines: ({ line: number; exact: boolean } | null)[]
}

/** `kustomize`: what `kustomize build` prints, as objects. */
export interface KustomizeRequest {
  op: 'kustomize'
  /** Directory of the root. */
  root: string
  /** `legacy` is what the command line does without a `sortOptions` field; `none` keeps the order of the build. */
  order: 'legacy' | 'none'
  /** `root` is kustomize's default; `none` lets files be read from anywhere in the tree. */
  loadRestrictions: 'root' | 'none'
  enableHelm: boolean
  /** For `helmCharts`; `vX.Y.Z`. */
  kubeVersion?: string
  apiVersions?: string[]
  /** Files that stand over the tree for this job only (a generated kustomization): path → UTF-8 text. */
  overlay?: Record<string, string>
}
export interface ObjectsResult {
  objects: EngineObject[]
  /** Warnings of the upstream library (deprecated fields and the like). */
  warnings?: string[]
}

/** `helm`: what `helm template` renders, as objects, in Helm's install order: CRDs, manifests, hooks. */
export interface HelmRequest {
  op: 'helm'
  /** Directory or archive (.tgz) of the chart in the tree. */
  chart: string
  release: string
  namespace: string
  /** Values files in order; later ones win. */
  valuesFiles?: string[]
  /** Values that win over the files. */
  values?: JsonObject
  /** Items in strvals syntax. Helm applies `--set`, then `--set-string`, then `--set-file`, whatever their order. */
  setFile?: string[]
  setString?: string[]
  set?: string[]
  kubeVersion?: string
  apiVersions?: string[]
  includeCRDs: boolean
  skipTests?: boolean
  skipHooks?: boolean
  skipSchemaValidation?: boolean
  /** Renders library charts too, to nothing but their hooks and definitions, which the command line refuses. */
  anyType?: boolean
  /** Renders as an upgrade: `.Release.IsUpgrade`, `.Release.Revision` 2. */
  upgrade?: boolean
  /** Manifests that a post-renderer gets, hooks too or only templates: Helm prints those anew, with kyaml. */
  postRendered?: 'all' | 'templates'
  overlay?: Record<string, string>
}
/** `helm` answers {@link ObjectsResult} with these besides. */
export interface HelmResult extends ObjectsResult {
  chart: { name: string; version: string; appVersion?: string }
  /** The values that the templates saw (`.Values`). */
  values: JsonObject
}

/** `substitute`: Flux's post-build substitution of each object (fluxcd/pkg/envsubst over its YAML). */
export interface SubstituteRequest {
  op: 'substitute'
  objects: JsonObject[]
  variables: Record<string, string>
  strict: boolean
}
export interface SubstituteResult {
  /** In the order of the request. */
  objects: ({ object: JsonObject } | { error: string })[]
}

/** `template`: Go templates with sprig as Argo CD's ApplicationSet controller executes them, on each text. */
export interface TemplateRequest {
  op: 'template'
  texts: string[]
  /** Each text is executed with each of these. */
  sets: JsonObject[]
  /** `goTemplateOptions`, such as `missingkey=error`. */
  options?: string[]
}
export interface TemplateResult {
  /** For each set the results of all texts, in order. */
  sets: ({ text: string } | { error: string })[][]
}

/** `jq`: one program on each value; it has to give exactly one result. */
export interface JqRequest {
  op: 'jq'
  program: string
  values: Json[]
}
export interface JqResult {
  results: { value: Json; error?: string }[]
}

/** `jsonnet`: one file, imports resolved in the tree relative to the importing file, then to `libraries`. */
export interface JsonnetRequest {
  op: 'jsonnet'
  file: string
  libraries?: string[]
  extVars?: Record<string, string>
  extCode?: Record<string, string>
  tlas?: Record<string, string>
  tlaCode?: Record<string, string>
}
export interface JsonnetResult {
  value: Json
}

/** `info`: names and versions of what an engine embeds. Every engine answers it. */
export interface InfoRequest {
  op: 'info'
}
export interface InfoResult {
  engine: string
  abi: number
  /** Library → version, such as `kustomize` → `v0.21.1`. */
  versions: Record<string, string>
}

export type RenderRequest =
  | YamlParseRequest
  | YamlLocateRequest
  | KustomizeRequest
  | HelmRequest
  | SubstituteRequest
  | TemplateRequest
  | JsonnetRequest
  | JqRequest
  | InfoRequest

// ---------------------------------------------------------------- admission

/** One write that the API server would be asked for. CREATE has no `old`, DELETE no `object`. */
export interface AdmissionWrite {
  operation: 'CREATE' | 'UPDATE' | 'DELETE'
  object?: JsonObject
  old?: JsonObject
  /** Filled in for namespaced kinds whose metadata names none. */
  namespace: string
  /**
   * How the object is written: `client` is kubectl's apply (a three-way merge), `server` a server-side apply with force
   * (structured-merge-diff: duplicate keys of lists and nulls that a schema forbids are refused). Absent where the tool
   * is not known: a client's apply, and duplicate keys are refused as well.
   */
  apply?: 'client' | 'server'
}

/**
 * `load`: what the cluster holds before the writes. Replaces what an earlier `load` of the same instance gave; the
 * host keeps a snapshot after it for the run.
 */
export interface AdmissionLoadRequest {
  op: 'load'
  /** Minor version to answer for, `1.34`: upstream's emulation for the engine's minor and three before it. */
  kubernetes: string
  customResourceDefinitions?: JsonObject[]
  namespaces?: JsonObject[]
  /** ValidatingAdmissionPolicy and ValidatingAdmissionPolicyBinding objects, and parameter objects. */
  policies?: JsonObject[]
  bindings?: JsonObject[]
  parameters?: JsonObject[]
  /** Who writes: the GitOps controller's service account. */
  user?: AdmissionUser
  /** Answers `inspection` of each policy, which costs as much again as compiling it for every kind that it matches. */
  inspect?: boolean
  /** Bytes of memory that the state after loading leaves free: growing memory in every batch costs V8 more. */
  room?: number
}
/** As the API server sees who asks; the groups that it adds to everybody (`system:authenticated` …) need not be given. */
export interface AdmissionUser {
  name: string
  groups: string[]
  uid?: string
  extra?: Record<string, string[]>
}
export interface AdmissionLoadResult {
  /** Which minor really answers (the newest embedded one when a newer one was asked for). */
  kubernetes: string
  /** Custom resource kinds that are now known, `group/Kind`. */
  customResources: string[]
  /** What could not be loaded: a CRD or policy that does not compile; index is the position in its list. */
  problems: {
    list: 'customResourceDefinitions' | 'policies' | 'bindings' | 'namespaces'
    index: number
    field?: string
    message: string
  }[]
  /** In the order of the request; objects that did not decode are among the problems only. */
  policies: LoadedPolicy[]
}
export interface LoadedPolicy {
  name: string
  validations: number
  /** Expressions that a server of this minor holds and cannot evaluate: every evaluation of them is an error. */
  errors: { field: string; message: string }[]
  /** With `inspect` only. */
  inspection?: PolicyInspection
}
/** What `policy lint` says of one policy. Fields are paths such as `spec.validations[0].expression`. */
export interface PolicyInspection {
  /** Kinds against whose types the expressions were checked, `apps/v1 Deployment`; wildcards name none. */
  kinds: string[]
  /** Resources of matchConstraints that are neither built in at this minor nor loaded, `group/version/resource`. */
  unknownResources: string[]
  /** What the API server's type checker would write into the policy's status, one for each kind. */
  typeWarnings: { field: string; kind: string; message: string }[]
  /**
   * Worst-case cost in CEL units, by upstream's estimator over the types of the costliest kind. `maximum` is absent
   * where nothing bounds it. A server stops an expression at `limit` when it runs, whatever the estimate is.
   */
  costs: { field: string; kind?: string; minimum: number; maximum?: number; limit: number }[]
}

/** `admit`: decode, default, validate and warn as the API server's registry strategies do. */
export interface AdmitRequest {
  op: 'admit'
  writes: AdmissionWrite[]
}
export interface AdmitFinding {
  /** `decode` (unknown or duplicate field, wrong type), `validate`, `warning`, `internal`. */
  stage: 'decode' | 'validate' | 'warning' | 'internal'
  /** `spec.template.spec.containers[0].image`, as the server writes it. */
  field?: string
  /** The server's cause: `FieldValueInvalid`, `FieldValueForbidden`, … */
  reason?: string
  message: string
}
export interface AdmitResult {
  /** In the order of the writes. `unknown`: neither built in nor a loaded CRD. */
  writes: { verdict: 'accepted' | 'rejected' | 'unknown'; findings: AdmitFinding[] }[]
}

/** `prepare`: the objects that the API server shows to admission webhooks, versioned and defaulted. */
export interface PrepareRequest {
  op: 'prepare'
  writes: AdmissionWrite[]
}
export interface PrepareResult {
  /** In the order of the writes. */
  writes: {
    /** Empty for cluster-scoped kinds. */
    namespace: string
    object?: JsonObject
    old?: JsonObject
    /** Why the objects are as the manifests give them: no types, or they do not decode. */
    given?: string
  }[]
}

/** `policy.evaluate`: every loaded policy, binding and parameter on every write. */
export interface PolicyEvaluateRequest {
  op: 'policy.evaluate'
  writes: PolicyWrite[]
  /** Answers `taken` and `auditAnnotations`. */
  detail?: boolean
}
/** A write with what a test of a policy gives besides; what is absent is the load's. */
export interface PolicyWrite extends AdmissionWrite {
  user?: AdmissionUser
  /** The object's namespace as the cluster would hold it. */
  namespaceObject?: JsonObject
  /** Names of the policies to evaluate. */
  policies?: string[]
  /** Expressions see the objects as they are written, without types and defaults, as gator shows them. */
  asGiven?: true
  /**
   * Evaluates without bindings, as if one without matchResources and with the action Deny gave these parameters: once
   * for each, and once with `params` null when there are none. `binding` is then empty.
   */
  parameters?: JsonObject[]
}
export interface PolicyEvaluation {
  /** Position in `writes`. */
  write: number
  policy: string
  binding: string
  /** `namespace/name` of the parameter object, when there is one. */
  parameter?: string
  /** Position in `spec.validations`; absent for errors of the whole policy. */
  validation?: number
  /** `pass` and `skip` are summed up in {@link PolicyEvaluateResult.matched} only. */
  outcome: 'fail' | 'error' | 'not-evaluable'
  /** validationActions of the binding: `Deny`, `Warn`, `Audit`. */
  actions: string[]
  /** failurePolicy decided an error: `Fail` or `Ignore`. */
  failurePolicy: 'Fail' | 'Ignore'
  /** Reason of the validation, `Invalid` by default. */
  reason?: string
  message: string
  /** The CEL expression that failed. */
  expression?: string
}
export interface PolicyEvaluateResult {
  evaluations: PolicyEvaluation[]
  /** Policy name → number of writes that it matched. */
  matched: Record<string, number>
  /** With `detail`: policy name → positions of the writes that it matched. */
  taken?: Record<string, number[]>
  /** With `detail`: what a server would write into its audit log (at most 10 KiB each). */
  auditAnnotations?: {
    write: number
    policy: string
    binding: string
    parameter?: string
    key: string
    value: string
  }[]
}

/** `podSecurity`: the Pod Security Standards on pods and on every kind that holds a pod template. */
export interface PodSecurityRequest {
  op: 'podSecurity'
  writes: AdmissionWrite[]
  /** Applied where the namespace's own labels (of `load`) say nothing. `version` is `latest` or `v1.34`. */
  defaults?: { enforce?: string; warn?: string; audit?: string; version?: string }
  /** Evaluated on every write, whatever the namespace's labels say: a policy set asks for them. */
  standards?: PodSecurityStandard[]
}
export interface PodSecurityStandard {
  level: 'privileged' | 'baseline' | 'restricted'
  /** `latest`, the default, or `v1.34`. */
  version?: string
}
export interface PodSecurityResult {
  /** Only writes that hold a pod specification and violate a level that applies. */
  violations: {
    write: number
    mode: 'enforce' | 'warn' | 'audit'
    level: 'privileged' | 'baseline' | 'restricted'
    version: string
    checks: PodSecurityCheck[]
  }[]
  /** With `standards` only: writes that violate one, by the position of the standard in the request. */
  standards?: {
    write: number
    standard: number
    level: 'privileged' | 'baseline' | 'restricted'
    version: string
    checks: PodSecurityCheck[]
  }[]
  /** With `standards` only: the writes that hold a pod specification, which every standard matches. */
  pods?: number[]
}
/** One failed check: its id (`runAsNonRoot`), the reason and the detail of upstream. */
export interface PodSecurityCheck {
  id: string
  reason: string
  detail: string
}

export type AdmissionRequest =
  | AdmissionLoadRequest
  | AdmitRequest
  | PrepareRequest
  | PolicyEvaluateRequest
  | PodSecurityRequest
  | InfoRequest

// ---------------------------------------------------------------- kubeconform

/** `validate`: kubeconform's library on documents. Each document is a blob of the request, as JSON or YAML. */
export interface KubeconformRequest {
  op: 'validate'
  documents: { name: string }[]
  kubernetesVersion: string
  /** Templates as kubeconform's `-schema-location` takes them, paths in the tree only. */
  schemaLocations: string[]
  strict: boolean
  skip: string[]
  reject: string[]
  ignoreMissingSchemas: boolean
}
export interface KubeconformResult {
  documents: {
    name: string
    resources: {
      kind: string
      apiVersion: string
      resourceName: string
      namespace: string
      status: 'valid' | 'invalid' | 'error' | 'skipped' | 'empty'
      message: string
      validationErrors: { path: string; message: string }[]
    }[]
  }[]
}

export type KubeconformEngineRequest = KubeconformRequest | InfoRequest
