/**
 * Ends jobs that take too long. What a job may take is time of the processor: on a busy machine the same job gets the
 * same answer, only later. Node tells a worker's processor time from 22.18 and 24.6; before, and in any case after three
 * times as long, the clock decides.
 */
import type { Worker } from 'node:worker_threads'

/** How many times its limit a job may take by the clock. Ours: a machine that is busier gives no answer worth the wait. */
const patience = 3
/** Milliseconds between two looks at least: a job that never ends uses all but a little of its time on a free machine. */
const shortestWait = 20

export interface Watched {
  readonly worker: Worker
  /** Milliseconds. */
  readonly limit: number
  /** Called once, unless the watch was stopped. */
  readonly expire: () => void
}

/** Starts when the job does; answers what stops the watch. */
export function startWatchdog({ worker, limit, expire }: Watched): () => void {
  let over = false
  const before = processorTime(worker)
  const last = setTimeout(() => {
    afterMessages(end)
  }, limit * patience)
  let next = setTimeout(look, limit)
  return stop

  function look(): void {
    afterMessages(() => void decide())
  }

  async function decide(): Promise<void> {
    const [now, then] = [await processorTime(worker), await before]
    if (over) return
    const left = now === undefined ? 0 : limit - (now - (then ?? 0))
    if (left <= 0) end()
    else next = setTimeout(look, Math.max(left, shortestWait))
  }

  function end(): void {
    stop()
    expire()
  }

  function stop(): void {
    over = true
    clearTimeout(next)
    clearTimeout(last)
  }

  /** A busy main thread fires timers before it sees messages that came in time: those go first. */
  function afterMessages(then: () => void): void {
    setImmediate(() => {
      if (!over) then()
    })
  }
}

/** Milliseconds that the worker's thread has computed so far; undefined where Node cannot tell, or not yet. */
async function processorTime(worker: Worker): Promise<number | undefined> {
  const counting: Worker & { cpuUsage?(): Promise<NodeJS.CpuUsage> } = worker
  try {
    const used = await counting.cpuUsage?.()
    return used === undefined ? undefined : (used.user + used.system) / 1000
  } catch {
    // A worker that does not run yet, or no more.
    return undefined
  }
}
