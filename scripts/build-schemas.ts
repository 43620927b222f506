/**
 * Writes dist/schemas.js: the schemas of every embedded Kubernetes minor as one module of precompiled ajv functions,
 * and the catalogue beside them (which kinds a minor serves, merge keys of lists). The same inputs give the same bytes;
 * the inputs are pinned in scripts/schemas/sources.ts by checksum. Needs Go to download them, nothing at run time.
 *
 * `--check` builds into memory and fails when the committed file differs. `--out <file>` writes somewhere else.
 */
import { join, resolve } from 'node:path'
import { brotliCompressSync, constants } from 'node:zlib'
import { writeArtefact } from './artefact.ts'
import { buildCatalogue } from './schemas/catalogue.ts'
import { readSources, sourceNames } from './schemas/sources.ts'
import { generateValidators } from './schemas/validators.ts'

const argument = process.argv.indexOf('--out')
const file =
  argument < 0
    ? join(import.meta.dirname, '..', 'dist', 'schemas.js')
    : resolve(process.argv[argument + 1] ?? fail('--out needs a file'))

const catalogue = buildCatalogue([...readSources()], sourceNames)
const source = `${generateValidators(catalogue)}
export const catalogue = ${JSON.stringify(JSON.stringify(catalogue))};`
const text = await writeArtefact(file, source, { script: 'build-schemas', of: sourceNames.join(', ') })
const compressed = brotliCompressSync(text, { params: { [constants.BROTLI_PARAM_LGWIN]: 24 } }).length
console.log(
  `${catalogue.kinds.length} kinds of ${catalogue.minors.length} minors, ${catalogue.definitions.length} definitions, ` +
    `${(text.length / 1e6).toFixed(2)} MB (${(compressed / 1e6).toFixed(3)} MB brotli)`,
)

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
