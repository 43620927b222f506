/** gator's suites of a folder through preadmit, and through `gator verify` where it is on PATH. */
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import type { Engines } from '../../src/engine/engines.ts'
import { isJsonObject } from '../../src/model/json.ts'
import type { PolicyDocument } from '../../src/model/policy.ts'
import { isGatorSuite, readGatorSuite, type GatorTest } from '../../src/judge/policy/suites/gator-suite.ts'
import { runGatorTest } from '../../src/judge/policy/suites/gator-run.ts'
import { directoryTree } from '../../src/source/directory-tree.ts'
import type { Tree } from '../../src/model/tree.ts'

interface Row {
  readonly suite: string
  readonly test: string
  readonly case: string
  readonly outcome: 'agree' | 'disagree' | 'error' | 'not supported'
  readonly reason?: string
}

/** @param folder searched for YAML of the kind Suite, as `gator verify` searches; nothing of it is written */
export async function suites(folder: string, engines: Engines, gator: string | undefined): Promise<void> {
  const tree = await directoryTree(folder, 'suites')
  const files = tree
    .entries()
    .flatMap(({ kind, path }) => (kind === 'file' && path.endsWith('.yaml') ? [path] : []))
    .filter((path) => /^kind: *["']?Suite\b/m.test(readFileSync(join(folder, path), 'utf8')))
  const rows: Row[] = []
  for (const file of files) {
    const [document] = await documents(tree, [file], engines)
    if (document === undefined || !isGatorSuite(document.object)) continue
    const suite = readGatorSuite(document.object)
    if (typeof suite === 'string') {
      rows.push({ suite: file, test: '', case: '', outcome: 'error', reason: suite })
      continue
    }
    for (const test of suite.tests) rows.push(...(await runTest(tree, file, test, engines)))
  }
  report(rows)
  if (gator !== undefined) compare(folder, rows, gator)
}

async function runTest(tree: Tree, suite: string, test: GatorTest, engines: Engines): Promise<Row[]> {
  const beside = (path: string): string => normalize(join(dirname(suite), path)).replaceAll('\\', '/')
  const paths = [...new Set(test.cases.flatMap(({ object, inventory }) => [object, ...inventory]))]
  const expansion = test.expansion === '' ? [] : [test.expansion]
  const wanted = [test.template, test.constraint, ...expansion, ...paths]
  const read = await documents(tree, wanted.map(beside), engines)
  const at = (path: string): readonly PolicyDocument[] =>
    read.filter(({ location }) => location.file === beside(path))
  const [template] = at(test.template)
  const [constraint] = at(test.constraint)
  const row = { suite, test: test.name }
  if (template === undefined || constraint === undefined)
    return [{ ...row, case: '', outcome: 'error', reason: 'the template or the constraint cannot be read' }]
  const objects = new Map(paths.map((path) => [path, at(path).map(({ object }) => object)]))
  const results = await runGatorTest(
    test,
    { template, constraint, expansions: expansion.flatMap(at), objects },
    engines,
    '1.37',
  )
  if ('error' in results) return [{ ...row, case: '', outcome: 'error', reason: results.error.message }]
  return results.map(({ name, problem, open }): Row => {
    if (open !== undefined) return { ...row, case: name, outcome: 'not supported', reason: open }
    if (problem !== undefined) return { ...row, case: name, outcome: 'disagree', reason: problem }
    return { ...row, case: name, outcome: 'agree' }
  })
}

async function documents(tree: Tree, files: readonly string[], engines: Engines): Promise<PolicyDocument[]> {
  const own = [...new Set(files)].filter((path) => tree.resolve(path).kind === 'file')
  const answer = await engines.render.run(
    { op: 'yaml.parse', files: own },
    { tree, declared: { files: own, directories: [] }, label: 'suites' },
  )
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.result.files.flatMap(({ path, documents: parsed }) =>
    parsed.flatMap(({ value, line }) =>
      isJsonObject(value) ? [{ object: value, source: 'suites', location: { file: path, line } }] : [],
    ),
  )
}

function report(rows: readonly Row[]): void {
  const counts: Record<string, number> = { agree: 0, disagree: 0, error: 0, 'not supported': 0 }
  for (const { outcome } of rows) counts[outcome] = (counts[outcome] ?? 0) + 1
  console.log(
    Object.entries(counts)
      .map(([outcome, count]) => `${outcome} ${count}`)
      .join(', '),
  )
  for (const { suite, test, case: name, outcome, reason } of rows)
    if (outcome !== 'agree') console.log(`  ${outcome}: ${suite} ${test} ${name}: ${reason ?? ''}`)
}

/** gator's own answers, case by case: what its own suites expect is one thing, what it does another. */
function compare(folder: string, rows: readonly Row[], gator: string): void {
  let text: string
  try {
    text = execFileSync(gator, ['verify', '-v', `${folder}/...`], { encoding: 'utf8', maxBuffer: 1 << 28 })
  } catch (error) {
    text = (error as { stdout?: string }).stdout ?? ''
  }
  const passed = (text.match(/^ +--- PASS: /gm) ?? []).length
  const failed = (text.match(/^ +--- FAIL: .*/gm) ?? []).length
  console.log(
    `gator verify: ${passed} lines pass, ${failed} fail (tests and cases); ${rows.length} rows here`,
  )
  for (const line of text.split('\n').filter((one) => one.includes('FAIL')))
    console.log(`  gator: ${line.trim()}`)
}
