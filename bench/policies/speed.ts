/**
 * The same CEL expressions on the same objects: preadmit's engine, `gator test` and `kyverno apply`, each as a process.
 * Seconds are CPU time of the process and its threads, besides wall time, since the machine may be busy.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildSync } from 'esbuild'
import { admissionPolicies, gatekeeperPolicies, objects } from './workload.ts'

const root = join(import.meta.dirname, '..', '..')

interface Run {
  readonly wall: number
  readonly cpu: number
  readonly output: string
}

export function speed(parameters: readonly string[]): void {
  const { values } = parseArgs({
    args: [...parameters],
    options: {
      policies: { type: 'string', default: '200' },
      objects: { type: 'string', default: '2000' },
      runs: { type: 'string', default: '3' },
      gator: { type: 'string', default: join(root, 'out', 'bin', 'gator') },
      kyverno: { type: 'string', default: join(root, 'out', 'bin', 'kyverno') },
      'kyverno-policies': { type: 'string', default: '20' },
    },
  })
  const folder = mkdtempSync(join(tmpdir(), 'preadmit-speed-'))
  try {
    const count = Number(values.policies)
    prepare(folder, count, Number(values['kyverno-policies']), Number(values.objects))
    const runs = Number(values.runs)
    const program = bundle(folder)
    const ours = medianOf(runs, () =>
      run(process.execPath, [program, folder, join(root, 'dist', 'engines', '/')]),
    )
    report(`preadmit ${count} policies`, ours, ours)
    console.log(`  ${ours.output.trim()}`)
    if (existsSync(values.gator)) {
      const gator = medianOf(runs, () =>
        run(values.gator, ['test', '-f', join(folder, 'gator'), '-o', 'json']),
      )
      report(`gator ${count} policies`, gator, ours)
      console.log(`  ${(gator.output.match(/"msg"/g) ?? []).length} refusals`)
    } else console.log(`gator is not at ${values.gator}`)
    if (existsSync(values.kyverno)) {
      const kyverno = medianOf(1, () =>
        run(values.kyverno, [
          'apply',
          join(folder, 'kyverno'),
          '--resource',
          join(folder, 'objects'),
          '--remove-color',
        ]),
      )
      report(`kyverno ${values['kyverno-policies']} policies`, kyverno, ours)
      console.log(`  ${kyverno.output.trim().split('\n').at(-1) ?? ''}`)
    } else console.log(`kyverno is not at ${values.kyverno}`)
  } finally {
    rmSync(folder, { recursive: true })
  }
}

/** One file, as dist/ is what people run: a loader of sources would be a tenth of what is measured. */
function bundle(folder: string): string {
  const outfile = join(folder, 'evaluate.mjs')
  buildSync({
    entryPoints: [join(import.meta.dirname, 'evaluate.ts')],
    bundle: true,
    platform: 'node',
    format: 'esm',
    outfile,
  })
  return outfile
}

function prepare(folder: string, count: number, forKyverno: number, objectCount: number): void {
  const all = objects(objectCount)
  const write = (name: string, value: unknown): void => {
    writeFileSync(join(folder, name), typeof value === 'string' ? value : JSON.stringify(value))
  }
  const documents = (list: readonly object[]): string =>
    list.map((object) => JSON.stringify(object)).join('\n---\n')
  write('policies.json', { kubernetes: '1.37', ...admissionPolicies(count) })
  write('objects.json', all)
  for (const name of ['gator', 'kyverno', 'objects']) mkdirSync(join(folder, name))
  write('gator/all.yaml', documents([...gatekeeperPolicies(count), ...all]))
  const { policies, bindings } = admissionPolicies(forKyverno)
  write('kyverno/policies.yaml', documents([...policies, ...bindings]))
  write('objects/objects.yaml', documents(all))
}

/** Children report through the shell's `times`: the process and all of its threads. */
function run(program: string, args: readonly string[]): Run {
  const started = performance.now()
  const { stdout, stderr, status, output } = spawnSync(
    'sh',
    ['-c', '"$@"; code=$?; times >&3; exit $code', 'sh', program, ...args],
    {
      encoding: 'utf8',
      maxBuffer: 1 << 30,
      stdio: ['ignore', 'pipe', 'pipe', 'pipe'],
      cwd: root,
    },
  )
  const wall = (performance.now() - started) / 1000
  if (status === null || (status > 1 && stdout === ''))
    throw new Error(`${program}: ${stderr.slice(0, 2000)}`)
  return { wall, cpu: childSeconds(output[3] ?? ''), output: stdout }
}

/** `times` prints the shell's own user and system time, and on the second line those of its children. */
function childSeconds(times: string): number {
  const [, children = ''] = times.trim().split('\n')
  return [...children.matchAll(/(\d+)m([\d.]+)s/g)].reduce(
    (sum, [, m, s]) => sum + Number(m) * 60 + Number(s),
    0,
  )
}

function medianOf(times: number, measure: () => Run): Run {
  const runs = Array.from({ length: times }, measure).sort((a, b) => a.cpu - b.cpu)
  const middle = runs[Math.floor(times / 2)]
  if (middle === undefined) throw new Error('nothing was run')
  return middle
}

function report(name: string, { wall, cpu }: Run, ours: Run): void {
  const ratio = (cpu / ours.cpu).toFixed(1)
  console.log(
    `${name.padEnd(28)} ${cpu.toFixed(1).padStart(7)} s CPU ${wall.toFixed(1).padStart(7)} s wall  ×${ratio}`,
  )
}
