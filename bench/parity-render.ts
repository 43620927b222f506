/**
 * Parity of the render engine, root by root: what the operations `kustomize` and `helm` answer against what
 * `kustomize build` and `helm template` print, for every kustomization and chart below the folders given, object by
 * object and in order. Nothing of ours stands between (`repositories.ts` measures the whole pipeline).
 *
 *   npx tsx bench/parity-render.ts [--errors] DIR…
 *
 * Needs `kustomize` and `helm` on PATH and dist/engines. The tools run without network, so remote bases fail on both
 * sides. What they print is read by the engine's own `yaml.parse`: the same parser on both sides of the comparison.
 */
import { execFile } from 'node:child_process'
import { basename, resolve } from 'node:path'
import { promisify } from 'node:util'
import type { EngineObject, RenderRequest } from '../src/engine/api.ts'
import type { EngineAnswer, Engines } from '../src/engine/engines.ts'
import { createEngines } from '../src/engine/pool.ts'
import type { Json } from '../src/model/json.ts'
import type { Tree } from '../src/model/tree.ts'
import { directoryTree } from '../src/source/directory-tree.ts'
import { memoryTree } from '../src/source/memory-tree.ts'

const run = promisify(execFile)

/** A port that nothing listens on, and no transport for git: the tools must not reach what the engine cannot. */
const offline = {
  ...process.env,
  HTTP_PROXY: 'http://127.0.0.1:9',
  HTTPS_PROXY: 'http://127.0.0.1:9',
  GIT_ALLOW_PROTOCOL: 'none',
}

/** What a tool prints of the largest charts is 10 MB. */
const maxBuffer = 256 * 1024 * 1024

interface Job {
  /** Shown in reports. */
  readonly name: string
  readonly directory: string
  readonly command: readonly [string, ...string[]]
  readonly request: RenderRequest
}

interface Rendered {
  readonly unreadable?: boolean
  readonly objects?: readonly string[]
  readonly error?: string
}

interface Tally {
  equal: number
  bothFail: number
  /** Differs, and the templates asked for random values or the time: two runs of the tool differ too. */
  impure: number
  /** `helm template` wants `helm dependency build` first; the engine takes `file://` dependencies from the tree. */
  localDependency: number
  /** What the tool printed repeats keys, so no strict parser reads it; the engine renders it with a warning. */
  unreadable: number
  readonly different: string[]
  readonly errors: string[]
}

const kustomizationNames = new Set(['kustomization.yaml', 'kustomization.yml', 'Kustomization'])

const parameters = process.argv.slice(2)
const showErrors = parameters.includes('--errors')
const directories = parameters.filter((parameter) => !parameter.startsWith('--'))
if (directories.length === 0) {
  console.error('usage: npx tsx bench/parity-render.ts [--errors] DIR…')
  process.exitCode = 2
} else {
  await compareAll(directories)
}

async function compareAll(folders: readonly string[]): Promise<void> {
  const engines = createEngines({
    directory: new URL('../dist/engines/', import.meta.url),
    timeLimits: { render: 60_000 },
  })
  let differences = 0
  for (const folder of folders) {
    const tree = await directoryTree(resolve(folder), basename(folder))
    const jobs = [...kustomizeJobs(tree, resolve(folder)), ...helmJobs(tree, resolve(folder))]
    const tallies = new Map<string, Tally>()
    await forEach(jobs, async (job) => {
      const tally = tallies.get(job.request.op) ?? {
        equal: 0,
        bothFail: 0,
        impure: 0,
        localDependency: 0,
        unreadable: 0,
        different: [],
        errors: [],
      }
      tallies.set(job.request.op, tally)
      await compareOne(job, tree, engines, tally)
    })
    console.log(`\n${basename(folder)}`)
    for (const [op, tally] of tallies) {
      differences += tally.different.length
      console.log(
        `  ${op}: equal ${tally.equal} · both fail ${tally.bothFail} · impure ${tally.impure} · local dependency ${tally.localDependency} · unreadable ${tally.unreadable} · different ${tally.different.length}`,
      )
      for (const line of tally.different) console.log(`  DIFFERENT ${line}`)
      if (showErrors) for (const line of tally.errors) console.log(line)
    }
  }
  await engines.close()
  process.exitCode = differences === 0 ? 0 : 1
}

function kustomizeJobs(tree: Tree, directory: string): Job[] {
  const roots = new Set<string>()
  for (const { path, kind } of tree.entries()) {
    if (kind !== 'submodule' && kustomizationNames.has(basename(path))) roots.add(parentOf(path))
  }
  return [...roots].map((root) => ({
    name: root,
    directory,
    command: ['kustomize', 'build', './' + root],
    request: { op: 'kustomize', root, order: 'legacy', loadRestrictions: 'root', enableHelm: false },
  }))
}

