import type { Json, JsonObject } from './json.ts'
import type { Location } from './location.ts'
import type { ValuesSource, WrittenField } from './object.ts'
import type { NotChecked } from './outcome.ts'

export type TargetKind = 'plain' | 'kustomize' | 'helm' | 'argocd' | 'flux-kustomization' | 'flux-helmrelease'

/** One thing that gets deployed. */
export interface Target {
  /**
   * Stable id: `flux/<cluster>/<namespace>/<name>`, `argocd/<namespace>/<name>`, `kustomize/<path>`,
   * `helm/<path>/<values>`, `plain/<path>`.
   */
  readonly id: string
  readonly kind: TargetKind
  /** Short name for a table's row: `payments`. */
  readonly name: string
  /** Directory or file it deploys from. */
  readonly path: string
  readonly cluster?: string
  readonly environment?: string
  /** Destination namespace: filled in for namespaced objects that name none. */
  readonly namespace?: string
  /** Kubernetes minor of its cluster, `1.34`, when configuration or definition says one. */
  readonly kubernetes?: string
  /** Where the Application, Kustomization or HelmRelease is defined. */
  readonly definition?: Location
  /** What the GitOps tool will do with changes: needed to say what a deletion really means. */
  readonly sync: SyncBehaviour
  readonly plan: RenderPlan
  /** What it can read: an over-approximation. A render that reads more is a bug that a test reports. */
  readonly inputs: InputSet
  /** Namespace and name of the Application, Kustomization or HelmRelease: its controller marks objects with them. */
  readonly owner?: {
    readonly namespace: string
    readonly name: string
    /** How Argo CD names an Application of a namespace other than its own. */
    readonly instance?: string
  }
  /** What the definition says besides how to render. */
  readonly facts?: DefinitionFacts
  /** Restrictions of the Application's project, when the repository holds it. */
  readonly project?: ProjectRules
  /** The definition as the cluster holds it: it stays as it is while whatever makes it is broken. */
  readonly manifest?: JsonObject
  /** `namespace/name` of the ApplicationSet that generates it, or that this target stands for because it fails. */
  readonly applicationSet?: string
  /** The target whose rendered objects define this one (app-of-apps, Flux parents). */
  readonly parent?: string
}

/** What a reviewer must know of a definition although no rendered object shows it. */
export interface DefinitionFacts {
  /** Cluster as the definition names it; empty for the one that it lives in. */
  readonly cluster: string
  /** Destination or target namespace; empty when the objects say their own. */
  readonly namespace: string
  /** AppProject; empty for Flux. */
  readonly project: string
  readonly suspended: boolean
  /** What becomes of the deployed objects when the definition is deleted. */
  readonly onDelete: 'delete' | 'keep'
  /** How it syncs, as short phrases: `automated`, `prune`, `CreateNamespace=true`. */
  readonly sync: readonly string[]
  /** Differences that the tool does not see (ignoreDifferences, driftDetection.ignore). */
  readonly ignored: readonly string[]
  /** Argo CD's rules among them, as they are evaluated. */
  readonly ignoreRules?: readonly IgnoreRule[]
  /** `namespace/name` of definitions of the same kind that have to be ready first. */
  readonly dependsOn: readonly string[]
  /** Of a HelmRelease: what helm-controller finds its release by. With another one it uninstalls and installs anew. */
  readonly release?: {
    readonly name: string
    readonly storage: string
    /** The chart's own name; absent where the chart is not here. */
    readonly chart?: string
    /** Another chart's name is an upgrade too (`upgrade.chartNameChangeStrategy: InPlaceUpdate`). */
    readonly keepsRenamed?: true
  }
  /** Of an Application with a source hydrator: the branch that is written, and the one that is deployed. */
  readonly hydrated?: { readonly to: string; readonly from: string }
  /** Of an Application: a tag or commit of this repository that it deploys, whatever is merged. */
  readonly pinned?: string
  /** Of a generated Application: what its set may do with those that are there already. */
  readonly set?: { readonly updates: boolean; readonly deletes: boolean; readonly policy: string }
}

/**
 * Objects by group and kind (patterns), name and namespace (empty: any), and the fields of them: steps of JSON pointers,
 * jq paths, and whatever certain managers own, which only the cluster knows.
 */
export interface IgnoreRule {
  readonly group: string
  readonly kind: string
  readonly name: string
  readonly namespace: string
  readonly pointers: readonly (readonly string[])[]
  readonly jqPaths: readonly string[]
  readonly managers: readonly string[]
}

