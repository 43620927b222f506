/**
 * The pool of worker threads: jobs queue, idle workers take them, a watchdog ends what takes too long. A worker that
 * was ended is replaced when the next job needs it; other jobs go on.
 */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'
import type { CallResult, FaultCode } from './instance.ts'
import type { LoadedEngine } from './engine-file.ts'
import { EngineFileError, type EngineEntry, type EngineName } from './manifest.ts'
import type { AnswerMessage, FromWorker, JobMessage, ToWorker, WorkerStart } from './messages.ts'
import type { Snapshot } from './snapshot.ts'
import type { Look, ViewRecord } from './view.ts'
import { startWatchdog } from './watchdog.ts'

/** Go's recursion becomes V8's: nested templates and deep YAML need more than the 4 MB of a Node worker. */
const stackMegabytes = 64

export interface PoolJob {
  readonly message: JobMessage
  /** Milliseconds from the start of the job on a worker, as the watchdog counts them. */
  readonly timeLimit: number
  /** Answers for a path that was not shipped. */
  readonly look: (path: string) => Promise<Look>
}

export interface PoolResult {
  readonly result:
    CallResult | { readonly kind: 'fault'; readonly code: FaultCode | 'timeout'; readonly message: string }
  readonly record: ViewRecord
  readonly milliseconds: number
  readonly snapshot?: Snapshot
}

export interface Workers {
  /**
   * Rejects only for faults of our own: a worker that cannot start, an engine with unknown imports, an engine's file
   * that is missing or altered (`EngineFileError`).
   */
  run(job: PoolJob): Promise<PoolResult>
  /** Loads engines ahead of their first job, the first ones first, in workers that have nothing else to do. */
  warm(engines: readonly EngineName[]): void
  /** From so many milliseconds on every job, also one that runs, ends as `timeout`: whoever waits gets an answer. */
  endAfter(milliseconds: number): void
  /** Ends all workers; jobs that run or wait are rejected. */
  close(): Promise<void>
}

export interface WorkerOptions {
  readonly entry: URL
  readonly size: number
  /** Where an engine stands. Throws `EngineFileError` when there is none of that name. */
  readonly locate: (engine: EngineName) => { readonly file: URL; readonly entry: EngineEntry }
  readonly log: (line: string) => void
}

interface Ticket {
  readonly job: PoolJob
  readonly resolve: (result: PoolResult) => void
  readonly reject: (error: unknown) => void
}

interface Seat {
  readonly worker: Worker
  readonly answers: MessagePort
  readonly bell: Int32Array
  /** Engines that the worker has. */
  readonly engines: Set<EngineName>
  loading: EngineName | undefined
  running: { readonly ticket: Ticket; readonly began: number; readonly stopWatch: () => void } | undefined
}

const nothingRead: ViewRecord = { read: [], undeclared: [], refused: {} }

