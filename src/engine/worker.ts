/**
 * Entry of a worker thread: engines on one side, messages on the other. One job at a time; while a job runs the
 * thread is blocked, so questions about the tree wait on a bell instead of an event.
 */
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads'
import { loadEngine, type LoadedEngine } from './engine-file.ts'
import { createInstance, type Instance } from './instance.ts'
import { EngineFileError, type EngineName } from './manifest.ts'
import type { AnswerMessage, FromWorker, JobMessage, LoadMessage, ToWorker, WorkerStart } from './messages.ts'
import { createView, type Look } from './view.ts'

/**
 * Bytes of one response. Argo CD refuses applications above 10 MB of manifests, the render engine above 50 MB of
 * text; JSON with origins of the latter stays below this.
 */
const outputLimit = 128 * 1024 * 1024

if (parentPort === null) throw new TypeError('worker.ts runs as a worker thread only')
const port = parentPort
const { answers, bell } = workerData as WorkerStart
const waiting = new Int32Array(bell)
const engines = new Map<EngineName, { loaded: LoadedEngine; instance: Instance | undefined }>()

port.on('message', (message: ToWorker) => {
  if (message.kind === 'job') run(message)
  else if (message.kind === 'load') load(message)
  else engines.set(message.engine, { loaded: message.loaded, instance: undefined })
})

function load({ engine, file, entry }: LoadMessage): void {
  try {
    const { engine: loaded, times } = loadEngine(new URL(file), entry)
    port.postMessage({ kind: 'loaded', engine, loaded, times } satisfies FromWorker)
    // Instantiated at once: an engine that was warmed up is ready before its first job is.
    engines.set(engine, { loaded, instance: instantiate(loaded) })
  } catch (error) {
    if (!(error instanceof EngineFileError)) throw error
    port.postMessage({ kind: 'not-loaded', engine, message: error.message } satisfies FromWorker)
  }
}

function run(job: JobMessage): void {
  const began = performance.now()
  const engine = engines.get(job.engine)
  if (engine === undefined) throw new TypeError(`a job came before its engine, ${job.engine}`)
  const instance = usable(engine)
  const view = createView(job.shipment, ask)
  const start = job.start ?? engine.loaded.start
  const result = instance.call({ frame: job.frame, time: job.time, view, start, outputLimit })
  const done: FromWorker = {
    kind: 'done',
    result,
    record: view.record(),
    milliseconds: performance.now() - began,
    ...(job.keep && result.kind === 'response' ? { snapshot: instance.snapshot(start) } : {}),
  }
  port.postMessage(done, result.kind === 'response' ? [result.bytes.buffer] : [])
}

function usable(engine: { readonly loaded: LoadedEngine; instance: Instance | undefined }): Instance {
  if (engine.instance?.usable() !== true) {
    // The old one goes first, so that two memories never stand side by side longer than a collection takes.
    engine.instance = undefined
    engine.instance = instantiate(engine.loaded)
  }
  return engine.instance
}

function instantiate({ module }: LoadedEngine): Instance {
  return createInstance(module, { baked: true })
}

function ask(path: string): Look {
  Atomics.store(waiting, 0, 0)
  port.postMessage({ kind: 'question', path } satisfies FromWorker)
  Atomics.wait(waiting, 0, 0)
  const received = receiveMessageOnPort(answers) as { message: AnswerMessage } | undefined
  if (received === undefined) throw new TypeError('the bell rang without an answer')
  return received.message.look
}
