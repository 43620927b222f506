import { objectAt, textAt } from '../discover/fields.ts'
import type { Json, JsonObject } from '../model/json.ts'
import {
  type Origin,
  displayName,
  identityKey,
  splitApiVersion,
  type ObjectIdentity,
  type RenderedObject,
} from '../model/object.ts'
import { isJsonObject } from '../model/json.ts'
import type { Target } from '../model/target.ts'
import { hookOf } from './hook.ts'
import type { Draft } from './outcome.ts'
import { originLabels, withMetadata } from './post-render.ts'
import { isNamespaced, scopesOf, type KnownScopes } from './scope.ts'

export interface Identified {
  readonly objects: readonly RenderedObject[]
  readonly warnings: readonly string[]
}

/**
 * Turns what a tool rendered into the objects that the cluster would get: Lists opened, namespaces filled in where
 * the target's tool does so, the marks of its controller, and one object for each identity (the last one wins).
 */
export function identify(
  drafts: readonly Draft[],
  target: Target,
  commonMetadata:
    { labels: Readonly<Record<string, string>>; annotations: Readonly<Record<string, string>> } | undefined,
): Identified {
  const opened = drafts.flatMap(openList)
  const scopes = scopesOf(opened.map((draft) => draft.object))
  const warnings: string[] = []
  const byKey = new Map<string, RenderedObject>()
  const repeated = new Map<string, number>()

  for (const draft of opened) {
    // Without one it is an object all the same, which the API server refuses.
    const apiVersion = textAt(draft.object, 'apiVersion') ?? ''
    const kind = textAt(draft.object, 'kind')
    if (kind === undefined || kind === '') {
      warnings.push(`a document without kind was left out${placeOf(draft)}`)
      continue
    }
    if (hasLineBreak(draft.object)) {
      warnings.push(`an object with a line break in its name was left out${placeOf(draft)}`)
      continue
    }
    const object = mark(settle(draft.object, target, scopes), target, scopes, commonMetadata)
    const identity = apart(identityOf(object, apiVersion, kind, target, scopes), object, byKey)
    const hook = hookOf(object, draft.hook, target)
    const key = identityKey(identity)
    if (byKey.has(key)) {
      repeated.set(key, (repeated.get(key) ?? 1) + 1)
      // A repeated object takes its last place too: everything is ordered as it will be applied.
      byKey.delete(key)
    }
    byKey.set(key, {
      identity,
      apiVersion,
      object,
      origin: withDefinition(draft.origin, target, commonMetadata !== undefined),
      ...(hook === undefined ? {} : { hook }),
    })
  }
  for (const [key, count] of repeated) {
    const identity = byKey.get(key)?.identity
    if (identity !== undefined)
      warnings.push(`${displayName(identity)} is rendered ${count} times: the last one wins`)
  }
  return { objects: [...byKey.values()], warnings }
}

/** With the definition, where it may have changed the object; metadata that every object gets stands in it. */
function withDefinition(origin: Origin, { definition }: Target, forAll: boolean): Origin {
  if (definition === undefined) return origin
  const changedBy = [...(origin.changedBy ?? []), ...(forAll ? [definition.file] : [])]
  if (!changedBy.includes(definition.file) && origin.values?.includes(definition.file) !== true) return origin
  return { ...origin, ...(changedBy.length === 0 ? {} : { changedBy: [...new Set(changedBy)] }), definition }
}

function identityOf(
  object: JsonObject,
  apiVersion: string,
  kind: string,
  target: Target,
  scopes: KnownScopes,
): ObjectIdentity {
  const { group } = splitApiVersion(apiVersion)
  const generateName = textAt(object, 'metadata', 'generateName')
  const name = textAt(object, 'metadata', 'name') || (generateName === undefined ? '' : `${generateName}*`)
  const namespace = isNamespaced(apiVersion, kind, scopes)
    ? textAt(object, 'metadata', 'namespace') || (target.namespace ?? '')
    : ''
  return { group, kind, namespace, name }
}

/**
 * Objects that have their names drawn are never the same one: the second and later of a prefix get a number (Argo CD's
 * DeduplicateTargetObjects).
 */
