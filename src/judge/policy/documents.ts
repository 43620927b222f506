import type { YamlDocument } from '../../engine/api.ts'
import type { Engines } from '../../engine/engines.ts'
import { isJsonObject, type Json } from '../../model/json.ts'
import type { Location } from '../../model/location.ts'
import type { NotChecked } from '../../model/outcome.ts'
import type { Tree } from '../../model/tree.ts'
import { policyError } from './collection.ts'

/** A document of a policy file. */
export interface Parsed {
  readonly value: Json
  readonly location: Location
}

/** Files in one call of the engine: a batch stays far from its output limit. */
const batchSize = 500

/**
 * The documents of YAML and JSON files, by the parser that kubectl uses. What cannot be read is a policy that is not
 * evaluated, and said so.
 */
export async function parseDocuments(
  tree: Tree,
  files: readonly string[],
  engines: Engines,
): Promise<{ readonly documents: readonly Parsed[]; readonly failed: readonly NotChecked[] }> {
  const documents: Parsed[] = []
  const failed: NotChecked[] = []
  for (let from = 0; from < files.length; from += batchSize) {
    const batch = files.slice(from, from + batchSize)
    const answer = await engines.render.run(
      { op: 'yaml.parse', files: [...batch] },
      { tree, declared: { files: batch, directories: [] }, label: 'policies' },
    )
    if (!answer.ok) {
      failed.push({
        ...policyError(batch[0] ?? 'policies', answer.error.message),
        code: 'engine',
        count: batch.length,
      })
      continue
    }
    for (const { path, documents: found, error } of answer.result.files) {
      if (error !== undefined) failed.push(policyError(path, error.message, { file: path }))
      for (const document of found) read(path, document)
    }
  }
  return { documents, failed }

  function read(file: string, { value, line, error }: YamlDocument): void {
    const location = { file, line: error?.line ?? line }
    if (error !== undefined) failed.push(policyError(file, error.message, location))
    else if (isJsonObject(value) || Array.isArray(value)) documents.push({ value, location })
  }
}
