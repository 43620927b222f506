/**
 * Fidelity on real repositories: for consecutive commits of each, what preadmit renders against what
 * `kustomize build` and `helm template` print, object by object.
 *
 * Compared are targets whose render is exactly one native call: kustomize roots and charts. What Argo CD and Flux add
 * (namespaces, substitution, labels) is theirs, not kustomize's: the object is compared before it where the plan says so.
 */
import { execFile, execFileSync } from 'node:child_process'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { parseAllDocuments } from 'yaml'
import { loadConfiguration } from '../src/config/load.ts'
import { parseFiles } from '../src/discover/documents.ts'
import { createEngines } from '../src/engine/pool.ts'
import type { Engines } from '../src/engine/engines.ts'
import type { Rendering } from '../src/model/rendering.ts'
import type { Target } from '../src/model/target.ts'
import { renderChange } from '../src/render/render-change.ts'
import { isNamespaced } from '../src/render/scope.ts'
import { compareTrees } from '../src/source/changed-paths.ts'
import { memoryTree } from '../src/source/memory-tree.ts'
import { openRepository } from '../src/source/repository.ts'

const run = promisify(execFile)
const pairsPerRepository = Number(process.env['PAIRS'] ?? 20)

interface Tally {
  pairs: number
  targets: number
  affected: number
  equal: number
  bothFail: number
  different: string[]
  notComparable: number
  couldNotCheck: Map<string, number>
  milliseconds: number[]
}

export async function repositories(directories: readonly string[]): Promise<void> {
  const engines = createEngines({ directory: new URL('../dist/engines/', import.meta.url) })
  for (const directory of directories) {
    const tally = await measure(directory, engines)
    const times = [...tally.milliseconds].sort((a, b) => a - b)
    console.log(`\n${basename(dirname(directory))}`)
    console.log(
      `  pairs ${tally.pairs} · targets ${tally.targets} · affected ${tally.affected} · equal ${tally.equal} · both fail ${tally.bothFail} · different ${tally.different.length} · not comparable ${tally.notComparable}`,
    )
    for (const [code, count] of [...tally.couldNotCheck].sort())
      console.log(`  could not check: ${code} ×${count}`)
    console.log(`  ms per pair: median ${times[times.length >> 1] ?? 0}, worst ${times.at(-1) ?? 0}`)
    for (const line of tally.different.slice(0, 20)) console.log(`  DIFFERENT ${line}`)
  }
  await engines.close()
}

async function measure(directory: string, engines: Engines): Promise<Tally> {
  const tally: Tally = {
    pairs: 0,
    targets: 0,
    affected: 0,
    equal: 0,
    bothFail: 0,
    different: [],
    notComparable: 0,
    couldNotCheck: new Map(),
    milliseconds: [],
  }
  const repository = await openRepository(directory, { directory: process.cwd(), environment: process.env })
  const commits = execFileSync('git', [
    '-C',
    directory,
    'rev-list',
    '--first-parent',
    '-n',
    String(pairsPerRepository + 1),
    'HEAD',
  ])
    .toString()
    .trim()
    .split('\n')
  for (let i = 0; i + 1 < commits.length; i++) {
    const [head, base] = [
      await repository.tree(commits[i] ?? ''),
      await repository.tree(commits[i + 1] ?? ''),
    ]
    const start = performance.now()
    const configuration = await loadConfiguration(base)
    const rendered = await renderChange({
      base,
      head,
      changed: compareTrees(base, head),
      configuration,
      engines,
      onProgress: () => undefined,
    })
    tally.milliseconds.push(Math.round(performance.now() - start))
    tally.pairs++
    tally.targets = Math.max(tally.targets, rendered.targets.head.length)
    tally.affected += rendered.affected.length
    const checkout = await mkdtemp(join(tmpdir(), 'preadmit-parity-'))
    execFileSync('bash', [
      '-c',
      'git -C "$1" archive "$2" | tar -x -C "$3"',
      'archive',
      directory,
      commits[i] ?? '',
      checkout,
    ])
    for (const pair of rendered.pairs)
      if (pair.head) await compareNatively(pair.head, checkout, commits[i] ?? '', tally, engines)
    await rm(checkout, { recursive: true })
  }
  return tally
}

