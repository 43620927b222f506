/**
 * The admission engine's client. `load` runs once; its state is kept as a snapshot that every worker starts batches
 * from, so that batches neither load again nor see each other.
 */
import type {
  AdmissionLoadRequest,
  AdmissionLoadResult,
  AdmissionRequest,
  AdmissionWrite,
  AdmitResult,
  PolicyEvaluateResult,
  PodSecurityResult,
} from './api.ts'
import type { AdmissionEngine, AdmissionSession, EngineAnswer } from './engines.ts'
import { encodeFrame } from './frame.ts'
import type { Jobs } from './jobs.ts'
import type { Snapshot } from './snapshot.ts'
import { withoutDescriptions } from './without-descriptions.ts'

/**
 * Writes of one call. Large enough that rewinding (about 5 ms, and tables that upstream builds when a kind is first
 * seen) is small against the work (0.3 to 3 ms for each write), small enough that a batch stays far from the time limit,
 * that its garbage fits beside the snapshot without a collection, and that work spreads over workers.
 */
const largestBatch = 500
const smallestBatch = 25

export interface AdmissionOptions {
  /** Seconds since the epoch that the API server takes for "now". */
  readonly time: number
  /** Workers that can share the batches. */
  readonly workers: number
}

export function createAdmissionClient(jobs: Jobs, options: AdmissionOptions): AdmissionEngine {
  /** The first session of all, with what it loaded: often it is the empty cluster that the exercise asked for. */
  let first: { readonly key: string; readonly session: ReturnType<AdmissionEngine['open']> } | undefined

  return {
    open(load) {
      const request: AdmissionLoadRequest = { op: 'load', ...withoutEmptyLists(withoutProse(load)) }
      const key = JSON.stringify(request)
      if (first?.key === key) return first.session
      const session = openSession(request)
      first ??= { key, session }
      return session
    },
  }

  async function openSession(request: AdmissionLoadRequest): ReturnType<AdmissionEngine['open']> {
    const { answer, snapshot } = await jobs.run<AdmissionLoadResult>({
      engine: 'admission',
      frame: encodeFrame(request),
      time: options.time,
      keep: true,
    })
    if (!answer.ok) return { error: answer.error }
    if (snapshot === undefined) throw new TypeError('a session was opened without its state')
    return createSession(jobs, options, answer.result, snapshot)
  }
}

type Load = Parameters<AdmissionEngine['open']>[0]

function withoutProse(load: Load): Load {
  const { customResourceDefinitions: definitions } = load
  if (definitions === undefined) return load
  return { ...load, customResourceDefinitions: definitions.map(withoutDescriptions) }
}

/** The engine takes an absent list for an empty one (engines/admission/README.md). */
function withoutEmptyLists<T extends object>(load: T): T {
  const entries = Object.entries(load).filter(([, value]) => !Array.isArray(value) || value.length > 0)
  return Object.fromEntries(entries) as T
}

function createSession(
  jobs: Jobs,
  options: AdmissionOptions,
  loaded: AdmissionLoadResult,
  start: Snapshot,
): AdmissionSession {
  return {
    loaded,
    admit: (writes) =>
      inBatches(writes, (batch) => call<AdmitResult>({ op: 'admit', writes: batch }), joinAdmitted),
    evaluatePolicies: (writes) =>
      inBatches(
        writes,
        (batch) => call<PolicyEvaluateResult>({ op: 'policy.evaluate', writes: batch }),
        joinEvaluated,
      ),
    podSecurity: (writes, defaults) =>
      inBatches(
        writes,
        (batch) =>
          call<PodSecurityResult>({
            op: 'podSecurity',
            writes: batch,
            ...(defaults === undefined ? {} : { defaults }),
          }),
        joinViolations,
      ),
  }

  async function call<Result>(request: AdmissionRequest): Promise<EngineAnswer<Result>> {
    const job = { engine: 'admission' as const, frame: encodeFrame(request), time: options.time, start }
    return (await jobs.run<Result>(job)).answer
  }

  /** Splits writes over the workers; the first batch that failed answers for all. */
  async function inBatches<Result>(
    writes: readonly AdmissionWrite[],
    run: (batch: AdmissionWrite[]) => Promise<EngineAnswer<Result>>,
    join: (parts: readonly { readonly result: Result; readonly offset: number }[]) => Result,
  ): Promise<EngineAnswer<Result>> {
    const batches = split(writes, options.workers)
    const answers = await Promise.all(batches.map(({ batch }) => run(batch)))
    const failed = answers.find((answer) => !answer.ok)
    if (failed !== undefined) return failed
    const parts = answers.flatMap((answer, index) =>
      answer.ok ? [{ result: answer.result, offset: batches[index]?.offset ?? 0 }] : [],
    )
    return { ...joinTraces(answers), ok: true, result: join(parts) }
  }
}

/** At least one batch, so that even no writes are answered by the engine. */
function split(
  writes: readonly AdmissionWrite[],
  workers: number,
): { batch: AdmissionWrite[]; offset: number }[] {
  const even = Math.ceil(writes.length / workers)
  const size = Math.min(largestBatch, Math.max(smallestBatch, even))
  const batches = [{ batch: writes.slice(0, size), offset: 0 }]
  for (let offset = size; offset < writes.length; offset += size) {
    batches.push({ batch: writes.slice(offset, offset + size), offset })
  }
  return batches
}

function joinAdmitted(parts: readonly { readonly result: AdmitResult }[]): AdmitResult {
  return { writes: parts.flatMap(({ result }) => result.writes) }
}

function joinEvaluated(
  parts: readonly { readonly result: PolicyEvaluateResult; readonly offset: number }[],
): PolicyEvaluateResult {
  const matched: Record<string, number> = {}
  for (const { result } of parts) {
    for (const [policy, count] of Object.entries(result.matched))
      matched[policy] = (matched[policy] ?? 0) + count
  }
  const evaluations = parts.flatMap(({ result, offset }) =>
    result.evaluations.map((evaluation) => ({ ...evaluation, write: evaluation.write + offset })),
  )
  return { evaluations, matched }
}

function joinViolations(
  parts: readonly { readonly result: PodSecurityResult; readonly offset: number }[],
): PodSecurityResult {
  const violations = parts.flatMap(({ result, offset }) =>
    result.violations.map((violation) => ({ ...violation, write: violation.write + offset })),
  )
  return { violations }
}

type Trace = Omit<EngineAnswer<never>, 'ok' | 'result' | 'error'>

function joinTraces(answers: readonly Trace[]): Trace {
  const impure: Record<string, number> = {}
  for (const answer of answers) {
    for (const [name, count] of Object.entries(answer.impure)) impure[name] = (impure[name] ?? 0) + count
  }
  return {
    misses: answers.flatMap(({ misses }) => misses),
    impure,
    logs: answers.flatMap(({ logs }) => logs),
    read: [],
    undeclared: [],
    refused: {},
    milliseconds: answers.reduce((sum, { milliseconds }) => sum + milliseconds, 0),
  }
}