/** An AppProject's restrictions as they are written; patterns of which `!` denies. */
export interface ProjectRules {
  readonly name: string
  readonly location?: Location
  readonly sourceRepositories: readonly string[]
  readonly destinations: readonly {
    readonly server: string
    readonly name: string
    readonly namespace: string
  }[]
  readonly clusterKinds: KindRules
  readonly namespacedKinds: KindRules
  /** Namespaces besides Argo CD's own in which its Applications may live. */
  readonly sourceNamespaces: readonly string[]
  /** Only clusters whose Secret names the project. */
  readonly ownClustersOnly: boolean
  /** Whom a sync acts as, by destination; the first that fits. */
  readonly serviceAccounts?: readonly {
    readonly server: string
    readonly namespace: string
    readonly account: string
  }[]
  /** What the Application asks for. */
  readonly application: {
    readonly repositories: readonly string[]
    readonly server: string
    readonly name: string
    readonly namespace: string
    /** Where the Application itself lives; empty beside Argo CD. */
    readonly home: string
    /** Project that the destination's cluster belongs to, empty for none; null where nobody here knows. */
    readonly clusterProject: string | null
  }
}

/** `allow` is null when nothing is said: the default differs by scope. */
export interface KindRules {
  readonly allow: readonly KindPattern[] | null
  readonly deny: readonly KindPattern[]
}

/** Patterns of Go's path.Match; an empty name takes every object. */
export interface KindPattern {
  readonly group: string
  readonly kind: string
  readonly name: string
}

export interface SyncBehaviour {
  /** Objects that vanish from the render are deleted in the cluster. `unknown` without a GitOps definition. */
  readonly prune: boolean | 'unknown'
  readonly serverSide: boolean
  /** Present where the first time differs: Helm 4 installs server-side, and upgrades as the release was installed. */
  readonly installsServerSide?: boolean
  /** Argo CD's sync option `Replace=true`: objects are replaced, not applied. */
  readonly replaces?: true
  /** False for Argo CD without automated sync and suspended Flux objects. */
  readonly automatic: boolean | 'unknown'
}

/** Paths that a target can read: exact files and whole directories (everything below them). */
export interface InputSet {
  readonly files: readonly string[]
  readonly directories: readonly string[]
}

/** True when the set covers the path; `apps/foo` does not cover `apps/foo-bar`. The empty directory covers all. */
export function covers(inputs: InputSet, path: string): boolean {
  return (
    inputs.files.includes(path) ||
    inputs.directories.some(
      (directory) => directory === '' || path === directory || path.startsWith(`${directory}/`),
    )
  )
}

/** How a target is rendered: prepared by discovery, carried out by the render room with the engines. */
export type RenderPlan =
  | ManifestsPlan
  | KustomizePlan
  | HelmPlan
  | { readonly tool: 'several'; readonly sources: readonly RenderPlan[] }
  | RemotePlan
  | NoPlan

/** Cannot be rendered here: the reason is known already. */
export interface NoPlan {
  readonly tool: 'none'
  readonly reason: NotChecked
  /** Values that the chart would have got, as far as they are known. */
  readonly values?: JsonObject
  /** What a fetch would be asked for: discovery makes a {@link RemotePlan} of it. */
  readonly later?: Json
}

/** Needs something from elsewhere, which is fetched only for targets that are rendered. Never inside of `several`. */
export interface RemotePlan {
  readonly tool: 'remote'
  /** Everything that says what comes out, apart from files: equal definitions render alike. */
  readonly definition: Json
  /** What is fetched can define further targets. */
  readonly mayHoldDefinitions: boolean
  /** Fetches and plans; what cannot be had is a plan of its own kind. A function: JSON leaves it out. */
  readonly settle: () => Promise<{ readonly plan: RenderPlan; readonly inputs: InputSet }>
}

/** Files that a Flux artifact puts together from several places of the tree; the plan's own paths are the artifact's. */
export interface ArtifactPlan {
  /** Path in the artifact → path in the tree, or what several files give. */
  readonly files: ArtifactFiles
  /** What the plan can read, as paths in the artifact. */
  readonly inputs: InputSet
}

export type ArtifactFiles = Readonly<Record<string, string | MergedFile>>

/** Values that a copy with the strategy Merge put together: the text, and the files of the tree, the first one first. */
export interface MergedFile {
  readonly text: string
  readonly from: readonly string[]
}

/** The file that people open for a file of an artifact: of several the last one, whose values win. */
export function realFile(file: string | MergedFile): string {
  return typeof file === 'string' ? file : (file.from.at(-1) ?? '')
}

