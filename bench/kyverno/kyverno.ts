/**
 * Kyverno's own suites (every kyverno-test.yaml below the folders) against what preadmit's engine says: agree, disagree,
 * error, not supported, with reasons. Nothing of the folders is kept.
 */
import { createHash } from 'node:crypto'
import { writeFile } from 'node:fs/promises'
import { dirname } from 'node:path/posix'
import { createEngines } from '../../src/engine/pool.ts'
import { directoryTree } from '../../src/source/directory-tree.ts'
import { parseDocuments } from '../../src/judge/policy/documents.ts'
import { isKyvernoSuite } from '../../src/judge/policy/suites/kyverno-test.ts'
import { isJsonObject } from '../../src/model/json.ts'
import { runSuite, type SuiteResult } from './suite.ts'

/** `npm run bench -- kyverno DIR… [--third] [--out FILE]` */
export async function kyverno(args: readonly string[]): Promise<void> {
  const out = args.indexOf('--out')
  const folders = args.filter((argument, i) => !argument.startsWith('--') && (out < 0 || i !== out + 1))
  if (folders.length === 0) throw new Error('usage: npm run bench -- kyverno DIR… [--third] [--out FILE]')
  const engines = createEngines({ directory: new URL('../../dist/engines/', import.meta.url) })
  const lines: string[] = []
  try {
    for (const folder of folders) {
      const tree = await directoryTree(folder, folder)
      const files = tree
        .entries()
        .flatMap(({ kind, path }) =>
          kind === 'file' && /(?:^|\/)kyverno-test\.ya?ml$/.test(path) ? [path] : [],
        )
        .filter((path) => !args.includes('--third') || inThird(path))
        .sort()
      const results: SuiteResult[] = []
      for (const file of files) {
        const { documents } = await parseDocuments(tree, [file], engines)
        for (const { value, location } of documents)
          if (isJsonObject(value) && isKyvernoSuite(value))
            results.push(...(await runSuite({ object: value, location }, tree, engines)))
      }
      print(folder, files.length, results)
      lines.push(...results.map((result) => JSON.stringify(result)))
    }
  } finally {
    await engines.close()
  }
  const file = out < 0 ? undefined : args[out + 1]
  if (file !== undefined) await writeFile(file, `${lines.join('\n')}\n`)
}

/** By the digest of the suite's directory, so that the choice is nobody's. */
function inThird(path: string): boolean {
  return createHash('sha256').update(dirname(path)).digest().readUInt32BE(0) % 3 === 0
}

function print(folder: string, suites: number, results: readonly SuiteResult[]): void {
  const kinds = [...new Set(results.map(({ kind }) => kind))].sort()
  console.log(`\n${folder}: ${suites} suites, ${results.length} cases`)
  const states = ['agree', 'excluded', 'disagree', 'error', 'not-supported'] as const
  console.log(`| ${['kind', ...states].join(' | ')} |\n|${' --- |'.repeat(states.length + 1)}`)
  for (const kind of kinds) {
    const own = results.filter((result) => result.kind === kind)
    const counts = states.map((state) => own.filter((result) => result.state === state).length)
    console.log(`| ${[kind, ...counts].join(' | ')} |`)
  }
  const reasons = new Map<string, number>()
  for (const { state, reason } of results)
    if (state === 'not-supported') reasons.set(reason, (reasons.get(reason) ?? 0) + 1)
  for (const [reason, count] of [...reasons].sort((a, b) => b[1] - a[1]))
    console.log(`not supported ${count}: ${reason}`)
  for (const { state, suite, policy, resource, reason } of results)
    if (state === 'disagree' || state === 'error')
      console.log(`${state}: ${suite} ${policy} ${resource}: ${reason}`)
}
