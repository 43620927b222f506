import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { chmod, mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import type { JsonObject } from '../../src/model/json.ts'
import type { Answer, FidelityCase, Files } from './case.ts'

/** The programs that call Argo CD's and Flux's own code. */
export interface Judges {
  readonly argocd: string
  readonly flux: string
  /** Directory for answers, by the digest of everything that they depend on. */
  readonly cache: string | null
}

interface Output {
  readonly error?: string
  readonly objects?: readonly JsonObject[] | null
  readonly applications?: readonly JsonObject[] | null
  readonly hooks?: readonly JsonObject[] | null
  readonly crds?: readonly JsonObject[] | null
  readonly sources?: readonly { readonly revision?: string }[]
}

/** Asks the judge of the case's tool. */
export async function askJudge(subject: FidelityCase, judges: Judges): Promise<Answer> {
  const file = judges.cache === null ? null : join(judges.cache, `${digestOf(subject)}.json`)
  if (file !== null && existsSync(file)) return JSON.parse(await readFile(file, 'utf8')) as Answer
  const work = await mkdtemp(join(tmpdir(), 'preadmit-fidelity-'))
  try {
    const answer = answerOf(await run(subject, judges, work), work)
    if (file !== null) {
      await mkdir(dirname(file), { recursive: true })
      await writeFile(file, JSON.stringify(answer))
    }
    return answer
  } finally {
    await rm(work, { recursive: true, force: true })
  }
}

async function run(subject: FidelityCase, judges: Judges, work: string): Promise<Output> {
  const definition = join(work, 'definition.yaml')
  await writeFile(definition, subject.definition)
  const repository = join(work, 'repo')
  await writeFiles(repository, subject.files)
  const extra: string[] = []
  for (const [i, [url, files]] of Object.entries(subject.others ?? {}).entries()) {
    const directory = join(work, `other-${i}`)
    await writeFiles(directory, files)
    extra.push('--map', `${url}=${directory}`)
  }
  const charts = subject.tool === 'application' ? (subject.charts ?? {}) : {}
  for (const [name, files] of Object.entries(charts)) {
    await writeFiles(join(work, `chart-of-${name}`), files)
    extra.push('--chart', `${name}=${join(work, `chart-of-${name}`)}`)
  }
  if (subject.clusters !== undefined) {
    await writeFile(join(work, 'clusters.json'), JSON.stringify(subject.clusters))
    extra.push('--clusters', join(work, 'clusters.json'))
  }
  if (subject.data !== undefined) {
    await writeFile(join(work, 'data.json'), JSON.stringify(subject.data))
    extra.push(subject.tool === 'kustomization' ? '--vars' : '--values-from', join(work, 'data.json'))
  }
  if (subject.enableHelm === true) extra.push('--kustomize-build-options', '--enable-helm')
  if (subject.chart !== undefined) extra.push('--chart', join(repository, subject.chart))
  const common = ['--repo', repository]
  switch (subject.tool) {
    case 'application':
      return await call(judges.argocd, ['render', ...common, '--app', definition, ...extra])
    case 'application-set':
      return await call(judges.argocd, ['appset', ...common, '--appset', definition, ...extra])
    case 'kustomization':
      // Typed normalization adds empty and default fields that are in no source; the API server adds them anyway.
      return await call(judges.flux, ['kustomization', '--raw', ...common, '--file', definition, ...extra])
    case 'helm-release':
      return await call(judges.flux, ['helmrelease', ...common, '--file', definition, ...extra])
  }
}

/** Exit status 1 comes with `{"error": …}` on standard output, too. */
function call(program: string, args: readonly string[]): Promise<Output> {
  return new Promise((resolve, reject) => {
    execFile(
      program,
      args,
      { maxBuffer: 1 << 30, timeout: 180_000, env: { ...process.env, GIT_TERMINAL_PROMPT: '0' } },
      (failure, stdout, stderr) => {
        try {
          resolve(JSON.parse(stdout) as Output)
        } catch {
          // Upstream's own code can end in a panic beside the call, which nothing there can catch.
          const panic = /^panic: .*/m.exec(stderr)
          if (panic !== null) resolve({ error: panic[0] })
          else reject(new Error(`${program} ${args[0] ?? ''}: ${failure?.message ?? stderr}`))
        }
      },
    )
  })
}

function answerOf(output: Output, work: string): Answer {
  const revision = output.sources?.find((source) => source.revision !== undefined)?.revision
  return {
    error: output.error === undefined || output.error === '' ? null : output.error.replaceAll(work, ''),
    objects: [
      ...(output.crds ?? []),
      ...(output.objects ?? []),
      ...(output.hooks ?? []),
      ...(output.applications ?? []),
    ],
    ...(revision === undefined ? {} : { revision }),
  }
}

export async function writeFiles(directory: string, files: Files): Promise<void> {
  await mkdir(directory, { recursive: true })
  for (const [path, entry] of Object.entries(files)) {
    const file = join(directory, path)
    await mkdir(dirname(file), { recursive: true })
    if (typeof entry === 'string' || entry instanceof Uint8Array) await writeFile(file, entry)
    else if ('symlink' in entry) await symlink(entry.symlink, file)
    else if ('content' in entry) {
      await writeFile(file, entry.content)
      if (entry.executable) await chmod(file, 0o755)
    }
  }
}

function digestOf({
  tool,
  definition,
  files,
  others,
  charts,
  data,
  clusters,
  chart,
  enableHelm,
}: FidelityCase): string {
  const hash = createHash('sha256')
  hash.update(JSON.stringify([tool, definition, data, clusters, chart]))
  if (enableHelm === true) hash.update('--enable-helm')
  for (const [url, each] of Object.entries({ '': files, ...others, ...charts })) {
    hash.update(`\n${url}\n`)
    for (const path of Object.keys(each).sort()) {
      const entry = each[path]
      hash.update(`${path}\n`)
      hash.update(typeof entry === 'string' || entry instanceof Uint8Array ? entry : JSON.stringify(entry))
    }
  }
  return hash.digest('hex')
}
