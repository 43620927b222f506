/**
 * Manifests with one fault each, side by side: `preadmit validate`, `kubeconform -strict` and kubectl-validate against
 * what a real API server said. The folder holds index.json (id, set, files, verdict), crds.json and the manifests.
 */
import { spawnSync } from 'node:child_process'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Validation } from '../src/model/validation.ts'
import { writeKubeconformSchemas } from './kubeconform-schemas.ts'
import { findPeer } from './peers.ts'

const cli = join(import.meta.dirname, '..', 'dist', 'cli.js')

interface Case {
  readonly id: string
  readonly set: string
  /** One manifest, or the old one and the new one. */
  readonly files: readonly string[]
  readonly what: string
  readonly verdict: 'accepted' | 'rejected'
}
type Verdicts = ReadonlyMap<string, string>

/** `npm run bench -- faults FOLDER [--install] [--all]` */
export async function faults(args: readonly string[]): Promise<void> {
  const [folder] = args.filter((argument) => !argument.startsWith('-'))
  if (folder === undefined) throw new Error('usage: npm run bench -- faults FOLDER [--install] [--all]')
  const install = args.includes('--install')
  const cases = JSON.parse(await readFile(join(folder, 'index.json'), 'utf8')) as Case[]
  const work = await mkdtemp(join(tmpdir(), 'preadmit-faults-'))
  try {
    const crds = await splitDefinitions(join(folder, 'crds.json'), join(work, 'crds'))
    const columns: [string, Verdicts | undefined][] = [
      ['preadmit', preadmit(cases, folder)],
      [
        'kubeconform',
        await kubeconform(cases, folder, join(work, 'schemas'), findPeer('kubeconform', install)),
      ],
      ['kubectl-validate', kubectlValidate(cases, folder, crds, findPeer('kubectl-validate', install))],
    ]
    printCases(cases, columns, args.includes('--all'))
    printTotals(cases, columns)
  } finally {
    await rm(work, { recursive: true })
  }
}

/** kubectl-validate reads definitions from a directory of YAML files. */
async function splitDefinitions(file: string, directory: string): Promise<string> {
  await mkdir(directory, { recursive: true })
  const definitions = JSON.parse(await readFile(file, 'utf8')) as object[]
  for (const [i, definition] of definitions.entries())
    await writeFile(join(directory, `${i}.yaml`), JSON.stringify(definition))
  return directory
}

/** All creates in one call, as people call it; each pair in one of its own, because pairs share names. */
function preadmit(cases: readonly Case[], folder: string): Verdicts {
  const run = (args: readonly string[]): Validation =>
    JSON.parse(
      output(process.execPath, [
        cli,
        'validate',
        ...args,
        '--crds',
        join(folder, 'crds.json'),
        '--format',
        'json',
      ]),
    ) as Validation
  const creates = cases.filter(({ files }) => files.length === 1)
  const answer = run(creates.flatMap(({ files }) => files.map((file) => join(folder, file))))
  const byFile = new Map(answer.documents.map(({ file, verdict }) => [file, verdict]))
  return new Map(
    cases.map(({ id, files }) => {
      const [first = '', second] = files.map((file) => join(folder, file))
      if (second === undefined) return [id, byFile.get(first) ?? 'no answer']
      return [id, run([second, '--old', first]).documents[0]?.verdict ?? 'no answer']
    }),
  )
}

/** kubeconform knows no updates: it is asked about the new object. */
async function kubeconform(
  cases: readonly Case[],
  folder: string,
  directory: string,
  program: string | undefined,
): Promise<Verdicts | undefined> {
  if (program === undefined) return undefined
  const location = await writeKubeconformSchemas(directory)
  const files = cases.map(({ files: all }) => join(folder, all.at(-1) ?? ''))
  const text = output(program, [
    '-strict',
    '-verbose',
    '-output',
    'json',
    '-schema-location',
    location,
    ...files,
  ])
  const { resources } = JSON.parse(text) as { resources: { filename: string; status: string; msg: string }[] }
  const byFile = new Map(
    resources.map(({ filename, status, msg }) => [
      filename,
      status === 'statusValid' ? 'accepted' : msg.includes('could not find schema') ? 'unknown' : 'rejected',
    ]),
  )
  return new Map(cases.map(({ id }, i) => [id, byFile.get(files[i] ?? '') ?? 'no answer']))
}

function kubectlValidate(
  cases: readonly Case[],
  folder: string,
  crds: string,
  program: string | undefined,
): Verdicts | undefined {
  if (program === undefined) return undefined
  const files = cases.map(({ files: all }) => join(folder, all.at(-1) ?? ''))
  // 1.35 is the newest that it embeds.
  const text = output(program, ['--version', '1.35', '--local-crds', crds, '--output', 'json', ...files])
  const answer = JSON.parse(text) as Record<string, { status: string }[]>
  const failed = (file: string): boolean => answer[file]?.some(({ status }) => status !== 'Success') ?? true
  return new Map(cases.map(({ id }, i) => [id, failed(files[i] ?? '') ? 'rejected' : 'accepted']))
}

/** Standard output, whatever the exit status: a validator that rejects does not end with 0. */
function output(program: string, args: readonly string[]): string {
  const { stdout, stderr, error } = spawnSync(program, [...args], { encoding: 'utf8', maxBuffer: 1 << 30 })
  if (error !== undefined) throw error
  if (stdout === '') throw new Error(`${program} printed nothing: ${stderr}`)
  return stdout
}

function printCases(
  cases: readonly Case[],
  columns: readonly [string, Verdicts | undefined][],
  all: boolean,
): void {
  const rows = cases.filter(({ id, verdict }) => all || columns[0]?.[1]?.get(id) !== verdict)
  if (rows.length === 0) {
    console.log(`preadmit says what the API server said, in all ${cases.length} cases.\n`)
    return
  }
  console.log(['case', 'API server', ...columns.map(([name]) => name), 'what'].join('\t'))
  for (const { id, verdict, what } of rows)
    console.log([id, verdict, ...columns.map(([, verdicts]) => verdicts?.get(id) ?? '-'), what].join('\t'))
  console.log('')
}

function printTotals(cases: readonly Case[], columns: readonly [string, Verdicts | undefined][]): void {
  const groups = [...new Set(cases.map(groupOf))]
  console.log(['right answers'.padEnd(26), ...columns.map(([name]) => name.padStart(18))].join(''))
  for (const group of groups) {
    const own = cases.filter((one) => groupOf(one) === group)
    const cells = columns.map(([, verdicts]) => {
      if (verdicts === undefined) return 'not installed'
      const right = own.filter(({ id, verdict }) => verdicts.get(id) === verdict).length
      return `${right} of ${own.length}`
    })
    console.log([group.padEnd(26), ...cells.map((cell) => cell.padStart(18))].join(''))
  }
}

function groupOf({ verdict, files }: Case): string {
  return `${files.length > 1 ? 'updates' : 'creates'} to be ${verdict}`
}
