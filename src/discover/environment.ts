import type { ClusterConfiguration, Configuration } from '../model/configuration.ts'
import { compileGlob, compileNameGlob } from '../config/glob.ts'
import { isWithin } from './paths.ts'

/** Where a target goes, as far as configuration and conventions tell. */
export interface Placement {
  readonly cluster?: string
  readonly environment?: string
  /** `1.34`, only when configuration says one for the cluster. */
  readonly kubernetes?: string
  readonly apiVersions: readonly string[]
}

/** The part of a placement that a target carries; what is not known is left out. */
export function placed({
  cluster,
  environment,
  kubernetes,
}: Placement): Pick<Placement, 'cluster' | 'environment' | 'kubernetes'> {
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(environment === undefined ? {} : { environment }),
    ...(kubernetes === undefined ? {} : { kubernetes }),
  }
}

export interface PlacementHints {
  /** Paths that say something of the place, most telling first: of the definition, of the source. */
  readonly paths: readonly string[]
  /** Argo CD's destination: server and name. */
  readonly destinations?: readonly string[]
  /** Cluster of the parent that defines the target: wins over paths, not over an explicit destination. */
  readonly inherited?: string
  /** The target's own name, the weakest hint. */
  readonly name: string
}

/** Names that people give to environments; the first hit of a hint's words counts. */
const environments = new Set([
  'dev',
  'devel',
  'develop',
  'development',
  'sandbox',
  'test',
  'testing',
  'qa',
  'int',
  'integration',
  'uat',
  'acc',
  'acceptance',
  'stage',
  'staging',
  'stg',
  'preprod',
  'preproduction',
  'nonprod',
  'prod',
  'prd',
  'production',
  'live',
])

/** True for a word that conventionally names an environment. */
export function isEnvironmentWord(word: string): boolean {
  return environments.has(word)
}

/**
 * Finds the cluster (destination, then the parent's, then `paths` of the configuration, then the folder convention
 * `clusters/<name>/`) and the environment (the cluster's configuration, else a conventional word in the cluster's
 * name, the destination, a folder of the paths from the inside out, or the target's name: `prod-eu` → `prod`).
 */
export function placementOf(hints: PlacementHints, configuration: Configuration): Placement {
  const configured = configuredCluster(hints, configuration)
  const cluster =
    configured?.name ??
    hints.inherited ??
    hints.paths.map(conventionalCluster).find((name) => name !== undefined)
  const environment =
    configured?.environment ??
    conventionalEnvironment([
      ...(cluster === undefined ? [] : [cluster]),
      ...(hints.destinations ?? []).filter((destination) => !destination.includes('://')),
      ...hints.paths.flatMap((path) => path.split('/').reverse()),
      hints.name,
    ])
  return {
    ...(cluster === undefined ? {} : { cluster }),
    ...(environment === undefined ? {} : { environment }),
    ...(configured?.kubernetes === undefined ? {} : { kubernetes: configured.kubernetes }),
    apiVersions: configured?.apiVersions ?? [],
  }
}

function configuredCluster(
  hints: PlacementHints,
  configuration: Configuration,
): ClusterConfiguration | undefined {
  const { clusters } = configuration
  const byDestination = clusterOfDestination(hints.destinations ?? [], configuration)
  if (byDestination !== undefined) return byDestination
  if (hints.inherited !== undefined) {
    const inherited = clusters.find((cluster) => cluster.name === hints.inherited)
    if (inherited !== undefined) return inherited
  }
  for (const path of hints.paths) {
    const byPath = clusters.find((cluster) =>
      cluster.paths.some((pattern) => isWithin(pattern, path) || compileGlob(pattern).covers(path)),
    )
    if (byPath !== undefined) return byPath
  }
  return undefined
}

/** The configured cluster that Argo CD knows by one of these names or servers. */
export function clusterOfDestination(
  destinations: readonly string[],
  { clusters }: Pick<Configuration, 'clusters'>,
): ClusterConfiguration | undefined {
  for (const destination of destinations) {
    const found = clusters.find(
      (cluster) =>
        cluster.name === destination ||
        cluster.destinations.some((pattern) => compileNameGlob(pattern).matches(destination)),
    )
    if (found !== undefined) return found
  }
  return undefined
}

function conventionalCluster(path: string): string | undefined {
  const segments = path.split('/')
  const at = segments.findIndex((segment) => segment === 'clusters')
  const name = at < 0 ? undefined : segments[at + 1]
  // `clusters/kustomization.yaml` names no cluster.
  return name === undefined || name === '' || /\.(ya?ml|json)$/.test(name) ? undefined : name
}

function conventionalEnvironment(hints: readonly string[]): string | undefined {
  for (const hint of hints) {
    for (const word of hint.toLowerCase().split(/[^a-z]+/)) if (environments.has(word)) return word
  }
  return undefined
}
