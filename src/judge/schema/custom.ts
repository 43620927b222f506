/**
 * CustomResourceDefinitions as schemas. They come from the repository or from a render, in the pull request's head too:
 * everything here treats them as hostile data. A definition that is wrong in itself is the admission engine's finding;
 * here it only means that its objects cannot be checked.
 */
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { ShippedDefinition } from './catalogue.ts'

export interface CustomVersion {
  readonly served: boolean
  /** `openAPIV3Schema`; absent when the definition has none. */
  readonly schema?: JsonObject
}

export interface CustomKind {
  readonly group: string
  readonly kind: string
  readonly plural: string
  readonly namespaced: boolean
  readonly versions: ReadonlyMap<string, CustomVersion>
  /** The legacy switch `spec.preserveUnknownFields`: nothing is pruned. */
  readonly preserveUnknownFields: boolean
  /** The definition is not the cluster's own but comes with preadmit: a version that it lacks may be served there. */
  readonly shipped: boolean
}

/** Custom kinds by `group/Kind`. */
export type CustomResources = ReadonlyMap<string, CustomKind>

/**
 * Custom kinds of definitions, those that come with preadmit (`shipped`) among them; later definitions of the same kind win, as the later apply does. Only
 * `apiextensions.k8s.io/v1` counts: v1beta1 is not served by any embedded minor and reported as removed.
 */
export function readCustomResources(
  definitions: Iterable<JsonObject>,
  shipped: readonly ShippedDefinition[] = [],
): CustomResources {
  const ours = new Set(shipped.map(({ kind }) => kind))
  const kinds = new Map<string, CustomKind>()
  for (const definition of definitions) {
    if (
      definition['kind'] !== 'CustomResourceDefinition' ||
      definition['apiVersion'] !== 'apiextensions.k8s.io/v1'
    )
      continue
    const kind = readKind(definition['spec'])
    if (kind !== undefined) kinds.set(customKey(kind), { ...kind, shipped: ours.has(customKey(kind)) })
  }
  return kinds
}

export function customKey({ group, kind }: { group: string; kind: string }): string {
  return `${group}/${kind}`
}

function readKind(spec: Json | undefined): Omit<CustomKind, 'shipped'> | undefined {
  if (!isJsonObject(spec)) return undefined
  const names = spec['names']
  const { group, versions, scope } = spec
  if (typeof group !== 'string' || !isJsonObject(names) || !Array.isArray(versions)) return undefined
  const { kind, plural } = names
  if (typeof kind !== 'string' || typeof plural !== 'string') return undefined
  return {
    group,
    kind,
    plural,
    namespaced: scope === 'Namespaced',
    preserveUnknownFields: spec['preserveUnknownFields'] === true,
    versions: new Map((versions as readonly Json[]).flatMap(readVersion)),
  }
}

function readVersion(version: Json): [string, CustomVersion][] {
  if (!isJsonObject(version) || typeof version['name'] !== 'string') return []
  const validation = version['schema']
  const schema = isJsonObject(validation) ? validation['openAPIV3Schema'] : undefined
  const served = version['served'] === true
  return [[version['name'], isJsonObject(schema) ? { served, schema } : { served }]]
}
