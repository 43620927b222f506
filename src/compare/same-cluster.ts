import type { Target } from '../model/target.ts'

/** Names of the cluster that a definition lives in (Argo CD's util/argo: in-cluster). */
const home = ['', 'in-cluster', 'https://kubernetes.default.svc']

/**
 * False when what deploys to one cluster before deploys to another one after: nothing of it is there yet. Definitions name
 * their cluster as the configuration does where it knows it; of folders without one each environment counts as a cluster.
 */
export function staysInCluster(before: Target, after: Target): boolean {
  const [old, next] = [before.cluster, after.cluster]
  if (old !== undefined && next !== undefined && old !== next) return false
  // Folders may say where a definition lives, and the definition where it deploys to.
  if (before.facts !== undefined && after.facts !== undefined)
    return named(before.facts.cluster, old) === named(after.facts.cluster, next)
  if (old !== undefined && next !== undefined) return true
  // An Application may take the overlay of another environment to the same cluster; a folder by itself is that environment.
  const [was, is] = [before.environment, after.environment]
  if (was !== undefined && is !== undefined && was !== is) return false
  return (old ?? '') === (next ?? '')
}

/** The cluster that a definition names; for its own, what its place says. */
function named(cluster: string, own: string | undefined): string {
  const plain = cluster.replace(/\/+$/, '')
  return home.includes(plain) ? (own ?? '') : plain
}
