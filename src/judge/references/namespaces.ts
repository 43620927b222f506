import type { Change } from '../../model/change.ts'
import type { RenderedObject } from '../../model/object.ts'
import type { RenderedPair } from '../../model/rendering.ts'
import { clusterObjects, type TargetOf } from '../environments.ts'
import { textAt } from '../field-steps.ts'
import { similarName } from './names.ts'
import type { RepositoryObjects } from '../repository-objects.ts'
import type { FoundWithStatus } from '../status.ts'

/** Every cluster has them (kube-apiserver's system namespaces, and `default`). */
const given: ReadonlySet<string> = new Set(['default', 'kube-system', 'kube-public', 'kube-node-lease'])

/**
 * Namespaces that objects go to and that are not there: removed by this change, or spelt almost like one that is.
 * Anything else is usual, since many repositories leave namespaces to their tool. One advisory finding for each target
 * and namespace, on its first object.
 */
export function missingNamespaces(
  changes: readonly Change[],
  pairs: readonly RenderedPair[],
  repository: RepositoryObjects,
  targetOf: TargetOf,
): readonly FoundWithStatus[] {
  const byCluster = new Map<string, { base: ReadonlySet<string>; head: ReadonlySet<string> }>()
  const namespacesOf = (cluster: string) => {
    const side = (which: 'base' | 'head') =>
      new Set(
        clusterObjects(
          pairs.map((pair) => ({ id: pair.id, ...(pair[which] && { [which]: pair[which] }) })),
          cluster,
          { base: [], head: [], notChecked: [], [which]: repository[which] },
        ).namespaces.map((object) => textAt(object, 'metadata', 'name') ?? ''),
      )
    const known = byCluster.get(cluster) ?? { base: side('base'), head: side('head') }
    byCluster.set(cluster, known)
    return known
  }
  const told = new Set<string>()
  return changes.flatMap((change): FoundWithStatus[] => {
    const { new: object, old, identity, target } = change
    const name = identity.namespace
    if (object === undefined || name === '' || given.has(name)) return []
    const { base, head } = namespacesOf(targetOf(target)?.cluster ?? '')
    const key = JSON.stringify([target, name])
    if (head.has(name) || told.has(key)) return []
    const said = base.has(name)
      ? { severity: 'high' as const, message: `goes to the namespace ${name}, which this change removes` }
      : misspelt(name, change, head)
    if (said === undefined) return []
    told.add(key)
    const isOld = !base.has(name) && old?.identity.namespace === name
    return [{ ...foundOf(object, target, name, said), status: isOld ? 'existing' : 'new', side: 'head' }]
  })
}

function misspelt(name: string, { operation }: Change, namespaces: ReadonlySet<string>) {
  const similar = operation === 'NONE' ? undefined : similarName(name, [...namespaces].sort())
  return similar === undefined
    ? undefined
    : {
        severity: 'medium' as const,
        message: `nothing here defines the namespace ${name}, did you mean ${similar}?`,
      }
}

function foundOf(
  object: RenderedObject,
  target: string,
  namespace: string,
  said: { readonly severity: 'high' | 'medium'; readonly message: string },
) {
  return {
    object,
    finding: {
      ...said,
      source: 'safety' as const,
      rule: 'safety/missing-namespace',
      level: 'advisory' as const,
      object: object.identity,
      target,
      path: 'metadata.namespace',
      element: `namespace ${namespace}`,
    },
  }
}
