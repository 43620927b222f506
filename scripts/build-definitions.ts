/**
 * Writes dist/definitions.js: the CustomResourceDefinitions of Argo CD and Flux, for repositories that do not install
 * these tools themselves. The same inputs give the same bytes: scripts/definitions pins them.
 *
 * `--check` builds into memory and fails when the committed file differs.
 */
import { join } from 'node:path'
import { withoutDescriptions } from '../src/engine/without-descriptions.ts'
import { textAt } from '../src/judge/field-steps.ts'
import type { JsonObject } from '../src/model/json.ts'
import { writeArtefact } from './artefact.ts'
import { readTools, sourceNames } from './definitions/sources.ts'

const entries = readTools().flatMap(({ tool, definitions }) =>
  definitions.map((definition) => ({
    tool,
    group: textAt(definition, 'spec', 'group'),
    kind: textAt(definition, 'spec', 'names', 'kind'),
    // As text, since a run needs one or two of them.
    definition: JSON.stringify(installed(definition)),
  })),
)
const text = await writeArtefact(
  join(import.meta.dirname, '..', 'dist', 'definitions.js'),
  `export const definitions = ${JSON.stringify(entries)}`,
  { script: 'build-definitions', of: sourceNames.join(' and ') },
)
console.log(`${entries.length} definitions, ${(text.length / 1e6).toFixed(2)} MB`)

/** What decides about objects: prose, labels and annotations of the definition do not. */
function installed(definition: JsonObject): JsonObject {
  const { apiVersion = '', kind = '', spec = {} } = withoutDescriptions(definition)
  return { apiVersion, kind, metadata: { name: textAt(definition, 'metadata', 'name') ?? '' }, spec }
}
