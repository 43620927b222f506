/** Opens dist/schemas.js and dist/definitions.js. Files of their own (4.5 MB), so that commands which validate nothing never load them. */
import type { JsonObject } from '../../model/json.ts'
import { groupKind } from '../../model/object.ts'
import { kindKey, type Catalogue, type Schemas, type ValidationError } from './catalogue.ts'

/** A precompiled ajv function. */
interface Validator {
  (value: unknown): boolean
  errors?: readonly ValidationError[] | null
}

type Module = Readonly<Record<string, unknown>>

/** What definitions.js exports; `definition` is JSON. */
interface ShippedEntry {
  readonly tool: string
  readonly group: string
  readonly kind: string
  readonly definition: string
}

/**
 * Loads the artefacts (about 70 ms, once per process: Node keeps the modules).
 * @param dist URL of the directory that holds them; the entries know where it is.
 */
export async function loadSchemas(dist: URL): Promise<Schemas> {
  const load = async (file: string): Promise<Module> =>
    (await import(new URL(file, dist).href)) as Record<string, unknown>
  const [schemas, definitions] = await Promise.all([load('schemas.js'), load('definitions.js')])
  return openSchemas(schemas, definitions)
}

/**
 * @param schemas the exports of schemas.js: `catalogue` as JSON and a function `d<position>` per kind's definition.
 * @param shipped those of definitions.js.
 */
export function openSchemas(schemas: Module, shipped: Module): Schemas {
  const catalogue = JSON.parse(schemas['catalogue'] as string) as Catalogue
  return {
    catalogue,
    kinds: new Map(catalogue.kinds.map((entry) => [kindKey(entry), entry])),
    shipped: (shipped['definitions'] as readonly ShippedEntry[]).map(({ tool, definition, ...kind }) => ({
      tool,
      kind: groupKind(kind),
      definition: () => JSON.parse(definition) as JsonObject,
    })),
    validate(definition, value) {
      const validator = schemas[`d${definition}`] as Validator | undefined
      if (validator === undefined) throw new Error(`schemas.js has no function for definition ${definition}`)
      return validator(value) ? [] : (validator.errors ?? [])
    },
  }
}
