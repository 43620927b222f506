/** Definitions of custom resources as an engine needs them to judge objects: their prose decides nothing. */
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'

/** Schemas that nest deeper are left as they are; the deepest public ones have some thirty levels. */
const deepest = 200

/** Members of a schema that hold one more, or a list of them. What `default`, `enum` and `example` hold are values. */
const schemas = ['items', 'additionalProperties', 'allOf', 'anyOf', 'oneOf', 'not']

/**
 * A CustomResourceDefinition without the descriptions in its schemas, which are four fifths of the public ones. Only
 * texts go: a description that is none stays for the engine to refuse. The definition given is not changed.
 */
export function withoutDescriptions(definition: JsonObject): JsonObject {
  const spec = definition['spec']
  if (!isJsonObject(spec) || !Array.isArray(spec['versions'])) return definition
  return { ...definition, spec: { ...spec, versions: (spec['versions'] as readonly Json[]).map(version) } }
}

function version(value: Json): Json {
  if (!isJsonObject(value) || !isJsonObject(value['schema'])) return value
  const root = value['schema']['openAPIV3Schema']
  if (root === undefined) return value
  return { ...value, schema: { ...value['schema'], openAPIV3Schema: schema(root, 0) } }
}

function schema(value: Json, depth: number): Json {
  if (depth > deepest) return value
  if (Array.isArray(value)) return (value as readonly Json[]).map((one) => schema(one, depth + 1))
  if (!isJsonObject(value)) return value
  const entries = Object.entries(value)
    .filter(([name, member]) => name !== 'description' || typeof member !== 'string')
    .map(([name, member]): [string, Json] => {
      if (schemas.includes(name)) return [name, schema(member, depth + 1)]
      return [name, name === 'properties' && isJsonObject(member) ? properties(member, depth + 1) : member]
    })
  return Object.fromEntries(entries)
}

function properties(value: JsonObject, depth: number): Json {
  return Object.fromEntries(Object.entries(value).map(([name, member]) => [name, schema(member, depth)]))
}
