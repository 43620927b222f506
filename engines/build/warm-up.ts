/**
 * Brings a fresh engine to the state in which it is shipped: Go initialised, upstream's lazy tables built, garbage
 * gone. The requests are `warmup.json` of the engine: `[{"files": {path: text}, "request": {...}}]`.
 */
import { decodeFrame, encodeFrame } from '../../src/engine/frame.ts'
import { callOperation, checkAbi, createInstance, type Instance } from '../../src/engine/instance.ts'
import { buildTime, type ClockState } from '../../src/engine/wasi.ts'
import type { State } from './bake.ts'
import { viewOf } from './memory-view.ts'

export interface WarmUp {
  readonly files: Readonly<Record<string, string>>
  readonly request: { readonly op: string }
}

/** Little garbage while warming up, Go's own default afterwards: 200 was measured to double memory for nothing. */
const gcPercent = { warmUp: 5, shipped: 100 } as const

/** Bytes of a response of a warm-up request. */
const outputLimit = 16 * 1024 * 1024

/** Runs every request twice and answers the state after it. Throws when a request is answered with an error. */
export function warmUp(
  module: WebAssembly.Module,
  requests: readonly WarmUp[],
): State & { clock: ClockState } {
  const instance = createInstance(module, { baked: false })
  const { exports } = instance
  exports._initialize()
  checkAbi(exports)
  exports.call(callOperation.setGcPercent, gcPercent.warmUp, 0)
  for (const request of [...requests, ...requests]) answerOf(instance, request)
  exports.call(callOperation.scrub, 0, 0)
  exports.call(callOperation.setGcPercent, gcPercent.shipped, 0)
  exports.call(callOperation.collect, 0, 0)
  const { bytes, globals = [], clock } = instance.snapshot()
  return { memory: new Uint8Array(bytes), globals, clock }
}

/** The response's header and bytes. */
export function answerOf(
  instance: Instance,
  { files, request }: WarmUp,
  start?: Parameters<Instance['call']>[0]['start'],
): { header: { readonly result?: unknown }; bytes: Uint8Array } {
  const answer = instance.call({
    frame: encodeFrame(request),
    time: buildTime,
    view: viewOf(files),
    outputLimit,
    ...(start === undefined ? {} : { start }),
  })
  if (answer.kind === 'fault') throw new Error(`warm-up of ${request.op}: ${answer.message}`)
  const { header } = decodeFrame(answer.bytes)
  if (typeof header !== 'object' || header === null || !('result' in header) || 'error' in header) {
    throw new Error(`warm-up of ${request.op} was answered with ${JSON.stringify(header)}`)
  }
  return { header, bytes: answer.bytes }
}