function apart(
  identity: ObjectIdentity,
  object: JsonObject,
  taken: ReadonlyMap<string, RenderedObject>,
): ObjectIdentity {
  if ((textAt(object, 'metadata', 'name') ?? '') !== '' || identity.name === '') return identity
  let free = identity
  for (let number = 2; taken.has(identityKey(free)); number += 1)
    free = { ...identity, name: `${identity.name}#${number}` }
  return free
}

/** Argo CD's controller fills in the destination and clears the namespace of what has none; others leave objects alone. */
function settle(object: JsonObject, target: Target, scopes: KnownScopes): JsonObject {
  if (target.kind !== 'argocd') return object
  const metadata = objectAt(object, 'metadata') ?? {}
  const written = textAt(metadata, 'namespace')
  const namespaced = isNamespaced(textAt(object, 'apiVersion') ?? '', textAt(object, 'kind') ?? '', scopes)
  if (namespaced) {
    if ((written ?? '') !== '' || target.namespace === undefined) return object
    return { ...object, metadata: { ...metadata, namespace: target.namespace } }
  }
  if (written === undefined) return object
  const { namespace: cleared, ...rest } = metadata
  return cleared === undefined ? object : { ...object, metadata: rest }
}

/**
 * What controllers write on their objects: Argo CD's tracking annotation (its default method; never on definitions of
 * custom resources), kustomize-controller's labels and commonMetadata, which can overwrite them.
 */
function mark(
  object: JsonObject,
  target: Target,
  scopes: KnownScopes,
  common: Parameters<typeof identify>[2],
): JsonObject {
  if (target.owner === undefined) return object
  if (target.kind === 'flux-kustomization') {
    const marked = withMetadata(
      readableLabels(object, common !== undefined),
      originLabels('kustomize.toolkit.fluxcd.io', target.owner),
      {},
    )
    return common === undefined ? marked : withMetadata(marked, common.labels, common.annotations)
  }
  if (target.kind !== 'argocd' || textAt(object, 'kind') === 'CustomResourceDefinition') return object
  const apiVersion = textAt(object, 'apiVersion') ?? ''
  const kind = textAt(object, 'kind') ?? ''
  const own = isNamespaced(apiVersion, kind, scopes) ? textAt(object, 'metadata', 'namespace') : undefined
  const { group } = splitApiVersion(apiVersion)
  const id = `${target.owner.instance ?? target.owner.name}:${group}/${kind}:${own ?? target.namespace ?? ''}/${textAt(object, 'metadata', 'name') ?? ''}`
  return withMetadata(object, {}, { 'argocd.argoproj.io/tracking-id': id })
}

/**
 * What Go reads of labels (and annotations, when commonMetadata is set) before it writes them back: null is an empty
 * text, and a single value that is no text loses all of them (unstructured.GetLabels). An unquoted `${NUMBER}` does it.
 */
function readableLabels(object: JsonObject, annotationsToo: boolean): JsonObject {
  const metadata: Record<string, Json> = { ...objectAt(object, 'metadata') }
  for (const key of annotationsToo ? (['labels', 'annotations'] as const) : (['labels'] as const)) {
    const map = objectAt(metadata, key)
    if (map === undefined) continue
    const values = Object.values(map)
    if (values.every((value) => typeof value === 'string')) continue
    metadata[key] = values.every((value) => value === null || typeof value === 'string')
      ? Object.fromEntries(Object.entries(map).map(([name, value]) => [name, value ?? '']))
      : {}
  }
  return { ...object, metadata }
}

/** Kinds that end in List and hold items are envelopes, also of each other; `items: null` is an empty one. */
function openList(draft: Draft): Draft[] {
  const { object } = draft
  if (!(textAt(object, 'kind') ?? '').endsWith('List') || !('items' in object)) return [draft]
  const items: Json | undefined = object['items']
  return Array.isArray(items)
    ? (items as readonly Json[]).filter(isJsonObject).flatMap((item) => openList({ ...draft, object: item }))
    : []
}

/** Identities are joined by line breaks, and no server accepts one in a name. */
function hasLineBreak(object: JsonObject): boolean {
  return [
    textAt(object, 'kind'),
    textAt(object, 'apiVersion'),
    textAt(object, 'metadata', 'name'),
    textAt(object, 'metadata', 'namespace'),
  ].some((text) => text?.includes('\n') === true)
}

function placeOf({ origin }: Draft): string {
  const place = origin.file ?? origin.generator
  return place === undefined ? '' : ` (${place})`
}
