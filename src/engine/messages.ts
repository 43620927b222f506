/** What the main thread and a worker say to each other. Everything crosses by structured clone or is shared. */
import type { MessagePort } from 'node:worker_threads'
import type { CallResult } from './instance.ts'
import type { LoadedEngine, LoadTimes } from './engine-file.ts'
import type { EngineEntry, EngineName } from './manifest.ts'
import type { Snapshot } from './snapshot.ts'
import type { Look, Shipment, ViewRecord } from './view.ts'

/** Given to a worker at its start. */
export interface WorkerStart {
  /** Where answers to questions arrive while the worker waits. */
  readonly answers: MessagePort
  /** One number: 0 while the worker waits for an answer, 1 when it is there. */
  readonly bell: SharedArrayBuffer
}

/** Sent to one worker for each engine; the others get what it loaded. */
export interface LoadMessage {
  readonly kind: 'load'
  readonly engine: EngineName
  /** As text, because a URL does not cross. */
  readonly file: string
  readonly entry: EngineEntry
}

/** Sent once per worker and engine that another worker loaded, before its first job. */
export interface EngineMessage {
  readonly kind: 'engine'
  readonly engine: EngineName
  readonly loaded: LoadedEngine
}

export interface JobMessage {
  readonly kind: 'job'
  readonly engine: EngineName
  readonly frame: Uint8Array
  /** Seconds since the epoch. */
  readonly time: number
  readonly shipment: Shipment
  /** State of a session to start from; the engine's own snapshot otherwise. */
  readonly start?: Snapshot
  /** Answer with the state after the call. */
  readonly keep: boolean
}

export type ToWorker = LoadMessage | EngineMessage | JobMessage

export type FromWorker =
  | {
      readonly kind: 'loaded'
      readonly engine: EngineName
      readonly loaded: LoadedEngine
      readonly times: LoadTimes
    }
  | { readonly kind: 'not-loaded'; readonly engine: EngineName; readonly message: string }
  | { readonly kind: 'question'; readonly path: string }
  | {
      readonly kind: 'done'
      readonly result: CallResult
      readonly record: ViewRecord
      readonly milliseconds: number
      readonly snapshot?: Snapshot
    }

export interface AnswerMessage {
  readonly look: Look
}
