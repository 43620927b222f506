/** From what a worker sent back to the answer that the rooms see. */
import type { EngineAnswer, EngineMiss } from './engines.ts'
import { decodeFrame, FrameError } from './frame.ts'
import type { PoolResult } from './workers.ts'

/** Header of a response (docs/engine-abi.md). Engines are ours and verified: their own JSON is not validated again. */
interface ResponseHeader {
  readonly result?: unknown
  readonly error?: { readonly code: string; readonly message: string }
  readonly misses?: readonly EngineMiss[] | null
  readonly impure?: Readonly<Record<string, number>> | null
  readonly logs?: readonly string[] | null
}

/** Decodes a response; an engine that breaks the framing answers as `trap`. */
export function toAnswer<Result>({ result, record, milliseconds }: PoolResult): EngineAnswer<Result> {
  const trace = {
    misses: [],
    impure: {},
    logs: [],
    ...record,
    milliseconds: Math.round(milliseconds * 10) / 10,
  }
  if (result.kind === 'fault') {
    return { ...trace, ok: false, error: { code: result.code, message: result.message } }
  }
  const header = headerOf(result.bytes)
  if (header instanceof FrameError) {
    return {
      ...trace,
      ok: false,
      error: { code: 'trap', message: `the engine's answer is broken: ${header.message}` },
    }
  }
  const told = {
    ...trace,
    misses: header.misses ?? [],
    impure: header.impure ?? {},
    logs: header.logs ?? [],
  }
  if (header.error !== undefined) return { ...told, ok: false, error: header.error }
  return { ...told, ok: true, result: header.result as Result }
}

function headerOf(bytes: Uint8Array): ResponseHeader | FrameError {
  try {
    const { header } = decodeFrame(bytes)
    if (typeof header !== 'object' || header === null) return new FrameError('the header is no object')
    if (!('result' in header) && !('error' in header)) return new FrameError('neither result nor error')
    return header as ResponseHeader
  } catch (error) {
    if (error instanceof FrameError) return error
    throw error
  }
}
