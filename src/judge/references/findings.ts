import { withoutHashSuffix } from '../../compare/hash-suffix.ts'
import type { Change } from '../../model/change.ts'
import type { RawFinding } from '../../model/finding.ts'
import { displayName, type RenderedObject } from '../../model/object.ts'
import type { RenderedPair } from '../../model/rendering.ts'
import { elementOf } from '../field-steps.ts'
import type { TargetOf } from '../environments.ts'
import type { Found, Side } from '../judgement.ts'
import { knownNames, namespaceIn, type KnownNames } from './known.ts'
import { similarName } from './names.ts'
import { referencesOf } from './objects.ts'
import type { Reference } from './reference.ts'
import { formatPath } from '../schema/path.ts'
import { withStatus, type FoundWithStatus } from '../status.ts'

interface Names {
  readonly base: KnownNames
  readonly head: KnownNames
}

/**
 * References to objects that are not there, all advisory, since an object may come from elsewhere: what this change
 * deletes or renames while something still refers to it, and what is missing and looks like a slip.
 */
export function brokenReferences(
  changes: readonly Change[],
  pairs: readonly RenderedPair[],
  targetOf: TargetOf,
): readonly FoundWithStatus[] {
  const byCluster = new Map<string, Names>()
  const namesOf = (change: Change): Names => {
    const cluster = targetOf(change.target)?.cluster ?? ''
    const known = byCluster.get(cluster) ?? {
      base: knownNames(pairs, 'base', cluster),
      head: knownNames(pairs, 'head', cluster),
    }
    byCluster.set(cluster, known)
    return known
  }
  const removed = changes.flatMap((change) => {
    const { base, head } = namesOf(change)
    return open(change, 'head', head, targetOf).flatMap(({ object, reference }) =>
      base.has(reference) ? [removedReference(change, object, reference, { base, head })] : [],
    )
  })
  const byId = new Map(pairs.map((pair) => [pair.id, pair]))
  const own = (change: Change, side: Side): KnownNames => {
    const pair = byId.get(change.target)
    return knownNames(pair === undefined ? [] : [pair], side, '')
  }
  const missing = (side: Side): Found[] =>
    changes.flatMap((change) => {
      if (change.operation === 'NONE') return []
      const names = namesOf(change)
      return open(change, side, names[side], targetOf).flatMap(({ object, reference, all }) =>
        names.base.has(reference)
          ? []
          : missingReference(change, object, reference, all, names[side], () => own(change, side)),
      )
    })
  return [
    ...removed.map((found): FoundWithStatus => ({ ...found, status: 'new', side: 'head' })),
    ...withStatus(missing('base'), missing('head')),
  ]
}

/** References of one side of a change to what that side does not hold; one for each object that is referred to. */
function open(
  change: Change,
  side: Side,
  names: KnownNames,
  targetOf: TargetOf,
): { object: RenderedObject; reference: Reference; all: readonly Reference[] }[] {
  const object = side === 'head' ? change.new : change.old
  if (object === undefined) return []
  const all = referencesOf(object, namespaceIn(object, targetOf(change.target)?.namespace))
  const seen = new Set<string>()
  return all.flatMap((reference) => {
    const key = keyOf(reference)
    if (seen.has(key) || isGiven(reference) || names.has(reference)) return []
    seen.add(key)
    return [{ object, reference, all }]
  })
}

function keyOf({ group, kind, namespace, name }: Reference): string {
  return JSON.stringify([group, kind, namespace, name])
}

/** What every cluster has: the default account, the root certificates and Kubernetes' own roles. */
function isGiven({ kind, name }: Reference): boolean {
  switch (kind) {
    case 'ServiceAccount':
      return name === 'default'
    case 'ConfigMap':
      return name === 'kube-root-ca.crt'
    case 'ClusterRole':
      return ['cluster-admin', 'admin', 'edit', 'view'].includes(name) || name.startsWith('system:')
    case 'Service':
      return name === 'kubernetes'
    default:
      return false
  }
}

function removedReference(
  change: Change,
  object: RenderedObject,
  reference: Reference,
  { base, head }: Names,
): Found {
  const added = head.beside(reference).filter((name) => !base.has({ ...reference, name }))
  const successor = similarName(reference.name, added) ?? (added.length === 1 ? added[0] : undefined)
  return foundOf(change, object, reference, {
    rule: 'safety/removed-reference',
    severity: 'high',
    message: `refers to ${nameOf(reference)}, which this change removes${successor === undefined ? '' : `; it adds ${reference.kind} ${successor}`}`,
    remedy:
      successor === undefined
        ? `remove the reference, or keep the ${reference.kind}`
        : `refer to ${successor}, or keep the ${reference.kind} ${reference.name}`,
  })
}

/** Kinds that are nearly always made by the target that uses them, when that target makes any of them. */
const usuallyBeside: ReadonlySet<string> = new Set([
  'ConfigMap',
  'ServiceAccount',
  'Service',
  'Role',
  'Deployment',
  'StatefulSet',
])

/**
 * A missing object with a similar name beside it is probably misspelt. Without one it is usual: Secrets and claims are
 * made by operators and by hand, so those are not told at all.
 */
function missingReference(
  change: Change,
  object: RenderedObject,
  reference: Reference,
  all: readonly Reference[],
  names: KnownNames,
  own: () => KnownNames,
): Found[] {
  const beside = names.beside(reference)
  // A name that the same object uses as well is no misspelling of this one.
  const used = new Set(
    all.flatMap(({ kind, name }) => (kind === reference.kind && name !== reference.name ? [name] : [])),
  )
  const similar = similarName(
    reference.name,
    beside.filter((name) => !used.has(name)),
  )
  if (similar !== undefined) {
    const isGenerated = withoutHashSuffix(similar) !== undefined
    return [
      foundOf(change, object, reference, {
        rule: 'safety/missing-reference',
        severity: 'medium',
        message: `nothing here defines ${nameOf(reference)}, did you mean ${similar}?`,
        remedy: isGenerated
          ? `let kustomize rewrite the name (nameReference), or refer to ${similar}`
          : `refer to ${similar}, or ignore this if ${reference.name} is made elsewhere`,
      }),
    ]
  }
  if (!usuallyBeside.has(reference.kind) || own().beside(reference).length === 0) return []
  return [
    foundOf(change, object, reference, {
      rule: 'safety/missing-reference',
      severity: 'info',
      message: `nothing here defines ${nameOf(reference)}; it has to come from elsewhere`,
    }),
  ]
}

function nameOf({ group, kind, namespace, name }: Reference): string {
  return displayName({ group, kind, namespace, name })
}

function foundOf(
  { identity, target }: Change,
  object: RenderedObject,
  { steps, kind, name }: Reference,
  finding: Pick<RawFinding, 'rule' | 'severity' | 'message' | 'remedy'>,
): Found {
  const path = formatPath(steps)
  return {
    object,
    finding: {
      ...finding,
      source: 'safety',
      level: 'advisory',
      object: identity,
      target,
      path,
      element: `${elementOf(object.object, path)} ${kind} ${name}`,
    },
  }
}
