import type { ConfigurationProblem } from '../../../config/errors.ts'
import type { Engines } from '../../../engine/engines.ts'
import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import type { Tree } from '../../../model/tree.ts'
import { parseDocuments } from '../documents.ts'
import type { PolicyCase } from './case.ts'
import { readPolicyTest } from './policy-test.ts'

export interface Suites {
  readonly cases: readonly PolicyCase[]
  /** Suites and cases that could not be read. */
  readonly problems: readonly ConfigurationProblem[]
  /** Suites that were read. */
  readonly files: readonly string[]
}

/** Reads every suite below the `tests/` of a set. What is no suite is an object that suites name. */
export async function findSuites(tree: Tree, engines: Engines): Promise<Suites> {
  const files = tree
    .entries()
    .filter(({ kind, path }) => kind === 'file' && /(?:^|\/)tests?\/.*\.(?:ya?ml|json)$/.test(path))
    .map(({ path }) => path)
  const { documents } = await parseDocuments(tree, files, engines)
  const byFile = new Map<string, JsonObject[]>()
  for (const { value, location } of documents) {
    if (isJsonObject(value)) byFile.set(location.file, [...(byFile.get(location.file) ?? []), value])
  }
  const isSuite = (path: string): boolean =>
    byFile.get(path)?.some((document) => document['kind'] === 'PolicyTest') ?? false
  const suites = files.filter(isSuite)
  const contents = await tree.read(suites)
  const cases: PolicyCase[] = []
  const problems: ConfigurationProblem[] = []
  for (const file of suites) {
    const content = contents.get(file)
    if (!(content instanceof Uint8Array)) {
      const why = content === undefined ? 'missing' : content.refused
      problems.push({ file, line: 1, column: 1, message: `the suite cannot be read: ${why}` })
      continue
    }
    const read = readPolicyTest(new TextDecoder().decode(content), file, (path) => objectOf(file, path))
    cases.push(...read.cases)
    problems.push(...read.problems)
  }
  return { cases, problems, files: suites }

  function objectOf(suite: string, path: string): JsonObject | undefined {
    const resolved = tree.resolve(beside(suite, path))
    const objects = resolved.kind === 'file' ? (byFile.get(resolved.path) ?? []) : []
    return objects.length === 1 ? objects[0] : undefined
  }
}

/** A path relative to the file that names it, as a path of the tree; one that climbs out of it names nothing. */
function beside(file: string, path: string): string {
  const parts = file.split('/').slice(0, -1)
  for (const part of path.split('/')) {
    if (part === '' || part === '.') continue
    if (part !== '..') parts.push(part)
    else if (parts.pop() === undefined) return '\0'
  }
  return parts.join('/')
}