async function compareNatively(
  rendering: Rendering,
  checkout: string,
  commit: string,
  tally: Tally,
  engines: Engines,
): Promise<void> {
  if (rendering.state === 'not-rendered') {
    tally.couldNotCheck.set(rendering.reason.code, (tally.couldNotCheck.get(rendering.reason.code) ?? 0) + 1)
    return
  }
  const native = await renderNatively(rendering.target, checkout, engines)
  if (native === null) {
    tally.notComparable++
    return
  }
  const name = `${commit.slice(0, 8)} ${rendering.target.id}`
  if (rendering.state === 'failed' || native.error !== undefined) {
    if (rendering.state === 'failed' && native.error !== undefined) tally.bothFail++
    else
      tally.different.push(
        `${name}: ${rendering.state === 'failed' ? `ours fails: ${rendering.failure.message}` : `native fails: ${native.error ?? ''}`}`,
      )
    return
  }
  const namespace = rendering.target.namespace
  const ours = rendering.objects.map(({ object }) => canonical(object, namespace)).sort()
  const theirs = native.objects.map((object) => canonical(object, namespace)).sort()
  const first = theirs.findIndex((text, at) => text !== ours[at])
  if (ours.length === theirs.length && first < 0) tally.equal++
  else
    tally.different.push(
      `${name}: ours ${ours.length}, native ${theirs.length}: ${(theirs[first] ?? '').slice(0, 200)} ≠ ${(ours[first] ?? '').slice(0, 200)}`,
    )
}

async function renderNatively(
  target: Target,
  checkout: string,
  engines: Engines,
): Promise<{ objects: unknown[]; error?: string } | null> {
  const plan = target.plan
  // The folder of an artifact is put together from several: no path of the checkout is it.
  if ('artifact' in plan) return null
  const environment = { PATH: process.env['PATH'] ?? '', HOME: checkout }
  if (plan.tool === 'kustomize' && plan.substitute === undefined && plan.commonMetadata === undefined) {
    for (const [path, text] of Object.entries(plan.overlay ?? {})) {
      await mkdir(dirname(join(checkout, path)), { recursive: true })
      await writeFile(join(checkout, path), text)
    }
    const restrictions = plan.loadRestrictions === 'none' ? ['--load-restrictor', 'LoadRestrictionsNone'] : []
    return await objectsOf(
      'kustomize',
      ['build', join(checkout, plan.root), ...restrictions, ...(plan.enableHelm ? ['--enable-helm'] : [])],
      environment,
      engines,
    )
  }
  if (plan.tool === 'helm' && plan.postRenderers === undefined && plan.commonMetadata === undefined) {
    // What Argo CD does before it renders; without a network only file:// dependencies succeed.
    await run('helm', ['dependency', 'build', join(checkout, plan.chart)], { env: environment }).catch(
      () => undefined,
    )
    const values = plan.values === undefined ? [] : ['--values', await writeValues(checkout, plan.values)]
    return await objectsOf(
      'helm',
      [
        'template',
        plan.release,
        join(checkout, plan.chart),
        '--namespace',
        plan.namespace,
        ...plan.valuesFiles.flatMap((file) => ['--values', join(checkout, file)]),
        ...values,
        ...(plan.setFile ?? []).flatMap((item) => ['--set-file', item]),
        ...(plan.setString ?? []).flatMap((item) => ['--set-string', item]),
        ...(plan.set ?? []).flatMap((item) => ['--set', item]),
        ...(plan.includeCRDs ? ['--include-crds'] : []),
        ...(plan.skipTests ? ['--skip-tests'] : []),
        ...(plan.upgrade ? ['--is-upgrade'] : []),
        ...(plan.kubeVersion === undefined ? [] : ['--kube-version', plan.kubeVersion]),
        ...(plan.apiVersions ?? []).flatMap((version) => ['--api-versions', version]),
      ],
      environment,
      engines,
    )
  }
  return null
}

