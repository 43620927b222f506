/** The catalogue's definitions as precompiled ajv functions: nothing is compiled or evaluated at run time. */
import { Ajv, type SchemaObject } from 'ajv'
import standaloneCode from 'ajv/dist/standalone/index.js'
import type { Catalogue, SchemaDefinition } from '../../src/judge/schema/catalogue.ts'

/**
 * JavaScript of one function per definition; `validators[position]` validates against a definition. Errors hold
 * keyword, instance path and parameters and no texts: sentences are src/judge/schema/messages.ts's work.
 */
export function generateValidators({ kinds, metadata, definitions }: Catalogue): string {
  const ajv = new Ajv({
    allErrors: true,
    messages: false,
    // Each definition is one function however often it is used.
    inlineRefs: false,
    strict: false,
    code: { source: true, esm: true, lines: false, optimize: true },
  })
  definitions.forEach((definition, position) =>
    ajv.addSchema({ $id: name(position), ...toJsonSchema(definition) }),
  )
  const roots = new Set([
    metadata,
    ...kinds.flatMap((kind) => kind.definitions.map(([, , position]) => position)),
  ])
  const generate = standaloneCode as unknown as (ajv: Ajv, names: Record<string, string>) => string
  const code = generate(
    ajv,
    Object.fromEntries([...roots].map((position) => [name(position), name(position)])),
  )
  return boundErrors(code)
}

function name(position: number): string {
  return `d${position}`
}

/**
 * ajv joins the errors of a referenced definition by copying all that were found before: a list of a million wrong
 * elements would cost their square (threats T39, T46). The copy becomes an append that stops at a thousand, far above
 * what any report shows.
 */
function boundErrors(code: string): string {
  const copy = /vErrors === null \? ([\w.]+)\.errors : vErrors\.concat\(\1\.errors\)/g
  const bounded = code.replace(copy, 'joinErrors(vErrors, $1.errors)')
  if (bounded === code || bounded.includes('.concat('))
    throw new Error('ajv joins errors in another way than expected')
  return `${bounded}
function joinErrors(found, more) {
  if (found === null) return more;
  for (let i = 0; i < more.length && found.length < 1000; i++) found.push(more[i]);
  return found;
}`
}

/** Null stands for "not set" wherever the server decodes, so every type admits it. */
function toJsonSchema(definition: SchemaDefinition): SchemaObject {
  if (definition.$ref !== undefined) return { $ref: name(Number(definition.$ref)) }
  switch (definition.type) {
    case undefined:
      return {}
    case 'quantity':
      return { type: ['string', 'number', 'null'] }
    case 'int-or-string':
      return { type: ['integer', 'string', 'null'] }
    case 'array':
      return { type: ['array', 'null'], items: toJsonSchema(definition.items ?? {}) }
    case 'object':
      return objectSchema(definition)
    case 'integer': {
      const bounds = definition.format === 'int32' ? { minimum: -(2 ** 31), maximum: 2 ** 31 - 1 } : {}
      return { type: ['integer', 'null'], ...bounds }
    }
    default:
      return { type: [definition.type, 'null'] }
  }
}

function objectSchema({ properties, additionalProperties, required }: SchemaDefinition): SchemaObject {
  const schema: SchemaObject = { type: ['object', 'null'] }
  if (properties !== undefined) {
    schema['properties'] = Object.fromEntries(
      Object.entries(properties).map(([property, definition]) => [property, toJsonSchema(definition)]),
    )
    schema['additionalProperties'] = false
    if (required !== undefined) schema['required'] = required
  } else if (additionalProperties !== undefined) {
    schema['additionalProperties'] = toJsonSchema(additionalProperties)
  }
  return schema
}
