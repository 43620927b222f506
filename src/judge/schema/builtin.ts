/** Objects of Kubernetes' own kinds against the precompiled schemas. */
import type { PathStep } from '../../engine/api.ts'
import type { Json, JsonObject } from '../../model/json.ts'
import {
  childDefinition,
  definitionAt,
  resolveDefinition,
  type Catalogue,
  type KindEntry,
  type SchemaDefinition,
  type Schemas,
  type ValidationError,
} from './catalogue.ts'
import { pointerSteps, valueAt } from './path.ts'
import type { Problem } from './problem.ts'

/** @param minor position of a minor that serves the kind */
export function builtinProblems(
  schemas: Schemas,
  entry: KindEntry,
  minor: number,
  object: JsonObject,
): Problem[] {
  const definition = definitionAt(entry, minor)
  if (definition === undefined) throw new Error(`${entry.kind} is not served`)
  const elsewhere = (steps: readonly PathStep[]) => fieldElsewhere(schemas.catalogue, entry, minor, steps)
  return validate(schemas, definition, object, elsewhere)
}

/** The metadata of a custom resource, which the server reads as the same type for every kind. */
export function metadataProblems(schemas: Schemas, metadata: Json, at: readonly PathStep[]): Problem[] {
  return validate(schemas, schemas.catalogue.metadata, metadata, () => undefined).map((problem) => ({
    ...problem,
    steps: [...at, ...problem.steps],
  }))
}

function validate(
  schemas: Schemas,
  definition: number,
  value: Json,
  elsewhere: (steps: readonly PathStep[]) => string | undefined,
): Problem[] {
  const root = schemas.catalogue.definitions[definition] ?? {}
  return schemas
    .validate(definition, value)
    .flatMap((error) => translate(schemas.catalogue, root, value, error, elsewhere) ?? [])
}

function translate(
  catalogue: Catalogue,
  root: SchemaDefinition,
  object: Json,
  error: ValidationError,
  elsewhere: (steps: readonly PathStep[]) => string | undefined,
): Problem | undefined {
  const steps = pointerSteps(object, error.instancePath)
  switch (error.keyword) {
    case 'additionalProperties': {
      const field = [...steps, String(error.params['additionalProperty'])]
      const { properties = {} } = schemaAt(catalogue, root, steps) ?? {}
      const hint = elsewhere(field)
      return {
        kind: 'unknown-field',
        steps: field,
        known: Object.keys(properties),
        pruned: false,
        ...(hint === undefined ? {} : { elsewhere: hint }),
      }
    }
    case 'required':
      // The server forgets the status of what is written to a kind's main resource: it may be incomplete.
      if (steps[0] === 'status') return undefined
      return { kind: 'missing-field', steps: [...steps, String(error.params['missingProperty'])] }
    case 'type':
      return {
        kind: 'wrong-type',
        steps,
        expected: typeNames(schemaAt(catalogue, root, steps)),
        value: valueAt(object, steps) ?? null,
      }
    case 'minimum':
    case 'maximum':
      return {
        kind: 'invalid-value',
        steps,
        // The only bounds of built-in schemas: Go's int32.
        text: 'must fit into 32 bits (−2147483648 to 2147483647)',
        value: valueAt(object, steps) ?? null,
      }
    default:
      throw new Error(`schemas.js uses a keyword that has no sentence: ${error.keyword}`)
  }
}

/** What people call the types; YAML's lists are lists, not arrays. */
function typeNames(schema: SchemaDefinition | undefined): string {
  if (schema?.type === undefined) return 'another type'
  switch (schema.type) {
    case 'quantity':
      return 'quantity (string or number)'
    case 'int-or-string':
      return 'integer or string'
    case 'array':
      return 'list'
    default:
      return schema.type
  }
}

function schemaAt(
  catalogue: Catalogue,
  root: SchemaDefinition,
  steps: readonly PathStep[],
): SchemaDefinition | undefined {
  let schema: SchemaDefinition | undefined = root
  for (const step of steps)
    schema = schema === undefined ? undefined : childDefinition(catalogue, schema, step)
  return schema === undefined ? undefined : resolveDefinition(catalogue, schema)
}

/** For a field that a minor does not know: since or until when others know it, read off the embedded schemas. */
function fieldElsewhere(
  catalogue: Catalogue,
  entry: KindEntry,
  minor: number,
  steps: readonly PathStep[],
): string | undefined {
  const knownIn = catalogue.minors.flatMap((_, index) => {
    const definition = definitionAt(entry, index)
    const root = definition === undefined ? undefined : catalogue.definitions[definition]
    return root !== undefined && schemaAt(catalogue, root, steps) !== undefined ? [index] : []
  })
  const later = knownIn.find((index) => index > minor)
  const earlier = knownIn.findLast((index) => index < minor)
  const declared = catalogue.minors[minor] ?? ''
  if (later !== undefined)
    return `Kubernetes ${declared} does not have it, it exists since ${catalogue.minors[later] ?? ''}`
  if (earlier !== undefined)
    return `Kubernetes ${declared} does not have it, ${catalogue.minors[earlier] ?? ''} was the last that had it`
  return undefined
}
