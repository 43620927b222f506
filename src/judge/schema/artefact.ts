/** Opens dist/schemas.js. A file of its own (4 MB), so that commands which validate nothing never load it. */
import { kindKey, type Catalogue, type Schemas, type ValidationError } from './catalogue.ts'

/** A precompiled ajv function. */
interface Validator {
  (value: unknown): boolean
  errors?: readonly ValidationError[] | null
}

/**
 * Loads the artefact (about 70 ms, once per process: Node keeps the module).
 * @param file URL of schemas.js; the entries know where dist/ is.
 */
export async function loadSchemas(file: URL): Promise<Schemas> {
  return openSchemas((await import(file.href)) as Record<string, unknown>)
}

/** @param module the exports of schemas.js: `catalogue` as JSON and a function `d<position>` per kind's definition. */
export function openSchemas(module: Readonly<Record<string, unknown>>): Schemas {
  const catalogue = JSON.parse(module['catalogue'] as string) as Catalogue
  return {
    catalogue,
    kinds: new Map(catalogue.kinds.map((entry) => [kindKey(entry), entry])),
    validate(definition, value) {
      const validator = module[`d${definition}`] as Validator | undefined
      if (validator === undefined) throw new Error(`schemas.js has no function for definition ${definition}`)
      return validator(value) ? [] : (validator.errors ?? [])
    },
  }
}
