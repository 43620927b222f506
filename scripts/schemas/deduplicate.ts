/**
 * The same definition stands in up to forty documents of a minor and in many minors. Definitions are joined when they
 * mean the same, references included: partition refinement, as automata are minimised. It needs no order and knows no
 * trouble with the one recursive definition (JSONSchemaProps).
 */
import { createHash } from 'node:crypto'
import type { ConvertedSchema } from './convert.ts'

/** Definitions of one document by component name. */
export type DocumentDefinitions = ReadonlyMap<string, ConvertedSchema>

export interface Deduplicated {
  /** Unique definitions; `$ref` is the position of another one, as a decimal number. */
  definitions: ConvertedSchema[]
  /** For each document: component name → position in `definitions`. */
  positions: Map<string, number>[]
}

/** Joins equal definitions of all documents. The order follows the first use, so it depends on nothing but the input. */
export function deduplicate(documents: readonly DocumentDefinitions[]): Deduplicated {
  const nodes = documents.flatMap((definitions, document) =>
    [...definitions].map(([name, schema]) => ({ document, name, shape: shapeOf(schema) })),
  )
  let colours: readonly ReadonlyMap<string, string>[] = documents.map(
    (definitions) => new Map<string, string>([...definitions.keys()].map((name) => [name, ''])),
  )
  for (let count = 0; ;) {
    const next: Map<string, string>[] = documents.map(() => new Map<string, string>())
    const seen = new Set<string>()
    for (const { document, name, shape } of nodes) {
      const references = shape.references.map((reference) => colourOf(colours, document, reference))
      const colour = digest([shape.text, ...references].join('\n'))
      next[document]?.set(name, colour)
      seen.add(colour)
    }
    colours = next
    // Refinement only ever splits; when a round splits nothing the partition is final.
    if (seen.size === count) break
    count = seen.size
  }
  return number(documents, colours)
}

function number(
  documents: readonly DocumentDefinitions[],
  colours: readonly ReadonlyMap<string, string>[],
): Deduplicated {
  const numbers = new Map<string, number>()
  const firsts: { document: number; schema: ConvertedSchema }[] = []
  const positions = documents.map((definitions, document) => {
    const own = new Map<string, number>()
    for (const [name, schema] of definitions) {
      const colour = colourOf(colours, document, name)
      let position = numbers.get(colour)
      if (position === undefined) {
        position = firsts.push({ document, schema }) - 1
        numbers.set(colour, position)
      }
      own.set(name, position)
    }
    return own
  })
  const definitions = firsts.map(({ document, schema }) =>
    mapReferences(schema, (name) => {
      const position = positions[document]?.get(name)
      if (position === undefined) throw new Error(`${name} is referenced and not defined`)
      return String(position)
    }),
  )
  return { definitions, positions }
}

function colourOf(colours: readonly ReadonlyMap<string, string>[], document: number, name: string): string {
  const colour = colours[document]?.get(name)
  if (colour === undefined) throw new Error(`${name} is referenced and not defined`)
  return colour
}

/** The text of a definition with its references taken out, and the references in order. */
function shapeOf(schema: ConvertedSchema): { text: string; references: string[] } {
  const references: string[] = []
  const text = JSON.stringify(
    mapReferences(schema, (name) => {
      references.push(name)
      return ''
    }),
  )
  return { text, references }
}

/** A copy of a schema with every `$ref` replaced. */
export function mapReferences(schema: ConvertedSchema, replace: (name: string) => string): ConvertedSchema {
  const copy: ConvertedSchema = { ...schema }
  if (schema.$ref !== undefined) copy.$ref = replace(schema.$ref)
  if (schema.items !== undefined) copy.items = mapReferences(schema.items, replace)
  if (schema.additionalProperties !== undefined)
    copy.additionalProperties = mapReferences(schema.additionalProperties, replace)
  if (schema.properties !== undefined)
    copy.properties = Object.fromEntries(
      Object.entries(schema.properties).map(([name, property]) => [name, mapReferences(property, replace)]),
    )
  return copy
}

function digest(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}
