import type { Target } from '../../model/target.ts'
import { isEnvironmentWord } from '../environment.ts'
import { directoryOf, isWithin } from '../paths.ts'
import { unnamedCluster } from './kustomization.ts'

/**
 * Clusters that neither configuration nor folders name, found from their roots: no cluster holds two Kustomizations of one
 * name, so roots of one name in several folders are of several clusters. Those are called by the first folder in which the
 * paths differ (`kubernetes/main/…` and `kubernetes/staging/…`), and whatever of Flux starts below it belongs there.
 */
export function withClusters(roots: readonly Target[]): readonly Target[] {
  const clusters = new Map<string, string>()
  for (const files of repeatedRoots(roots).values()) {
    const directories = files.map((file) => directoryOf(file).split('/'))
    const at = firstDifference(directories)
    const names = directories.map((segments) => segments[at] ?? '')
    if (names.includes('') || new Set(names).size < names.length) continue
    for (const segments of directories) clusters.set(segments.slice(0, at + 1).join('/'), segments[at] ?? '')
  }
  return clusters.size === 0 ? roots : roots.map((target) => placed(target, clusters))
}

/** Files of the roots that share a name, where there is more than one. */
function repeatedRoots(roots: readonly Target[]): ReadonlyMap<string, readonly string[]> {
  const byId = new Map<string, Set<string>>()
  for (const { id, kind, cluster, definition } of roots) {
    if (kind !== 'flux-kustomization' || cluster !== undefined || definition === undefined) continue
    const files = byId.get(id) ?? new Set<string>()
    byId.set(id, files.add(definition.file))
  }
  return new Map(
    [...byId].filter(([, files]) => files.size > 1).map(([id, files]) => [id, [...files].sort()]),
  )
}

function firstDifference(paths: readonly (readonly string[])[]): number {
  const [first = []] = paths
  const at = first.findIndex((segment, i) => paths.some((path) => path[i] !== segment))
  return at < 0 ? first.length : at
}

function placed(target: Target, clusters: ReadonlyMap<string, string>): Target {
  const prefix = `flux/${unnamedCluster}/`
  const { id, cluster, definition, environment } = target
  if (cluster !== undefined || definition === undefined || !id.startsWith(prefix)) return target
  const found = [...clusters].find(([directory]) => isWithin(directory, definition.file))
  if (found === undefined) return target
  const [, name] = found
  return {
    ...target,
    id: `flux/${name}/${id.slice(prefix.length)}`,
    cluster: name,
    ...(environment === undefined && isEnvironmentWord(name) ? { environment: name } : {}),
  }
}
