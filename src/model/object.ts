import type { JsonObject } from './json.ts'
import type { Location } from './location.ts'

/** What makes an object the same object on both sides. The API version is not part of it. */
export interface ObjectIdentity {
  /** API group; empty for the core group. */
  readonly group: string
  readonly kind: string
  /** Empty for cluster-scoped objects. */
  readonly namespace: string
  readonly name: string
}

/** A field of an object that a file of the tree holds. */
export interface WrittenField {
  readonly file: string
  readonly kind: string
  readonly name: string
  readonly path: readonly string[]
}

/** Values of a chart that stand in a ConfigMap or Secret. */
export interface ValuesSource extends WrittenField {
  /** The value that the text is, `image.tag`; empty when it is a document of values. */
  readonly targetPath: string
}

/** Where a rendered object came from in the repository, as far as the engines can tell. */
export interface Origin {
  /** Path in the tree of the manifest, template or generator's file. */
  readonly file?: string
  /** Zero-based document in that file, empty ones not counted. */
  readonly document?: number
  /** What generated it when no file holds it: `ConfigMapGenerator`, a Helm template's name. */
  readonly generator?: string
  /** True when `file` is a template: its lines are not those of the object. */
  readonly template?: boolean
  /** The definition among those files, whose file may hold others. */
  readonly definition?: Location
  /** Files that hold the template's values, later ones win: the chart's own, those of the definition, the definition. */
  readonly values?: readonly string[]
  /** ConfigMaps and Secrets with values of the template, later ones win; only the definition's own win over them. */
  readonly valuesFrom?: readonly ValuesSource[]
  /** Where the variables stand that Flux put into it, by their names. */
  readonly variables?: Readonly<Record<string, WrittenField>>
  /** Files that changed it on the way (patches, transformers), in order; paths in the tree. */
  readonly changedBy?: readonly string[]
}

export interface RenderedObject {
  readonly identity: ObjectIdentity
  readonly apiVersion: string
  readonly object: JsonObject
  readonly origin: Origin
  /** Of Helm or Argo CD; absent for ordinary objects. */
  readonly hook?: Hook
}

/** `group/Kind` (or `Kind` for the core group). */
export function groupKind(identity: Pick<ObjectIdentity, 'group' | 'kind'>): string {
  return identity.group === '' ? identity.kind : `${identity.group}/${identity.kind}`
}

/** One string per identity, for maps. No part can hold a newline: names and kinds are checked when objects are made. */
export function identityKey(identity: ObjectIdentity): string {
  return [identity.group, identity.kind, identity.namespace, identity.name].join('\n')
}

/** `Deployment payments/api`, as people write it; `Namespace payments` for cluster-scoped ones. */
export function displayName(identity: ObjectIdentity): string {
  const name = identity.namespace === '' ? identity.name : `${identity.namespace}/${identity.name}`
  return `${identity.kind} ${name}`
}

/** Splits an apiVersion: `apps/v1` → `apps`, `v1`; the core group is empty. */
export function splitApiVersion(apiVersion: string): { group: string; version: string } {
  const slash = apiVersion.indexOf('/')
  return slash < 0
    ? { group: '', version: apiVersion }
    : { group: apiVersion.slice(0, slash), version: apiVersion.slice(slash + 1) }
}

/** An object that a tool creates at an event of its own instead of keeping it. No sync prunes it. */
export interface Hook {
  /** Such as `pre-install`, `PreSync`. */
  readonly events: readonly string[]
  /**
   * `recreated`: deleted before it is created the next time, so that the API server never sees an update; `applied`: what
   * ran well stays, and the next one is written over it; `left-out`: no sync applies it, such as Helm's tests and
   * Argo CD's `Skip`; somebody may still run it.
   */
  readonly fate: 'recreated' | 'applied' | 'left-out'
}
