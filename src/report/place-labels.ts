import type { ReportTarget } from '../model/report.ts'

type Placed = Pick<ReportTarget, 'environment' | 'cluster'>

/**
 * How people name the place of a target: its environment, or its cluster where the environment has several; null when
 * neither is known.
 */
export function placeLabels(targets: readonly Placed[]): (target: Placed) => string | null {
  const clusters = new Map<string, Set<string>>()
  for (const { environment, cluster } of targets) {
    if (environment === null || cluster === null) continue
    clusters.set(environment, (clusters.get(environment) ?? new Set()).add(cluster))
  }
  return ({ environment, cluster }) =>
    environment === null || (clusters.get(environment)?.size ?? 0) > 1
      ? (cluster ?? environment)
      : environment
}
