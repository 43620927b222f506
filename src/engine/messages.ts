/** What the main thread and a worker say to each other. Everything crosses by structured clone or is shared. */
import type { MessagePort } from 'node:worker_threads'
import type { CallResult } from './instance.ts'
import type { EngineName } from './manifest.ts'
import type { Snapshot } from './snapshot.ts'
import type { Look, Shipment, ViewRecord } from './view.ts'

/** Given to a worker at its start. */
export interface WorkerStart {
  /** Where answers to questions arrive while the worker waits. */
  readonly answers: MessagePort
  /** One number: 0 while the worker waits for an answer, 1 when it is there. */
  readonly bell: SharedArrayBuffer
}

/** Sent once per worker and engine, before its first job. */
export interface EngineMessage {
  readonly kind: 'engine'
  readonly engine: EngineName
  readonly module: WebAssembly.Module
  readonly start: Snapshot
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

export type ToWorker = EngineMessage | JobMessage

export type FromWorker =
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
