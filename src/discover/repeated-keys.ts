import type { YamlDocument } from '../engine/api.ts'
import type { Engines } from '../engine/engines.ts'
import type { Tree } from '../model/tree.ts'
import { parseFiles, type ParsedFile } from './documents.ts'
import { readYamlTexts } from './yaml-text.ts'

/** What Go's strict parser says of a key that stands twice in one map. */
const repeatedKey = /\bkey .* already set in map\b/

/**
 * As {@link parseFiles}, with the last value of a key that stands twice in one map: so read Argo CD's repo server and its
 * generators, kustomize its kustomizations and Helm its values. kubectl and kustomize's resources refuse such a document.
 */
export async function parseTakingLast(
  tree: Tree,
  engines: Engines,
  paths: Iterable<string>,
): Promise<ReadonlyMap<string, ParsedFile>> {
  const parsed = await parseFiles(tree, engines, paths)
  const repeating = [...parsed].filter(([, file]) => file.documents.some(repeatsKey))
  if (repeating.length === 0) return parsed
  const read = new Map(parsed)
  for (const [path, file] of repeating) {
    const end = tree.resolve(path)
    const content = end.kind === 'file' ? (await tree.read([end.path])).get(end.path) : undefined
    if (!(content instanceof Uint8Array)) continue
    const lines = new TextDecoder().decode(content).split('\n')
    const texts = file.documents.filter(repeatsKey).map((document) => textOf(lines, document))
    const answers = await readYamlTexts(texts, tree, engines)
    const documents = file.documents.map((document) => {
      const answer = repeatsKey(document) ? answers[texts.indexOf(textOf(lines, document))] : undefined
      return answer === undefined || 'error' in answer
        ? document
        : { index: document.index, line: document.line, value: answer.value }
    })
    read.set(path, { ...file, documents })
  }
  return read
}

function repeatsKey({ error }: YamlDocument): boolean {
  return error !== undefined && repeatedKey.test(error.message)
}

/** From the line on which the document starts to the one that parts it from the next. */
function textOf(lines: readonly string[], { line }: YamlDocument): string {
  const rest = lines.slice(line - 1)
  const end = rest.findIndex((text, i) => i > 0 && /^---\s*(?:#.*)?$/.test(text))
  return rest.slice(0, end < 0 ? rest.length : end).join('\n')
}
