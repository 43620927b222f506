import type { ClusterConfiguration } from '../../model/configuration.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import type { KindPattern, KindRules, ProjectRules } from '../../model/target.ts'
import { field, listAt, objectAt, objectsAt, textAt, textsAt } from '../fields.ts'
import type { FoundObject } from '../found.ts'
import type { Surroundings } from '../surroundings.ts'

/** The rules of an Application's project; undefined when the repository does not hold it. */
export async function projectRules(
  spec: JsonObject,
  sources: readonly JsonObject[],
  /** Where it may live: projects stand beside Argo CD, whatever the namespace of the Application. */
  namespaces: readonly string[],
  clusters: readonly ClusterConfiguration[],
  surroundings: Surroundings,
): Promise<ProjectRules | undefined> {
  const name = textAt(spec, 'project') || 'default'
  let found: FoundObject | undefined
  for (const namespace of namespaces) {
    found = await surroundings.find('AppProject', namespace, name)
    if (found !== undefined) break
  }
  const rules = objectAt(found?.object, 'spec')
  if (found === undefined || rules === undefined) return undefined
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
    application: {
      repositories: sources.map((source) => textAt(source, 'repoURL') ?? ''),
      ...clusterOf(spec, clusters),
      namespace: textAt(spec, 'destination', 'namespace') ?? '',
    },
  }
}

/** Name and server of the destination; the configuration tells the one that the Application does not. */
function clusterOf(
  spec: JsonObject,
  clusters: readonly ClusterConfiguration[],
): { readonly server: string; readonly name: string } {
  const server = textAt(spec, 'destination', 'server') ?? ''
  const name = textAt(spec, 'destination', 'name') ?? ''
  const known = clusters.find(
    (cluster) => cluster.name === name || (server !== '' && cluster.destinations.includes(server)),
  )
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
