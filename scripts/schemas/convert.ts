/**
 * OpenAPI v3 of Kubernetes → the small JSON-schema dialect of the artefact. What the API server's JSON decoder accepts
 * is what these schemas accept: the decoder knows fields and types, ignores `required` and defaults, and takes null
 * for "not set" everywhere. Names of the dialect: src/judge/schema/catalogue.ts.
 */
import type { OpenApiSchema } from './sources.ts'

/** A converted schema; `$ref` still names a component of its own document. */
export interface ConvertedSchema {
  $ref?: string
  type?: string
  format?: string
  properties?: Record<string, ConvertedSchema>
  required?: string[]
  items?: ConvertedSchema
  additionalProperties?: ConvertedSchema
  listType?: string
  listKeys?: string[]
  mergeKey?: string
}

/** Components whose Go type reads JSON by its own method; their OpenAPI says less than what they take. */
const special: Record<string, ConvertedSchema> = {
  // resource.Quantity: a string such as `500m`, or a plain number.
  'io.k8s.apimachinery.pkg.api.resource.Quantity': { type: 'quantity' },
  // intstr.IntOrString: up to 1.23 its schema claimed "string".
  'io.k8s.apimachinery.pkg.util.intstr.IntOrString': { type: 'int-or-string' },
}

/** All components of a document, converted; references to plain values are replaced by the value's own type. */
export function convertComponents(components: Record<string, OpenApiSchema>): Map<string, ConvertedSchema> {
  const converted = new Map(Object.entries(components).map(([name, schema]) => [name, convert(schema, name)]))
  for (const [name, schema] of converted) converted.set(name, inlineValues(schema, converted))
  return converted
}

/** `$ref` to a component without structure (times, quantities, raw JSON) costs a function call and says nothing. */
function inlineValues(
  schema: ConvertedSchema,
  components: ReadonlyMap<string, ConvertedSchema>,
): ConvertedSchema {
  if (schema.$ref !== undefined) {
    const target = components.get(schema.$ref)
    const structured = target?.properties ?? target?.items ?? target?.additionalProperties ?? target?.$ref
    return target === undefined || structured !== undefined ? schema : target
  }
  const copy = { ...schema }
  if (schema.items !== undefined) copy.items = inlineValues(schema.items, components)
  if (schema.additionalProperties !== undefined)
    copy.additionalProperties = inlineValues(schema.additionalProperties, components)
  if (schema.properties !== undefined)
    copy.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, inlineValues(property, components)]),
    )
  return copy
}

/** Annotations, enum-like hints, defaults and descriptions are dropped: they decide nothing about acceptance. */
function convert(schema: OpenApiSchema, component?: string): ConvertedSchema {
  const known = component === undefined ? undefined : special[component]
  if (known !== undefined) return known
  const reference = schema.$ref ?? (schema.allOf?.length === 1 ? schema.allOf[0]?.$ref : undefined)
  const merging = mergeAnnotations(schema)
  if (reference !== undefined) return { $ref: reference.slice('#/components/schemas/'.length), ...merging }
  if (schema.allOf !== undefined || schema.oneOf !== undefined)
    throw new Error(`unexpected combinator in ${component ?? 'a property'}: teach convert() what it means`)

  switch (schema.type) {
    // apiextensions JSON and JSONSchemaPropsOr…: any value.
    case undefined:
      return {}
    case 'object':
      return { ...convertObject(schema), ...merging }
    case 'array':
      return { type: 'array', items: convert(schema.items ?? {}), ...merging }
    case 'integer':
      // Other formats are left to the admission engine: 64-bit numbers do not survive JavaScript, and base64 and times
      // are decoded there by the very code of the server.
      return schema.format === 'int32' ? { type: 'integer', format: 'int32' } : { type: 'integer' }
    case 'string':
    case 'number':
    case 'boolean':
      return { type: schema.type }
    default:
      throw new Error(`unexpected type ${schema.type}`)
  }
}

/**
 * Objects with properties are closed. Objects without any (RawExtension, FieldsV1, and empty Go structs, which look
 * the same) stay open: strict decoding in the admission engine knows the difference.
 */
function convertObject(schema: OpenApiSchema): ConvertedSchema {
  const { properties, additionalProperties, required } = schema
  const converted: ConvertedSchema = { type: 'object' }
  if (properties !== undefined) {
    converted.properties = Object.fromEntries(
      Object.keys(properties)
        .sort()
        .map((name) => [name, convert(properties[name] ?? {})]),
    )
    if (required !== undefined && required.length > 0) converted.required = [...required].sort()
  }
  if (typeof additionalProperties === 'object') converted.additionalProperties = convert(additionalProperties)
  return converted
}

/** How server-side apply and strategic merge treat a list or map: what the compare room needs to pair elements. */
function mergeAnnotations(
  schema: OpenApiSchema,
): Pick<ConvertedSchema, 'listType' | 'listKeys' | 'mergeKey'> {
  const annotations: Pick<ConvertedSchema, 'listType' | 'listKeys' | 'mergeKey'> = {}
  // `atomic` is what a list is when nothing is said.
  const listType = schema['x-kubernetes-list-type']
  if (listType !== undefined && listType !== 'atomic') annotations.listType = listType
  const listKeys = schema['x-kubernetes-list-map-keys']
  if (listKeys !== undefined) annotations.listKeys = listKeys
  const mergeKey = schema['x-kubernetes-patch-merge-key']
  if (mergeKey !== undefined && (schema['x-kubernetes-patch-strategy'] ?? '').includes('merge'))
    annotations.mergeKey = mergeKey
  return annotations
}
