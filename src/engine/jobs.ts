/** Runs requests on engines: loads an engine when it is first needed, prepares inputs, decodes answers. */
import { createContentStore, type ContentStore } from './contents.ts'
import type { EngineAnswer } from './engines.ts'
import { toAnswer } from './answer.ts'
import type { Listing } from './listing.ts'
import type { EngineName } from './manifest.ts'
import { lookInTree, packShipment } from './shipment.ts'
import type { Snapshot } from './snapshot.ts'
import type { Tree } from '../model/tree.ts'
import { emptyShipment } from './view.ts'
import type { PoolResult, Workers } from './workers.ts'

export interface Job {
  readonly engine: EngineName
  readonly frame: Uint8Array
  readonly time: number
  /** What the job may read; absent for engines that read nothing. */
  readonly files?: { readonly tree: Tree; readonly listing: Listing }
  readonly start?: Snapshot
  readonly keep?: boolean
  /** Milliseconds, where the job must not have as many as its engine's others. */
  readonly timeLimit?: number
}

export interface Jobs {
  run<Result>(job: Job): Promise<{ answer: EngineAnswer<Result>; snapshot?: Snapshot }>
}

export interface JobOptions {
  readonly workers: Workers
  /** Milliseconds that a job of the engine may take. */
  readonly timeLimit: (engine: EngineName) => number
  /** Jobs whose inputs may be in memory at once: a few more than workers keep them busy. */
  readonly prepared: number
  readonly log: (line: string) => void
}

export function createJobs(options: JobOptions): Jobs {
  const store = createContentStore()
  const gate = createGate(options.prepared)
  return {
    async run<Result>(job: Job) {
      const done = await gate(() => dispatch(job, store, options))
      reportDenied(job.engine, done, options.log)
      const { snapshot } = done
      return { answer: toAnswer<Result>(done), ...(snapshot === undefined ? {} : { snapshot }) }
    },
  }
}

async function dispatch(
  job: Job,
  store: ContentStore,
  { workers, timeLimit }: JobOptions,
): Promise<PoolResult> {
  const { files } = job
  const shipment = files === undefined ? emptyShipment : await packShipment(files.tree, files.listing, store)
  return workers.run({
    timeLimit: job.timeLimit ?? timeLimit(job.engine),
    look: (path) =>
      files === undefined ? Promise.resolve({ kind: 'missing', path }) : lookInTree(files.tree, path, store),
    message: {
      kind: 'job',
      engine: job.engine,
      frame: job.frame,
      time: job.time,
      shipment,
      keep: job.keep ?? false,
      ...(job.start === undefined ? {} : { start: job.start }),
    },
  })
}

/** System calls that the sandbox refused are no fault of the input, but somebody should know. */
function reportDenied(engine: EngineName, { result }: PoolResult, log: (line: string) => void): void {
  if (!('denied' in result)) return
  const calls = Object.entries(result.denied).map(([name, count]) => `${name} ×${count}`)
  if (calls.length > 0) log(`${engine}: refused system calls: ${calls.join(', ')}`)
}

/** Lets at most `limit` tasks run at once, first come first served. */
function createGate(limit: number): <T>(task: () => Promise<T>) => Promise<T> {
  const waiting: (() => void)[] = []
  let running = 0
  return async (task) => {
    if (running >= limit) await new Promise<void>((resolve) => waiting.push(resolve))
    else running += 1
    try {
      return await task()
    } finally {
      // The place passes straight to the next in line.
      const next = waiting.shift()
      if (next === undefined) running -= 1
      else next()
    }
  }
}
