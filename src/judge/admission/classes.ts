/** Cluster-scoped objects that claims and pods name: storage and priority classes. */
import type { Change } from '../../model/change.ts'
import type { JsonObject } from '../../model/json.ts'
import { groupKind } from '../../model/object.ts'
import type { RenderedPair } from '../../model/rendering.ts'
import type { TargetOf } from '../environments.ts'
import { textAt } from '../field-steps.ts'

type ClassKind = 'StorageClass' | 'PriorityClass'

/** A class as a target's cluster will have it: by its name, or the one for which a test holds; undefined where nobody knows. */
export type ClassesOf = (
  target: string,
  kind: ClassKind,
  which: string | ((object: JsonObject) => boolean),
) => JsonObject | undefined

const groups: Readonly<Record<ClassKind, string>> = {
  StorageClass: 'storage.k8s.io',
  PriorityClass: 'scheduling.k8s.io',
}

/** Kinds of classes by which changes are judged: files of the repository are read for no others. */
export function classKinds(changes: readonly Change[]): readonly { group: string; kind: ClassKind }[] {
  const has = (kind: string, operation?: string): boolean =>
    changes.some(
      (change) =>
        change.identity.group === '' &&
        change.identity.kind === kind &&
        (operation === undefined || change.operation === operation),
    )
  const asked: ClassKind[] = [
    ...(has('PersistentVolumeClaim', 'UPDATE') || has('PersistentVolumeClaim', 'DELETE')
      ? ['StorageClass' as const]
      : []),
    ...(has('Pod') ? ['PriorityClass' as const] : []),
  ]
  return asked.map((kind) => ({ group: groups[kind], kind }))
}

/** Of loose objects, the first of a name. */
export function classesAmong(objects: readonly JsonObject[]): ClassesOf {
  return (_, kind, which) => objects.find((object) => isClass(object, kind) && fits(object, which))
}

/**
 * What the targets of a cluster render wins over files of the repository; files that disagree about a class (one for each
 * cluster, a patch of it) say nothing.
 * @param side `base` for what was made by the classes of before, such as volumes
 */
export function classesOfClusters(
  pairs: readonly RenderedPair[],
  files: readonly JsonObject[],
  targetOf: TargetOf,
  side: 'base' | 'head' = 'head',
): ClassesOf {
  const rendered = pairs.flatMap((pair) => {
    const rendering = side === 'base' ? pair.base : after(pair)
    if (rendering?.state !== 'rendered') return []
    const cluster = rendering.target.cluster ?? ''
    return rendering.objects.flatMap(({ identity, object }) =>
      Object.hasOwn(groups, identity.kind) ? [{ cluster, of: groupKind(identity), object }] : [],
    )
  })
  return (target, kind, which) => {
    const here = targetOf(target)?.cluster ?? ''
    const own = rendered.find(
      ({ cluster, of, object }) =>
        (here === '' || cluster === '' || cluster === here) &&
        of === `${groups[kind]}/${kind}` &&
        fits(object, which),
    )
    if (own !== undefined) return own.object
    const found = files.filter((object) => isClass(object, kind) && fits(object, which))
    const [first] = found
    return new Set(found.map((object) => JSON.stringify(object))).size === 1 ? first : undefined
  }
}

/** What a target holds after the merge; where that is not known, what it held before. */
function after({ base, head }: RenderedPair): RenderedPair['head'] {
  return head === undefined || head.state === 'rendered' ? head : base
}

function isClass(object: JsonObject, kind: ClassKind): boolean {
  const apiVersion = object['apiVersion']
  return (
    object['kind'] === kind && typeof apiVersion === 'string' && apiVersion.startsWith(`${groups[kind]}/`)
  )
}

function fits(object: JsonObject, which: string | ((object: JsonObject) => boolean)): boolean {
  return typeof which === 'string' ? textAt(object, 'metadata', 'name') === which : which(object)
}