async function writeValues(checkout: string, values: unknown): Promise<string> {
  const file = join(checkout, '.values.json')
  await writeFile(file, JSON.stringify(values))
  return file
}

async function objectsOf(
  command: string,
  args: string[],
  env: Record<string, string>,
  engines: Engines,
): Promise<{ objects: unknown[]; error?: string }> {
  try {
    const { stdout } = await run(command, args, { env, maxBuffer: 1 << 30 })
    const file = 'stdout.yaml'
    // The same parser that kustomize and Helm print for: of others `.` is a number and `y` a truth.
    const parsed = await parseFiles(memoryTree({ [file]: stdout }), engines, [file])
    // It refuses a key that stands twice, which kustomize and Helm print and a cluster takes.
    const lenient = (): unknown[] =>
      parseAllDocuments(stdout, { version: '1.1', uniqueKeys: false })
        .map((document) => document.toJS({ maxAliasCount: -1 }) as unknown)
        .filter((value) => value !== null)
    const objects = (parsed.get(file)?.documents ?? [])
      .map(({ value, error }, i) => (error === undefined ? value : lenient()[i]))
      .filter((value) => typeof value === 'object' && value !== null)
    return { objects: objects.flatMap(flattenList) }
  } catch (error) {
    return {
      objects: [],
      error: error instanceof Error ? (error as { stderr?: string }).stderr || error.message : String(error),
    }
  }
}

function flattenList(value: unknown): unknown[] {
  const object = value as { kind?: unknown; items?: unknown[] | null }
  return typeof object.kind === 'string' && object.kind.endsWith('List') && 'items' in object
    ? (object.items ?? [])
    : [value]
}

/** Owner labels of Flux and the tracking annotation of Argo CD. */
const controllerMark =
  /^(?:(?:kustomize|helm)\.toolkit\.fluxcd\.io\/name(?:space)?|argocd\.argoproj\.io\/tracking-id)$/

/** What definitions of custom resources say of their kinds is not known here. */
const noScopes = new Map<string, boolean>()

/** One text per object: keys sorted, the destination namespace filled in as preadmit does. */
function canonical(value: unknown, namespace: string | undefined): string {
  const sort = (node: unknown): unknown => {
    if (node instanceof Date) return node.toISOString()
    if (Array.isArray(node)) return node.map(sort)
    if (typeof node !== 'object' || node === null) return node
    return Object.fromEntries(
      Object.entries(node)
        .sort(([a], [b]) => (a < b ? -1 : 1))
        .map(([key, child]) => [key, sort(child)]),
    )
  }
  const object = structuredClone(value) as {
    apiVersion?: unknown
    kind?: unknown
    metadata?: {
      namespace?: string
      labels?: Record<string, string>
      annotations?: Record<string, string>
    }
  }
  const { metadata } = object
  if (metadata) {
    // Argo CD clears the namespace of a cluster-wide kind before it applies; kustomize and Helm print it.
    const clusterWide = !isNamespaced(String(object.apiVersion), String(object.kind), noScopes)
    if (clusterWide || metadata.namespace === namespace) delete metadata.namespace
    // Marks with which controllers find their objects again: neither kustomize nor Helm writes them.
    for (const marks of ['labels', 'annotations'] as const) {
      const kept = Object.entries(metadata[marks] ?? {}).filter(([key]) => !controllerMark.test(key))
      if (kept.length > 0) metadata[marks] = Object.fromEntries(kept)
      else if (marks === 'labels') delete metadata.labels
      else delete metadata.annotations
    }
  }
  return JSON.stringify(sort(object))
}
