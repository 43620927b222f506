import type { Json, JsonObject } from '../../../model/json.ts'
import { objectAt } from '../../fields.ts'
import { flagAt } from '../../fields.ts'
import { normalizeName, textMap, type Parameters } from '../parameters.ts'
import { matchesSelector, selectorProblem } from '../selector.ts'
import { failed, sets, withValues, type Generated, type GeneratorContext } from './generator.ts'

const ownServer = 'https://kubernetes.default.svc'

interface KnownCluster {
  readonly name: string
  readonly server: string
  readonly project: string
  /** Absent for the cluster of Argo CD itself, which has no Secret. */
  readonly metadata?: {
    readonly labels: Readonly<Record<string, string>>
    readonly annotations?: Readonly<Record<string, string>>
  }
}

/**
 * `clusters`: Argo CD reads its cluster Secrets, which only the cluster has. The clusters of our configuration stand
 * in, with their labels (and their environment as the label `environment`); the cluster of Argo CD itself joins without a selector.
 */
export async function generateClusters(generator: JsonObject, context: GeneratorContext): Promise<Generated> {
  const { clusters } = context.repository.configuration
  const { goTemplate } = context.dialect
  const selector = objectAt(generator, 'selector')
  const selective = Object.keys(selector ?? {}).length > 0

  const problem = selectorProblem(selector, 'labels')
  if (problem !== undefined)
    return failed(`error getting cluster secrets: error converting label selector: ${problem}`)

  const candidates = clusters.map((cluster): KnownCluster => ({
    name: cluster.name,
    server: cluster.destinations.find((destination) => destination.includes('://')) ?? '',
    project: cluster.project ?? '',
    metadata: {
      labels: textMap({
        ...(cluster.environment === undefined ? {} : { environment: cluster.environment }),
        ...cluster.labels,
        'argocd.argoproj.io/secret-type': 'cluster',
      }),
      ...(Object.keys(cluster.annotations ?? {}).length === 0
        ? {}
        : { annotations: textMap(withoutOwn(cluster.annotations ?? {})) }),
    },
  }))
  const chosen: KnownCluster[] = candidates.filter((cluster) =>
    matchesSelector(selector, cluster.metadata?.labels ?? {}),
  )
  if (!selective && !chosen.some((cluster) => cluster.server === ownServer || cluster.name === 'in-cluster'))
    chosen.push({ name: 'in-cluster', server: ownServer, project: '' })

  const given: Parameters[] = []
  for (const { name, server, project, metadata } of chosen) {
    const basics: Record<string, Json> = { name, nameNormalized: normalizeName(name), server, project }
    if (goTemplate) {
      if (metadata !== undefined) basics['metadata'] = metadata
    } else
      for (const part of ['annotations', 'labels'] as const)
        for (const [key, value] of Object.entries(metadata?.[part] ?? {}))
          basics[`metadata.${part}.${key}`] = value
    given.push(basics)
  }
  const filled = await withValues(given, objectAt(generator, 'values'), context.dialect)
  if ('error' in filled) return failed(filled.error)
  const found = filled.sets

  const flat = flagAt(generator, 'flatList') === true ? [{ clusters: found as Json }] : found
  // With labels in the configuration, that nothing is selected is an answer; without any it says nothing.
  const labelled = clusters.some((cluster) => cluster.labels !== undefined)
  if (clusters.length > 0 && (!selective || chosen.length > 0 || labelled)) return sets(flat)
  return sets(flat, {
    code: 'needs-cluster',
    reason: selective
      ? 'its clusters generator selects clusters by labels that only Argo CD knows: list them under clusters in the configuration'
      : 'its clusters generator asks Argo CD for its clusters: list them under clusters in the configuration',
  })
}

/** State of Argo CD and kubectl on the Secret, and triggers: no parameters (generators/cluster.go). */
const hiddenAnnotations = new Set([
  'argocd.argoproj.io/refresh',
  'argocd.argoproj.io/hydrate',
  'argocd.argoproj.io/tracking-id',
  'argocd.argoproj.io/installation-id',
  'kubectl.kubernetes.io/last-applied-configuration',
])

function withoutOwn(annotations: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(annotations).filter(([key]) => !hiddenAnnotations.has(key)))
}