/** Files read as they are. */
export interface ManifestsPlan {
  readonly tool: 'manifests'
  /** Files in the order in which they are read. */
  readonly files: readonly string[]
  /**
   * What counts as an object: `argocd` and `flux` follow those tools' directory rules, `plain` takes every
   * document that has apiVersion, kind and a name and reports the others.
   */
  readonly rules: 'plain' | 'argocd' | 'flux'
  readonly artifact?: ArtifactPlan
  /** Submodules among the folders, whose files are not here. */
  readonly submodules?: readonly string[]
  /** For `.jsonnet` files among them. */
  readonly jsonnet?: JsonnetOptions
}

export interface JsonnetOptions {
  /** Directories in the tree that imports are looked for in. */
  readonly libraries: readonly string[]
  readonly extVars: Readonly<Record<string, string>>
  readonly extCode: Readonly<Record<string, string>>
  readonly tlas: Readonly<Record<string, string>>
  readonly tlaCode: Readonly<Record<string, string>>
}

export interface KustomizePlan {
  readonly tool: 'kustomize'
  /** Directory of the root. */
  readonly root: string
  /**
   * Text of the kustomization file at `root` when the tool generates or edits it (Flux without a file, Argo CD's
   * kustomize options): stands over the tree for this render.
   */
  readonly overlay?: Readonly<Record<string, string>>
  /** What a reviewer must know of how it is built here. */
  readonly notice?: string
  /** Submodules among the folders of a generated kustomization, whose files are not here. */
  readonly submodules?: readonly string[]
  readonly artifact?: ArtifactPlan
  readonly order: 'legacy' | 'none'
  readonly loadRestrictions: 'root' | 'none'
  readonly enableHelm: boolean
  /** Flux's post-build substitution. */
  readonly substitute?: SubstitutePlan
  readonly commonMetadata?: {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
}

export interface SubstitutePlan {
  /** Where the variables stand that files of the tree hold. */
  readonly places?: Readonly<Record<string, WrittenField>>
  /** Values known before rendering; later sources have won already, inline values last. */
  readonly variables: Readonly<Record<string, string>>
  /** substituteFrom entries whose object was not found in the repository and is not optional. */
  readonly missing: readonly { readonly kind: string; readonly name: string }[]
}

export type CrdPolicy = 'Skip' | 'Create' | 'CreateReplace'

export interface HelmPlan {
  readonly tool: 'helm'
  readonly artifact?: ArtifactPlan
  /** Directory or .tgz in the tree. */
  readonly chart: string
  readonly release: string
  readonly namespace: string
  readonly valuesFiles: readonly string[]
  readonly values?: JsonObject
  /** Where values come from that neither a file of values nor the definition holds (Flux's `valuesFrom`). */
  readonly valuesFrom?: readonly ValuesSource[]
  readonly set?: readonly string[]
  readonly setString?: readonly string[]
  readonly setFile?: readonly string[]
  readonly includeCRDs: boolean
  /** Flux's policies for the chart's crds folder; absent for Argo CD, which applies it like everything else. */
  readonly crds?: { readonly install: CrdPolicy; readonly upgrade: CrdPolicy }
  /**
   * Of a chart that source-controller builds anew only for another version: what its HelmChart says. With the same and
   * an unchanged version the chart stays as it was built (Flux, `reconcileStrategy: ChartVersion`).
   */
  readonly builtByVersion?: string
  readonly skipTests: boolean
  readonly skipSchemaValidation: boolean
  /** Of a release that is there already, where that is said apart (Flux). */
  readonly skipSchemaValidationOnUpgrade?: boolean
  /** A release that exists on the base side renders as an upgrade (Flux); Argo CD always installs. */
  readonly upgrade: boolean
  /** Whether hooks go through the post-renderers too: with the rest (default), not at all, or on their own. */
  readonly postRenderStrategy?: 'combined' | 'nohooks' | 'separate'
  /** Flux post-renderers: kustomizations applied in order after the chart. */
  readonly postRenderers?: readonly { readonly patches?: JsonObject[]; readonly images?: JsonObject[] }[]
  readonly commonMetadata?: {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations: Readonly<Record<string, string>>
  }
  readonly kubeVersion?: string
  readonly apiVersions?: readonly string[]
  /** Text that stands over files of the tree for this render: Flux's valuesFiles replace the chart's values.yaml. */
  readonly overlay?: Readonly<Record<string, string>>
}
