import { mkdir, writeFile } from 'node:fs/promises'
import { dirname } from 'node:path'
import { parseArgs } from 'node:util'
import { createEngines } from '../../src/engine/pool.ts'
import type { Answer, FidelityCase } from './case.ts'
import { compareAnswers, type Comparison } from './compare.ts'
import { explainObjects } from './explain.ts'
import { generatedCases } from './generated.ts'
import { askJudge, type Judges } from './judge.ts'
import { render } from './ours.ts'
import { repositoryCases } from './real.ts'
import { recordedCases } from './recorded.ts'
import { variedCases } from './varied.ts'

/** A case, with the answer of ours where it was rendered together with its repository. */
interface Task {
  readonly subject: FidelityCase
  readonly recorded?: Answer
  readonly ours?: Answer
}

/**
 * The differential run: what Argo CD's and Flux's own code renders against what we render. Prints a table, and writes
 * both sides of every difference to `--out`.
 */
export async function fidelity(args: readonly string[]): Promise<void> {
  const { values } = parseArgs({
    args: [...args],
    options: {
      cases: { type: 'string', multiple: true, default: [] },
      argocd: { type: 'string' },
      flux: { type: 'string' },
      repository: { type: 'string', multiple: true, default: [] },
      pairs: { type: 'string', default: '0' },
      generated: { type: 'string', default: '300' },
      varied: { type: 'string', default: '0' },
      seed: { type: 'string', default: '1' },
      out: { type: 'string', default: 'out/fidelity.txt' },
      cache: { type: 'string' },
      only: { type: 'string' },
      parallel: { type: 'string', default: '2' },
    },
  })
  const engines = createEngines({ directory: new URL('../../dist/engines/', import.meta.url) })
  const judges: Judges | null =
    values.argocd === undefined || values.flux === undefined
      ? null
      : { argocd: values.argocd, flux: values.flux, cache: values.cache ?? null }

  const tasks: Task[] = values.cases.flatMap(recordedCases)
  if (judges !== null) {
    tasks.push(
      ...generatedCases(Number(values.generated), Number(values.seed)).map((subject) => ({ subject })),
    )
    for (const folder of Number(values.varied) === 0 ? [] : values.cases)
      tasks.push(
        ...variedCases(folder, Number(values.varied), Number(values.seed)).map((subject) => ({
          subject,
        })),
      )
    for (const directory of values.repository)
      tasks.push(...(await repositoryCases(directory, engines, Number(values.pairs))))
  } else console.log('no --argocd and --flux: recorded answers only')
  const { only } = values
  const chosen =
    only === undefined
      ? tasks
      : tasks.filter(({ subject }) => `${subject.group} ${subject.id}`.includes(only))

  const rows = new Map<string, Map<string, number>>()
  const report: string[] = []
  await inParallel(Number(values.parallel), chosen, async ({ subject, recorded, ours }) => {
    const judge = recorded ?? (judges === null ? undefined : await askJudge(subject, judges))
    if (judge === undefined) return
    const got = ours ?? (await render(subject, engines, judge.revision))
    const comparison = compareAnswers(judge, got)
    const row = rows.get(subject.group) ?? new Map<string, number>()
    rows.set(subject.group, row.set(comparison.result, (row.get(comparison.result) ?? 0) + 1))
    if (comparison.result !== 'equal') report.push(explain(subject, judge, got, comparison))
  })
  await engines.close()

  await mkdir(dirname(values.out), { recursive: true })
  await writeFile(values.out, report.sort().join('\n'))
  printTable(rows)
  console.log(`\nboth sides of everything that is not equal: ${values.out}`)
}

async function inParallel<T>(
  width: number,
  items: readonly T[],
  work: (item: T) => Promise<void>,
): Promise<void> {
  const open = [...items]
  const lane = async (): Promise<void> => {
    for (let item = open.shift(); item !== undefined; item = open.shift()) await work(item)
  }
  await Promise.all(Array.from({ length: width }, lane))
}

const results = ['equal', 'same-error', 'other-error', 'different', 'unknown'] as const

function printTable(rows: ReadonlyMap<string, ReadonlyMap<string, number>>): void {
  console.log(`| cases | ${results.join(' | ')} |\n|:--|${results.map(() => '--:').join('|')}|`)
  const total = new Map<string, number>()
  for (const [group, row] of [...rows].sort(([a], [b]) => (a < b ? -1 : 1))) {
    for (const [result, count] of row) total.set(result, (total.get(result) ?? 0) + count)
    console.log(`| ${group} | ${results.map((result) => row.get(result) ?? 0).join(' | ')} |`)
  }
  console.log(`| all | ${results.map((result) => total.get(result) ?? 0).join(' | ')} |`)
}

function explain(subject: FidelityCase, judge: Answer, ours: Answer, comparison: Comparison): string {
  const lines = [
    `${comparison.result === 'different' ? 'DIFFERENT' : comparison.result} ${subject.id} (${subject.group})`,
  ]
  if (comparison.result === 'unknown') lines.push(`  we say: ${comparison.reason}`)
  lines.push(`  judge's error: ${judge.error ?? '-'}`, `  our error:     ${ours.error ?? '-'}`)
  if (comparison.result === 'different') {
    lines.push(...explainObjects(comparison.lacking, comparison.extra))
    lines.push(`  definition: ${subject.definition.replaceAll(/\s*\n\s*/g, ' ')}`)
  }
  return `${lines.join('\n')}\n`
}