export function createWorkers(options: WorkerOptions): Workers {
  const seats = new Set<Seat>()
  const queue: Ticket[] = []
  const loaded = new Map<EngineName, LoadedEngine>()
  /** Engines to load as soon as a worker has nothing better to do. */
  const wanted: EngineName[] = []
  let closed = false
  let end: NodeJS.Timeout | undefined
  /** What every job is answered once the time of the run is over. */
  let over: PoolResult | undefined

  return {
    run(job) {
      return new Promise((resolve, reject) => {
        if (closed) {
          reject(new Error('the engines are closed'))
          return
        }
        if (over !== undefined) {
          resolve(over)
          return
        }
        queue.push({ job, resolve, reject })
        dispatch()
      })
    },
    warm(engines) {
      wanted.push(...engines)
      dispatch()
    },
    endAfter(milliseconds) {
      clearTimeout(end)
      end = setTimeout(() => {
        over = timedOut(`the whole run may take ${minutes(milliseconds)} (limits.minutes)`, 0)
        for (const ticket of queue.splice(0)) ticket.resolve(over)
        for (const one of [...seats]) if (one.running !== undefined) expire(one, over)
      }, milliseconds)
      end.unref()
    },
    async close() {
      closed = true
      clearTimeout(end)
      for (const ticket of queue.splice(0)) ticket.reject(new Error('the engines were closed'))
      const open = [...seats]
      for (const one of open) release(one)?.ticket.reject(new Error('the engines were closed'))
      await Promise.all(open.map((one) => one.worker.terminate()))
    },
  }

  /** Gives out what waits: jobs whose engine is there, in their order; then engines that jobs or `warm` ask for. */
  function dispatch(): void {
    if (closed) return
    for (const ticket of [...queue]) {
      const name = ticket.job.message.engine
      const engine = loaded.get(name)
      if (engine === undefined) continue
      const free = freeSeat(name)
      if (free === undefined) break
      queue.splice(queue.indexOf(ticket), 1)
      start(free, ticket, engine)
    }
    for (const engine of [...queue.map(({ job }) => job.message.engine), ...wanted]) load(engine)
  }

  function load(engine: EngineName): void {
    if (loaded.has(engine) || [...seats].some(({ loading }) => loading === engine)) return
    const free = freeSeat(engine)
    if (free === undefined) return
    try {
      const { file, entry } = options.locate(engine)
      free.loading = engine
      // A program that only waits for an engine has to wait.
      free.worker.ref()
      send(free, { kind: 'load', engine, file: file.href, entry })
    } catch (error) {
      giveUp(engine, error)
    }
  }

  /** Whoever needs the engine hears of it; perhaps nobody does. */
  function giveUp(engine: EngineName, error: unknown): void {
    remove(wanted, (name) => name === engine)
    for (const { reject } of remove(queue, ({ job }) => job.message.engine === engine)) reject(error)
  }

  /** An idle worker, best one that holds the engine; a new one while the pool may grow. */
  function freeSeat(engine: EngineName): Seat | undefined {
    const idle = [...seats].filter(({ running, loading }) => running === undefined && loading === undefined)
    return (
      idle.find((one) => one.engines.has(engine)) ??
      idle[0] ??
      (seats.size < options.size ? seat() : undefined)
    )
  }

  function seat(): Seat {
    const { port1, port2 } = new MessageChannel()
    const bell = new SharedArrayBuffer(4)
    const workerData: WorkerStart = { answers: port2, bell }
    const worker = new Worker(options.entry, {
      workerData,
      transferList: [port2],
      resourceLimits: { stackSizeMb: stackMegabytes },
      // Nothing of the process's surroundings is an engine's business.
      env: {},
      // Loaders and flags of a developer's process are none of the worker's either.
      execArgv: [],
    })
    // The pool must not keep a finished program alive.
    worker.unref()
    port1.unref()
    const created: Seat = {
      worker,
      answers: port1,
      bell: new Int32Array(bell),
      engines: new Set(),
      loading: undefined,
      running: undefined,
    }
    worker.on('message', (message: FromWorker) => {
      receive(created, message)
    })
    worker.on('error', (error) => {
      lose(created, error)
    })
    worker.on('exit', (code) => {
      lose(created, new Error(`an engine worker ended with status ${code}`))
    })
    seats.add(created)
    return created
  }

  function start(one: Seat, ticket: Ticket, engine: LoadedEngine): void {
    const { message, timeLimit } = ticket.job
    const stopWatch = startWatchdog({
      worker: one.worker,
      limit: timeLimit,
      expire: () => {
        expire(one, timedOut(`no answer within ${timeLimit / 1000} s`, timeLimit))
      },
    })
    one.running = { ticket, began: performance.now(), stopWatch }
    one.worker.ref()
    if (!one.engines.has(message.engine)) {
      one.engines.add(message.engine)
      send(one, { kind: 'engine', engine: message.engine, loaded: engine })
    }
    send(one, message)
  }

  function send(one: Seat, message: ToWorker): void {
    one.worker.postMessage(message)
  }

  function receive(one: Seat, message: FromWorker): void {
    // A worker that is being ended keeps the program alive until then; a late answer must not let go of it.
    if (closed) return
    if (message.kind === 'question') {
      void reply(one, message.path)
      return
    }
    if (message.kind === 'loaded' || message.kind === 'not-loaded') {
      settle(one, message)
      return
    }
    const { result, record, milliseconds, snapshot } = message
    release(one)?.ticket.resolve({
      result,
      record,
      milliseconds,
      ...(snapshot === undefined ? {} : { snapshot }),
    })
    dispatch()
  }

  function settle(one: Seat, message: Extract<FromWorker, { kind: 'loaded' | 'not-loaded' }>): void {
    const { engine } = message
    one.loading = undefined
    one.worker.unref()
    if (message.kind === 'not-loaded') giveUp(engine, new EngineFileError(message.message))
    else {
      const { decompress, compile } = message.times
      options.log(
        `${engine}: decompressed in ${Math.round(decompress)} ms, compiled in ${Math.round(compile)} ms`,
      )
      loaded.set(engine, message.loaded)
      one.engines.add(engine)
      remove(wanted, (name) => name === engine)
    }
    dispatch()
  }

  async function reply(one: Seat, path: string): Promise<void> {
    const ticket = one.running?.ticket
    if (ticket === undefined) return
    try {
      const look = await ticket.job.look(path)
      if (one.running?.ticket !== ticket) return
      one.answers.postMessage({ look } satisfies AnswerMessage)
      Atomics.store(one.bell, 0, 1)
      Atomics.notify(one.bell, 0)
    } catch (error) {
      // The tree cannot be read, and the worker waits for ever: give the job up with the tree's own error.
      lose(one, error)
      void one.worker.terminate()
    }
  }

  function expire(one: Seat, result: PoolResult): void {
    const running = release(one)
    seats.delete(one)
    void one.worker.terminate()
    running?.ticket.resolve(result)
    dispatch()
  }

  /** A worker is gone on its own account. */
  function lose(one: Seat, error: unknown): void {
    seats.delete(one)
    const { loading } = one
    const running = release(one)
    if (loading !== undefined) giveUp(loading, error)
    if (running === undefined) return
    if (error instanceof Error && 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY') {
      running.ticket.resolve({
        result: { kind: 'fault', code: 'memory', message: 'the worker ran out of memory' },
        record: nothingRead,
        milliseconds: performance.now() - running.began,
      })
    } else {
      running.ticket.reject(error)
    }
    if (!closed) dispatch()
  }

  function release(one: Seat): Seat['running'] {
    const { running } = one
    running?.stopWatch()
    one.running = undefined
    one.worker.unref()
    return running
  }
}

/** Takes out of a list what matches, and answers it. */
function remove<T>(list: T[], matches: (one: T) => boolean): T[] {
  const taken = list.filter(matches)
  list.splice(0, list.length, ...list.filter((one) => !taken.includes(one)))
  return taken
}

function timedOut(message: string, milliseconds: number): PoolResult {
  return { result: { kind: 'fault', code: 'timeout', message }, record: nothingRead, milliseconds }
}

function minutes(milliseconds: number): string {
  const count = milliseconds / 60_000
  return count === 1 ? 'a minute' : `${count} minutes`
}
