/** The engines over WebAssembly workers: the only file of this room that the command line starts. */
import { createRequire } from 'node:module'
import { availableParallelism, totalmem } from 'node:os'
import { fileURLToPath } from 'node:url'
import type * as Esbuild from 'esbuild'
import { createAdmissionClient } from './admission-client.ts'
import type { Engines } from './engines.ts'
import { exerciseAdmission } from './exercise.ts'
import { createJobs } from './jobs.ts'
import { createKubeconformClient } from './kubeconform-client.ts'
import { createKyvernoClient } from './kyverno-client.ts'
import { EngineFileError, engineVersions, readManifest, type EngineName } from './manifest.ts'
import { createRegoClient } from './rego-client.ts'
import { createRenderClient } from './render-client.ts'
import { buildTime } from './wasi.ts'
import { createWorkers } from './workers.ts'

/**
 * Milliseconds of one job. Rendering: 30 s until the configuration says otherwise; Kubeflow's example takes 7 s on a free
 * machine and more than 10 on a busy one. Admission, kubeconform and Rego answer for batches, and
 * loading large CRDs was measured at seconds: 30 s, the time in which every bad input must have ended.
 */
const defaultTimeLimits: Readonly<Record<EngineName, number>> = {
  render: 30_000,
  admission: 30_000,
  kubeconform: 30_000,
  kyverno: 30_000,
  rego: 30_000,
}

/** Bytes that a worker takes with a big chart in it: 160 to 220 MB linear, up to 230 resident (shared/engines.md). */
const workerBytes = 384 * 1024 * 1024

export interface EngineOptions {
  /** `dist/engines/`; `engines.json` and `worker.js` stand beside it. */
  readonly directory: URL
  /** Threads at most; the machine's by default. */
  readonly cores?: number
  /** Bytes for all workers; half of the machine's by default. */
  readonly memoryBudget?: number
  /** Milliseconds of one job, by engine. */
  readonly timeLimits?: Partial<Readonly<Record<EngineName, number>>>
  /** Seconds since the epoch that the API server takes for "now". */
  readonly time?: number
  /** Lines for people who look for the reason of something slow or odd. */
  readonly log?: (line: string) => void
}

/**
 * Starts nothing: an engine is loaded, and a worker started, when the first job needs it or `warm` asks for it.
 * Throws `EngineFileError` when dist/engines.json is missing.
 */
export function createEngines(options: EngineOptions): Engines {
  const manifest = readManifest(new URL('../engines.json', options.directory))
  const log = options.log ?? (() => undefined)
  const size = poolSize(options)
  const workers = createWorkers({
    entry: workerEntry(options.directory),
    size,
    log,
    locate(name) {
      const entry = manifest.engines[name]
      if (entry === undefined) throw new EngineFileError(`engines.json has no engine ${name}`)
      return { file: new URL(entry.file, options.directory), entry }
    },
  })
  const limits = { ...defaultTimeLimits, ...options.timeLimits }
  const jobs = createJobs({
    workers,
    timeLimit: (engine) => limits[engine],
    prepared: size * 2 + 2,
    log,
  })

  let now = options.time ?? buildTime
  const clock = { now: () => now, workers: size }
  const admission = createAdmissionClient(jobs, { time: options.time ?? buildTime, workers: size })

  return {
    render: createRenderClient(jobs),
    admission,
    kubeconform: createKubeconformClient(jobs),
    kyverno: createKyvernoClient(jobs, clock),
    rego: createRegoClient(jobs, clock),
    versions: engineVersions(manifest),
    warm: (...names) => {
      workers.warm(names)
      // With one worker it would only stand in the way of the rendering.
      const minor = /^v?(\d+\.\d+)/.exec(manifest.engines['admission']?.versions['kubernetes'] ?? '')?.[1]
      if (names.includes('admission') && size > 1 && minor !== undefined)
        exerciseAdmission(admission, minor).catch(() => undefined)
    },
    limit: ({ run, render }) => {
      workers.endAfter(run)
      limits.render = options.timeLimits?.render ?? render
    },
    at: (time) => {
      now = time
    },
    close: () => workers.close(),
  }
}

function poolSize(options: EngineOptions): number {
  const cores = options.cores ?? availableParallelism()
  const budget = options.memoryBudget ?? totalmem() / 2
  return Math.max(1, Math.min(cores, Math.floor(budget / workerBytes)))
}

/**
 * `dist/worker.js` beside the bundle. From source (scripts, tests) the worker is bundled in memory, so that what runs
 * is never an older build; esbuild is there wherever the sources are.
 */
function workerEntry(directory: URL): URL {
  if (!import.meta.url.endsWith('.ts')) return new URL('../worker.js', directory)
  const { buildSync } = createRequire(import.meta.url)('esbuild') as typeof Esbuild
  const built = buildSync({
    entryPoints: [fileURLToPath(new URL('worker.ts', import.meta.url))],
    bundle: true,
    write: false,
    format: 'esm',
    platform: 'node',
  })
  const [file] = built.outputFiles
  if (file === undefined) throw new TypeError('the worker was not bundled')
  return new URL(`data:text/javascript;base64,${Buffer.from(file.contents).toString('base64')}`)
}
