import { isEnvironmentWord, type Placement } from './environment.ts'

/** Folders that say how something is laid out, not what it is. */
const layout = new Set([
  'overlays',
  'overlay',
  'environments',
  'environment',
  'envs',
  'env',
  'clusters',
  'cluster',
  'base',
  'kustomize',
  'manifests',
  'app',
  'deploy',
  'k8s',
])

/**
 * The name under which reports show one application for all of its places: `payments-prod-eu` in the cluster `prod-eu`
 * and `payments-dev` in `dev` are both `payments`. Names that are nothing but a place stay as they are.
 */
export function nameWithoutPlace(name: string, { cluster, environment }: Placement): string {
  for (const place of [cluster, environment]) {
    if (place === undefined || place === '') continue
    for (const separator of ['-', '.', '_']) {
      const end = `${separator}${place}`
      const start = `${place}${separator}`
      if (name.endsWith(end) && name.length > end.length) return name.slice(0, -end.length)
      if (name.startsWith(start) && name.length > start.length) return name.slice(start.length)
    }
  }
  return name
}

/** `apps/payments/overlays/prod-eu` → `payments`: the innermost folder that is neither a place nor a layout. */
export function nameOfPath(path: string, { cluster }: Placement): string {
  const segments = path.split('/').filter((segment) => segment !== '')
  const telling = segments.findLast(
    (segment) =>
      segment !== cluster && !layout.has(segment) && !segment.split(/[^a-z]+/).some(isEnvironmentWord),
  )
  return telling ?? segments.at(-1) ?? '.'
}
