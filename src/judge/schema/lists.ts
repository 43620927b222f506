/**
 * How the lists of a kind are merged: which fields name an element. The compare room pairs elements by them, and
 * fingerprints are made of them instead of positions.
 */
import type { PathStep } from '../../engine/api.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { ListReader, ListSemantics, ListsOfObject } from '../../model/list.ts'
import { splitApiVersion } from '../../model/object.ts'
import type { RenderedPair } from '../../model/rendering.ts'
import {
  childDefinition,
  definitionAt,
  resolveDefinition,
  type GroupVersionKind,
  type Schemas,
  embeddedMinor,
  kindKey,
} from './catalogue.ts'
import { customKey, readCustomResources, type CustomResources } from './custom.ts'
import { fieldSchema } from './structural.ts'

export type { ListReader, ListSemantics }

const atomic: ListSemantics = { type: 'atomic', keys: [] }

/**
 * The lists of a kind: of the embedded minor that serves it (the nearest one otherwise), or of its CRD. Server-side
 * apply's keys win over the patch merge key, which stands alone in a few old lists (`volumes`, `imagePullSecrets`).
 */
export function listsOf(
  schemas: Schemas,
  kind: GroupVersionKind,
  kubernetes: string,
  customResources: CustomResources,
): ListReader {
  const entry = schemas.kinds.get(kindKey(kind))
  if (entry !== undefined) {
    const minor = embeddedMinor(schemas.catalogue, kubernetes)?.index ?? schemas.catalogue.minors.length - 1
    const position = definitionAt(entry, minor) ?? entry.definitions.at(-1)?.[2] ?? -1
    return (path) => builtinList(schemas, position, path)
  }
  const schema = customResources.get(customKey(kind))?.versions.get(kind.version)?.schema
  return (path) => (schema === undefined ? undefined : customList(schema, path))
}

function builtinList(
  { catalogue }: Schemas,
  position: number,
  path: readonly PathStep[],
): ListSemantics | undefined {
  let schema = catalogue.definitions[position]
  for (const step of path)
    schema = schema === undefined ? undefined : childDefinition(catalogue, schema, step)
  if (schema === undefined || resolveDefinition(catalogue, schema).type !== 'array') return undefined
  if (schema.listType === 'set') return { type: 'set', keys: [] }
  if (schema.listKeys !== undefined) return { type: 'map', keys: schema.listKeys }
  if (schema.mergeKey !== undefined) return { type: 'map', keys: [schema.mergeKey] }
  return atomic
}

function customList(root: JsonObject, path: readonly PathStep[]): ListSemantics | undefined {
  let schema: Json | undefined = root
  for (const step of path) {
    if (!isJsonObject(schema)) return undefined
    schema = typeof step === 'number' ? schema['items'] : fieldSchema(schema, step)
  }
  if (!isJsonObject(schema) || schema['type'] !== 'array') return undefined
  const keys = schema['x-kubernetes-list-map-keys']
  if (schema['x-kubernetes-list-type'] === 'set') return { type: 'set', keys: [] }
  if (schema['x-kubernetes-list-type'] !== 'map' || !Array.isArray(keys)) return atomic
  return { type: 'map', keys: (keys as readonly Json[]).filter((key) => typeof key === 'string') }
}

/**
 * The lists of every rendered object, by the minor of its target and the definitions that are rendered with it (those of
 * head win). Readers are kept, since a repository holds few kinds and many objects.
 * @param kubernetes minor for targets that name none
 */
export function listsOfRendered(
  pairs: readonly RenderedPair[],
  schemas: Schemas,
  kubernetes: string,
): ListsOfObject {
  const definitions = (['base', 'head'] as const).flatMap((side) =>
    pairs.flatMap((pair) => {
      const rendering = pair[side]
      return rendering?.state === 'rendered' ? rendering.objects.map(({ object }) => object) : []
    }),
  )
  const customResources = readCustomResources(definitions)
  const readers = new Map<string, ListReader>()
  return ({ apiVersion, identity: { kind } }, target) => {
    const minor = target.kubernetes ?? kubernetes
    const key = JSON.stringify([apiVersion, kind, minor])
    const reader =
      readers.get(key) ?? listsOf(schemas, { ...splitApiVersion(apiVersion), kind }, minor, customResources)
    readers.set(key, reader)
    return reader
  }
}