/** Charts that are not part of another one, each as `helm template` takes it without any value. */
function helmJobs(tree: Tree, directory: string): Job[] {
  const charts = tree
    .entries()
    .filter(({ path }) => basename(path) === 'Chart.yaml')
    .map(({ path }) => parentOf(path))
  return charts
    .filter((chart) => !charts.some((other) => other !== chart && chart.startsWith(`${other}/charts/`)))
    .map((chart) => ({
      name: chart,
      directory,
      command: ['helm', 'template', 'release-name', './' + chart, '--include-crds'],
      request: { op: 'helm', chart, release: 'release-name', namespace: 'default', includeCRDs: true },
    }))
}

async function compareOne(job: Job, tree: Tree, engines: Engines, tally: Tally): Promise<void> {
  const [expected, answer] = await Promise.all([
    runTool(job, engines),
    engines.render.run(job.request, {
      tree,
      declared: { files: [], directories: [job.name] },
      label: job.name,
    }),
  ])
  const found = objectsOf(answer)
  if (expected.objects === undefined && found.objects === undefined) {
    tally.bothFail += 1
    tally.errors.push(`  both fail ${job.name}\n    tool   ${expected.error}\n    engine ${found.error}`)
    return
  }
  if (expected.unreadable === true) {
    tally.unreadable += 1
    return
  }
  const difference = firstDifference(expected, found)
  if (difference === undefined) tally.equal += 1
  else if ((answer.impure['random'] ?? 0) + (answer.impure['clock'] ?? 0) > 0) tally.impure += 1
  else if (found.objects !== undefined && expected.error?.includes('helm dependency build') === true)
    tally.localDependency += 1
  else tally.different.push(`${job.name}: ${difference}`)
}

async function runTool(job: Job, engines: Engines): Promise<Rendered> {
  const [command, ...rest] = job.command
  let text: string
  try {
    text = (await run(command, rest, { cwd: job.directory, env: offline, maxBuffer })).stdout
  } catch (error) {
    const stderr = error instanceof Error && 'stderr' in error ? String(error.stderr) : String(error)
    return { error: stderr.trim().slice(-600) }
  }
  const tree = memoryTree({ 'out.yaml': text })
  const answer = await engines.render.run(
    { op: 'yaml.parse', files: ['out.yaml'] },
    { tree, declared: { files: ['out.yaml'], directories: [] }, label: job.name },
  )
  if (!answer.ok) throw new Error(`${job.name}: ${answer.error.message}`)
  const [file] = answer.result.files
  if (file?.error !== undefined) throw new Error(`${job.name}: ${file.error.message}`)
  const objects: string[] = []
  for (const { value, error } of file?.documents ?? []) {
    if (error !== undefined) return { error: error.message, unreadable: true }
    if (value !== undefined && value !== null) objects.push(canonical(value))
  }
  return { objects }
}

function objectsOf(answer: EngineAnswer<{ objects?: readonly EngineObject[] }>): Rendered {
  if (!answer.ok) return { error: `${answer.error.code}: ${answer.error.message}` }
  return { objects: (answer.result.objects ?? []).map(({ object }) => canonical(object)) }
}

function firstDifference(expected: Rendered, found: Rendered): string | undefined {
  if (expected.objects === undefined) return `only the tool fails: ${expected.error ?? ''}`
  if (found.objects === undefined) return `only the engine fails: ${found.error ?? ''}`
  const length = Math.max(expected.objects.length, found.objects.length)
  for (let index = 0; index < length; index++) {
    const [a, b] = [expected.objects[index], found.objects[index]]
    if (a !== b)
      return `object ${index} of ${length}\n    tool   ${excerpt(a, b)}\n    engine ${excerpt(b, a)}`
  }
  return undefined
}

/** The surroundings of the first character that differs. */
function excerpt(text = '(nothing)', other = '(nothing)'): string {
  let at = 0
  while (at < text.length && text[at] === other[at]) at++
  return `${text.slice(0, 80)} … ${text.slice(Math.max(80, at - 60), at + 100)}`
}

/** Keys in one order: YAML maps have none. */
function canonical(value: Json): string {
  return JSON.stringify(value, (_, inner: unknown) =>
    typeof inner === 'object' && inner !== null && !Array.isArray(inner)
      ? Object.fromEntries(Object.entries(inner).sort(([a], [b]) => (a < b ? -1 : 1)))
      : inner,
  )
}

function parentOf(path: string): string {
  const at = path.lastIndexOf('/')
  return at === -1 ? '' : path.slice(0, at)
}

/** Two at a time: a tool and an engine are busy in each. */
async function forEach<T>(items: readonly T[], work: (item: T) => Promise<void>): Promise<void> {
  const queue = [...items]
  const worker = async (): Promise<void> => {
    for (let item = queue.shift(); item !== undefined; item = queue.shift()) await work(item)
  }
  await Promise.all([worker(), worker()])
}
