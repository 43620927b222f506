/** Names of fields of every known kind, by which a path stays legible where a Secret's value is the same word. */
import type { FieldNames } from '../../compare/secrets.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { RenderedPair } from '../../model/rendering.ts'
import { resolveDefinition, type Catalogue, type SchemaDefinition, type Schemas } from './catalogue.ts'

/**
 * @param definitions CustomResourceDefinitions, also those of a pull request: whoever names a field so sees that name in
 * its own manifest
 */
export function fieldNames(
  { catalogue, shipped }: Pick<Schemas, 'catalogue' | 'shipped'>,
  definitions: Iterable<JsonObject>,
): FieldNames {
  const fields = new Set<string>()
  const structs = new Set<string>()
  const names: Names = { fields, structs, maps: new Set(), open: new Set() }
  for (const definition of catalogue.definitions) builtinNames(catalogue, definition, names)
  for (const { definition } of shipped) customNames(definition(), names)
  for (const definition of definitions) customNames(definition, names)
  // `spec` has fields although one kind's is open; what a custom kind calls a map may have fields elsewhere.
  const open = [...names.open].filter((name) => !structs.has(name))
  return { fields, maps: new Set([...names.maps, ...open]) }
}

interface Names {
  readonly fields: Set<string>
  /** Fields that have fields. */
  readonly structs: Set<string>
  /** Fields below which every name is allowed and has a type: `labels`. */
  readonly maps: Set<string>
  /** Fields of which nothing is said. */
  readonly open: Set<string>
}

function builtinNames(catalogue: Catalogue, definition: SchemaDefinition, names: Names): void {
  for (const [name, property] of Object.entries(definition.properties ?? {})) {
    names.fields.add(name)
    let { items, ...value } = resolveDefinition(catalogue, property)
    while (items !== undefined) ({ items, ...value } = resolveDefinition(catalogue, items))
    if (value.properties !== undefined) names.structs.add(name)
    else if (value.additionalProperties !== undefined) names.maps.add(name)
    else if (value.type === 'object' || value.type === undefined) names.open.add(name)
    if (property.$ref === undefined) builtinNames(catalogue, property, names)
  }
  for (const inner of [definition.items, definition.additionalProperties])
    if (inner !== undefined && inner.$ref === undefined) builtinNames(catalogue, inner, names)
}

function customNames(definition: JsonObject, names: Names): void {
  const spec = definition['spec']
  const versions = isJsonObject(spec) ? spec['versions'] : undefined
  if (!Array.isArray(versions)) return
  const open: Json[] = (versions as readonly Json[]).flatMap((version) => {
    const schema = isJsonObject(version) ? version['schema'] : undefined
    return isJsonObject(schema) && schema['openAPIV3Schema'] !== undefined ? [schema['openAPIV3Schema']] : []
  })
  for (let schema = open.pop(); schema !== undefined; schema = open.pop()) {
    if (!isJsonObject(schema)) continue
    const { properties, items, additionalProperties } = schema
    for (const inner of [items, additionalProperties]) if (isJsonObject(inner)) open.push(inner)
    if (!isJsonObject(properties)) continue
    for (const [name, property] of Object.entries(properties)) {
      names.fields.add(name)
      if (!isJsonObject(property)) continue
      const value = isJsonObject(property['items']) ? property['items'] : property
      if (value['properties'] !== undefined) names.structs.add(name)
      else if (value['type'] === 'object' || value['type'] === undefined) names.open.add(name)
      open.push(property)
    }
  }
}

/** Definitions among what was rendered, on both sides. */
export function renderedDefinitions(pairs: readonly RenderedPair[]): readonly JsonObject[] {
  return pairs.flatMap(({ base, head }) =>
    [base, head].flatMap((side) =>
      side?.state === 'rendered'
        ? side.objects.flatMap(({ object, identity: { kind } }) =>
            kind === 'CustomResourceDefinition' ? [object] : [],
          )
        : [],
    ),
  )
}
