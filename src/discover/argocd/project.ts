import type { ClusterConfiguration } from '../../model/configuration.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { KindPattern, KindRules, ProjectRules } from '../../model/target.ts'
import type { Tree } from '../../model/tree.ts'
import { field, flagAt, listAt, objectAt, objectsAt, textAt, textsAt } from '../fields.ts'
import type { FoundObject } from '../found.ts'
import type { Repository } from '../repository.ts'
import type { Surroundings } from '../surroundings.ts'
import { withGlobalProjects } from './global-projects.ts'

/** The rules of an Application's project, global projects included; undefined when the repository does not hold them. */
export async function projectRules(
  spec: JsonObject,
  sources: readonly JsonObject[],
  /** Namespace of the Application. */
  home: string,
  repository: Pick<Repository, 'configuration' | 'engines' | 'globalProjects'> & { readonly tree: Tree },
  surroundings: Surroundings,
): Promise<ProjectRules | undefined> {
  const { argocd, clusters } = repository.configuration
  const name = textAt(spec, 'project') || 'default'
  let found: FoundObject | undefined
  let beside = home
  // Projects stand beside Argo CD, whatever the namespace of the Application.
  for (const namespace of [home, ...argocd.namespaces]) {
    found = await surroundings.find('AppProject', namespace, name)
    beside = namespace
    if (found !== undefined) break
  }
  if (found === undefined || objectAt(found.object, 'spec') === undefined) return undefined
  const rules = await withGlobalProjects(found, beside, repository, surroundings)
  if (rules === undefined) return undefined
  return {
    name,
    ...(found.location === undefined ? {} : { location: found.location }),
    sourceRepositories: textsAt(rules, 'sourceRepos'),
    destinations: objectsAt(rules, 'destinations').map((entry) => ({
      server: textAt(entry, 'server') ?? '',
      name: textAt(entry, 'name') ?? '',
      namespace: textAt(entry, 'namespace') ?? '',
    })),
    clusterKinds: kindRules(rules, 'clusterResourceWhitelist', 'clusterResourceBlacklist'),
    namespacedKinds: kindRules(rules, 'namespaceResourceWhitelist', 'namespaceResourceBlacklist'),
    sourceNamespaces: textsAt(rules, 'sourceNamespaces'),
    ownClustersOnly: flagAt(rules, 'permitOnlyProjectScopedClusters') === true,
    serviceAccounts: objectsAt(rules, 'destinationServiceAccounts').map((entry) => ({
      server: textAt(entry, 'server') ?? '',
      namespace: textAt(entry, 'namespace') ?? '',
      account: textAt(entry, 'defaultServiceAccount') ?? '',
    })),
    application: {
      repositories: sources.map((source) => textAt(source, 'repoURL') ?? ''),
      ...clusterOf(spec, clusters),
      namespace: textAt(spec, 'destination', 'namespace') ?? '',
      home: argocd.namespaces.includes(home) ? '' : home,
      clusterProject: clusterProjectOf(spec, clusters),
    },
  }
}

function knownCluster(
  spec: JsonObject,
  clusters: readonly ClusterConfiguration[],
): ClusterConfiguration | undefined {
  const server = textAt(spec, 'destination', 'server') ?? ''
  const name = textAt(spec, 'destination', 'name') ?? ''
  return clusters.find(
    (cluster) => cluster.name === name || (server !== '' && cluster.destinations.includes(server)),
  )
}

/**
 * The project in the cluster's Secret, which only Argo CD has: the configuration stands in. Where it gives a project to
 * some cluster, clusters without one belong to none; where it never does, nobody here knows.
 */
function clusterProjectOf(spec: JsonObject, clusters: readonly ClusterConfiguration[]): string | null {
  const project = knownCluster(spec, clusters)?.project
  return project ?? (clusters.some((cluster) => cluster.project !== undefined) ? '' : null)
}

/** Name and server of the destination; the configuration tells the one that the Application does not. */
function clusterOf(
  spec: JsonObject,
  clusters: readonly ClusterConfiguration[],
): { readonly server: string; readonly name: string } {
  const server = textAt(spec, 'destination', 'server') ?? ''
  const name = textAt(spec, 'destination', 'name') ?? ''
  const known = knownCluster(spec, clusters)
  const own = name === 'in-cluster' || server === 'https://kubernetes.default.svc'
  return {
    server:
      server ||
      (known?.destinations.find((destination) => destination.includes('://')) ??
        (own ? 'https://kubernetes.default.svc' : '')),
    name: name || (known?.name ?? (own ? 'in-cluster' : '')),
  }
}

function kindRules(rules: JsonObject, allow: string, deny: string): KindRules {
  const kinds = (list: readonly Json[]): readonly KindPattern[] =>
    list.map((entry) => ({
      group: textAt(entry, 'group') ?? '',
      kind: textAt(entry, 'kind') ?? '',
      name: textAt(entry, 'name') ?? '',
    }))
  return {
    allow: field(rules, allow) === undefined ? null : kinds(listAt(rules, allow)),
    deny: kinds(listAt(rules, deny)),
  }
}
