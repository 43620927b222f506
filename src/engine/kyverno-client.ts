/** The Kyverno engine's client: policies are compiled once, and every worker starts its batches from that state. */
import { inBatches } from './admission-client.ts'
import type {
  KyvernoEvaluateRequest,
  KyvernoEvaluateResult,
  KyvernoLoadRequest,
  KyvernoLoadResult,
} from './api-kyverno.ts'
import type { KyvernoEngine } from './engines.ts'
import { encodeFrame } from './frame.ts'
import type { Jobs } from './jobs.ts'

export interface KyvernoOptions {
  /** Seconds since the epoch that policies take for "now": exceptions expire by it. */
  readonly now: () => number
  /** Workers that can share the batches. */
  readonly workers: number
}

export function createKyvernoClient(jobs: Jobs, { now, workers }: KyvernoOptions): KyvernoEngine {
  return {
    async open(load) {
      const time = now()
      const request: KyvernoLoadRequest = { op: 'load', ...load }
      const { answer, snapshot } = await jobs.run<KyvernoLoadResult>({
        engine: 'kyverno',
        frame: encodeFrame(request),
        time,
        keep: true,
      })
      if (!answer.ok) return { error: answer.error }
      if (snapshot === undefined) throw new TypeError('a session was opened without its state')
      return {
        loaded: answer.result,
        evaluate: (writes, options) =>
          inBatches(
            writes,
            workers,
            async (batch) => {
              const question: KyvernoEvaluateRequest = {
                op: 'evaluate',
                writes: batch,
                ...(options?.all === true ? { all: true } : {}),
              }
              const job = { engine: 'kyverno' as const, frame: encodeFrame(question), time, start: snapshot }
              return (await jobs.run<KyvernoEvaluateResult>(job)).answer
            },
            joinEvaluated,
          ),
      }
    },
  }
}

function joinEvaluated(
  parts: readonly { readonly result: KyvernoEvaluateResult; readonly offset: number }[],
): KyvernoEvaluateResult {
  const matched: number[] = []
  const undecodable: Record<string, string> = {}
  for (const { result, offset } of parts) {
    for (const [policy, count] of result.matched.entries()) matched[policy] = (matched[policy] ?? 0) + count
    for (const [write, reason] of Object.entries(result.undecodable ?? {}))
      undecodable[String(Number(write) + offset)] = reason
  }
  const evaluations = parts.flatMap(({ result, offset }) =>
    result.evaluations.map((evaluation) => ({ ...evaluation, write: evaluation.write + offset })),
  )
  return { evaluations, matched, undecodable }
}
