/**
 * The pool of worker threads: jobs queue, idle workers take them, a watchdog ends what takes too long. A worker that
 * was ended is replaced when the next job needs it; other jobs go on.
 */
import { MessageChannel, Worker, type MessagePort } from 'node:worker_threads'
import type { LoadedEngine } from './engine-file.ts'
import type { CallResult, FaultCode } from './instance.ts'
import type { EngineName } from './manifest.ts'
import type { AnswerMessage, FromWorker, JobMessage, ToWorker, WorkerStart } from './messages.ts'
import type { Snapshot } from './snapshot.ts'
import type { Look, ViewRecord } from './view.ts'

/** Go's recursion becomes V8's: nested templates and deep YAML need more than the 4 MB of a Node worker. */
const stackMegabytes = 64

export interface PoolJob {
  readonly engine: LoadedEngine
  readonly message: JobMessage
  /** Milliseconds from the start of the job on a worker. */
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
  /** Rejects only for faults of our own: a worker that cannot start, an engine with unknown imports. */
  run(job: PoolJob): Promise<PoolResult>
  /** Starts a worker ahead of the first job, and an engine in it when one is given. */
  warm(engine?: { readonly name: EngineName; readonly loaded: LoadedEngine }): void
  /** Ends all workers; jobs that run or wait are rejected. */
  close(): Promise<void>
}

export interface WorkerOptions {
  readonly entry: URL
  readonly size: number
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
  readonly engines: Set<EngineName>
  running: { readonly ticket: Ticket; readonly began: number; readonly watchdog: NodeJS.Timeout } | undefined
}

const nothingRead: ViewRecord = { read: [], undeclared: [], refused: {} }

export function createWorkers(options: WorkerOptions): Workers {
  const seats = new Set<Seat>()
  const queue: Ticket[] = []
  let closed = false

  return {
    run(job) {
      return new Promise((resolve, reject) => {
        if (closed) {
          reject(new Error('the engines are closed'))
          return
        }
        queue.push({ job, resolve, reject })
        dispatch()
      })
    },
    warm(engine) {
      if (closed) return
      const [first] = seats
      const one = first ?? seat()
      if (engine !== undefined) give(one, engine.name, engine.loaded)
    },
    async close() {
      closed = true
      for (const ticket of queue.splice(0)) ticket.reject(new Error('the engines were closed'))
      const open = [...seats]
      for (const one of open) release(one)?.ticket.reject(new Error('the engines were closed'))
      await Promise.all(open.map((one) => one.worker.terminate()))
    },
  }

  function dispatch(): void {
    while (queue.length > 0) {
      const [ticket] = queue
      const free = ticket && freeSeat(ticket.job.message.engine)
      if (ticket === undefined || free === undefined) return
      queue.shift()
      start(free, ticket)
    }
  }

  /** An idle worker, best one that holds the engine; a new one while the pool may grow. */
  function freeSeat(engine: EngineName): Seat | undefined {
    const idle = [...seats].filter((one) => one.running === undefined)
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

  function start(one: Seat, ticket: Ticket): void {
    const { engine, message, timeLimit } = ticket.job
    const watchdog = setTimeout(() => {
      // A busy main thread fires timers before it sees messages that came in time: let those go first.
      setImmediate(() => {
        if (one.running?.ticket === ticket) expire(one, timeLimit)
      })
    }, timeLimit)
    one.running = { ticket, began: performance.now(), watchdog }
    one.worker.ref()
    give(one, message.engine, engine)
    send(one, message)
  }

  function give(one: Seat, name: EngineName, engine: LoadedEngine): void {
    if (one.engines.has(name)) return
    one.engines.add(name)
    send(one, { kind: 'engine', engine: name, ...engine })
  }

  function send(one: Seat, message: ToWorker): void {
    one.worker.postMessage(message)
  }

  function receive(one: Seat, message: FromWorker): void {
    if (message.kind === 'question') {
      void reply(one, message.path)
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

  function expire(one: Seat, timeLimit: number): void {
    const running = release(one)
    seats.delete(one)
    void one.worker.terminate()
    running?.ticket.resolve({
      result: {
        kind: 'fault',
        code: 'timeout',
        message: `no answer within ${timeLimit / 1000} s`,
      },
      record: nothingRead,
      milliseconds: timeLimit,
    })
    dispatch()
  }

  /** A worker is gone on its own account. */
  function lose(one: Seat, error: unknown): void {
    seats.delete(one)
    const running = release(one)
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
    if (running !== undefined) clearTimeout(running.watchdog)
    one.running = undefined
    one.worker.unref()
    return running
  }
}
