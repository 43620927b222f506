import type { Target } from '../model/target.ts'

/** Names of the cluster that a definition lives in (Argo CD's util/argo: in-cluster). */
const home = ['', 'in-cluster', 'https://kubernetes.default.svc']

/**
 * False when what deploys to one cluster before deploys to another one after: nothing of it is there yet. Clusters are
 * those of the configuration where it knows both, else what the definitions name; of folders that name an environment each
 * environment counts as a cluster.
 */
export function staysInCluster(before: Target, after: Target): boolean {
  if (before.cluster !== undefined && after.cluster !== undefined) return before.cluster === after.cluster
  if (before.facts !== undefined && after.facts !== undefined)
    return spelled(before.facts.cluster) === spelled(after.facts.cluster)
  // An Application may take the overlay of another environment to the same cluster; a folder by itself is that environment.
  const [was, is] = [before.environment, after.environment]
  if (was !== undefined && is !== undefined && was !== is) return false
  return (before.cluster ?? '') === (after.cluster ?? '')
}

function spelled(cluster: string): string {
  const plain = cluster.replace(/\/+$/, '')
  return home.includes(plain) ? '' : plain
}
