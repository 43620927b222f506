import type { ConfigurationProblem } from '../../../config/errors.ts'
import type { Engines } from '../../../engine/engines.ts'
import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import type { Tree } from '../../../model/tree.ts'
import { parseDocuments } from '../documents.ts'
import type { PolicyCase } from './case.ts'
import { isGatorSuite } from './gator-suite.ts'
import { isKaptestSuite } from './kaptest.ts'
import { isKyvernoSuite } from './kyverno-test.ts'
import { readPolicyTest } from './policy-test.ts'
import { beside, type SuiteDocument } from './suite-files.ts'

export interface Suites {
  /** Of suites of our own form. */
  readonly cases: readonly PolicyCase[]
  readonly kyverno: readonly SuiteDocument[]
  readonly gator: readonly SuiteDocument[]
  readonly kaptest: readonly SuiteDocument[]
  /** Rego with tests, and what stands beside it below `tests/`. */
  readonly rego: readonly string[]
  /** Suites and cases that could not be read. */
  readonly problems: readonly ConfigurationProblem[]
}

/**
 * Finds every suite of a set by what it says that it is: our own form below `tests/`, suites of kyverno, gator and
 * kaptest anywhere, Rego tests by their names. What is no suite is an object that suites name.
 */
export async function findSuites(tree: Tree, engines: Engines): Promise<Suites> {
  const all = tree
    .entries()
    .flatMap(({ kind, path }) => (kind === 'file' && !/(?:^|\/)\./.test(path) ? [path] : []))
    .sort()
  const isTest = (path: string): boolean => /(?:^|\/)tests?\//.test(path)
  const files = all.filter((path) => /\.(?:ya?ml|json)$/.test(path))
  const { documents, failed } = await parseDocuments(tree, files, engines)
  const byFile = new Map<string, JsonObject[]>()
  const native: SuiteDocument[] = []
  for (const { value, location } of documents) {
    if (!isJsonObject(value)) continue
    byFile.set(location.file, [...(byFile.get(location.file) ?? []), value])
    native.push({ object: value, location })
  }
  const suites = files.filter(
    (path) => isTest(path) && byFile.get(path)?.some((document) => document['kind'] === 'PolicyTest'),
  )
  const contents = await tree.read(suites)
  const cases: PolicyCase[] = []
  // What is broken outside of tests is no policy either, and said as such.
  const problems = failed
    .filter(({ what }) => isTest(what) || /(?:^|\/)(?:kyverno-test|suite)\.ya?ml$/.test(what))
    .map(({ what, reason, location }): ConfigurationProblem => ({
      file: what,
      line: location?.line ?? 1,
      column: 1,
      message: `cannot be read: ${reason}`,
    }))
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
  return {
    cases,
    kyverno: native.filter(({ object }) => isKyvernoSuite(object)),
    gator: native.filter(({ object }) => isGatorSuite(object)),
    kaptest: native.filter(({ object }) => isKaptestSuite(object)),
    rego: all.filter((path) => path.endsWith('_test.rego') || (isTest(path) && path.endsWith('.rego'))),
    problems,
  }

  function objectOf(suite: string, path: string): JsonObject | undefined {
    const resolved = tree.resolve(beside(suite, path))
    const objects = resolved.kind === 'file' ? (byFile.get(resolved.path) ?? []) : []
    return objects.length === 1 ? objects[0] : undefined
  }
}
