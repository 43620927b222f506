/**
 * The admission engine's client. `load` runs once; its state is kept as a snapshot that every worker starts batches
 * from, so that batches neither load again nor see each other.
 */
import { encodeAdmissionRequest, type EncodeObject } from './admission-frame.ts'
import { askOnce } from './ask-once.ts'
import type {
  AdmissionLoadRequest,
  AdmissionLoadResult,
  AdmissionRequest,
  AdmitResult,
  PolicyEvaluateResult,
  PrepareResult,
  PodSecurityResult,
} from './api.ts'
import type { AdmissionEngine, AdmissionSession, EngineAnswer } from './engines.ts'
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
/**
 * Evaluations of one call, which leave 1 kB of garbage each, more with variables and messages: as much as an engine with
 * policies has room for. A memory that grows costs more than the evaluations do.
 */
const evaluationsOfBatch = 30_000

/**
 * Policies from which room is worth its price: for the eight of the demo it cost half a second and 550 MB, since every worker
 * and every snapshot holds it.
 */
const manyPolicies = 50
/** Bytes that a session with policies leaves free: what a batch of evaluations allocates. */
const roomForEvaluations = 48 * 1024 * 1024

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
      const judges = (load.policies ?? []).length >= manyPolicies
      const request: AdmissionLoadRequest = {
        op: 'load',
        ...withoutEmptyLists(withoutProse(load)),
        ...(judges ? { room: roomForEvaluations } : {}),
      }
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
      frame: encodeAdmissionRequest(request),
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
    admit: askOnce((writes, encode) =>
      inBatches(
        writes,
        options.workers,
        (batch) => call<AdmitResult>({ op: 'admit', writes: batch }, encode),
        joinAdmitted,
      ),
    ),
    prepare: (writes) =>
      inBatches(
        writes,
        options.workers,
        (batch) => call<PrepareResult>({ op: 'prepare', writes: batch }),
        joinPrepared,
      ),
    evaluatePolicies: (writes, asked) =>
      inBatches(
        writes,
        options.workers,
        (batch) =>
          call<PolicyEvaluateResult>({
            op: 'policy.evaluate',
            writes: batch,
            ...(asked?.detail === true ? { detail: true } : {}),
          }),
        joinEvaluated,
        Math.ceil(evaluationsOfBatch / Math.max(1, loaded.policies.length)),
      ),
    podSecurity: (writes, defaults, standards = []) =>
      inBatches(
        writes,
        options.workers,
        (batch) =>
          call<PodSecurityResult>({
            op: 'podSecurity',
            writes: batch,
            ...(defaults === undefined ? {} : { defaults }),
            ...(standards.length === 0 ? {} : { standards: [...standards] }),
          }),
        joinViolations,
      ),
  }

  async function call<Result>(
    request: AdmissionRequest,
    encode?: EncodeObject,
  ): Promise<EngineAnswer<Result>> {
    const job = {
      engine: 'admission' as const,
      frame: encodeAdmissionRequest(request, encode),
      time: options.time,
      start,
    }
    return (await jobs.run<Result>(job)).answer
  }
}

/** Splits writes over the workers; the first batch that failed answers for all. */
export async function inBatches<Write, Result>(
  writes: readonly Write[],
  workers: number,
  run: (batch: Write[]) => Promise<EngineAnswer<Result>>,
  join: (parts: readonly { readonly result: Result; readonly offset: number }[]) => Result,
  largest = largestBatch,
): Promise<EngineAnswer<Result>> {
  const batches = split(writes, workers, Math.min(largest, largestBatch))
  const answers = await Promise.all(batches.map(({ batch }) => run(batch)))
  const failed = answers.find((answer) => !answer.ok)
  if (failed !== undefined) return failed
  const parts = answers.flatMap((answer, index) =>
    answer.ok ? [{ result: answer.result, offset: batches[index]?.offset ?? 0 }] : [],
  )
  return { ...joinTraces(answers), ok: true, result: join(parts) }
}

/** At least one batch, so that even no writes are answered by the engine. */
function split<Write>(
  writes: readonly Write[],
  workers: number,
  largest: number,
): { batch: Write[]; offset: number }[] {
  const even = Math.ceil(writes.length / workers)
  const size = Math.min(Math.max(smallestBatch, largest), Math.max(smallestBatch, even))
  const batches = [{ batch: writes.slice(0, size), offset: 0 }]
  for (let offset = size; offset < writes.length; offset += size) {
    batches.push({ batch: writes.slice(offset, offset + size), offset })
  }
  return batches
}

function joinAdmitted(parts: readonly { readonly result: AdmitResult }[]): AdmitResult {
  return { writes: parts.flatMap(({ result }) => result.writes) }
}

function joinPrepared(parts: readonly { readonly result: PrepareResult }[]): PrepareResult {
  return { writes: parts.flatMap(({ result }) => result.writes) }
}

function joinEvaluated(
  parts: readonly { readonly result: PolicyEvaluateResult; readonly offset: number }[],
): PolicyEvaluateResult {
  const matched: Record<string, number> = {}
  const taken: Record<string, number[]> = {}
  for (const { result, offset } of parts) {
    for (const [policy, count] of Object.entries(result.matched))
      matched[policy] = (matched[policy] ?? 0) + count
    for (const [policy, writes] of Object.entries(result.taken ?? {}))
      taken[policy] = [...(taken[policy] ?? []), ...writes.map((write) => write + offset)]
  }
  const evaluations = parts.flatMap(({ result, offset }) => moved(result.evaluations, offset))
  if (!parts.some(({ result }) => result.taken !== undefined)) return { evaluations, matched }
  const annotations = parts.flatMap(({ result, offset }) => moved(result.auditAnnotations ?? [], offset))
  return { evaluations, matched, taken, auditAnnotations: annotations }
}

/** Positions in a batch become positions among all writes. */
function moved<Entry extends { write: number }>(entries: readonly Entry[], offset: number): Entry[] {
  return entries.map((entry) => ({ ...entry, write: entry.write + offset }))
}

function joinViolations(
  parts: readonly { readonly result: PodSecurityResult; readonly offset: number }[],
): PodSecurityResult {
  const violations = parts.flatMap(({ result, offset }) => moved(result.violations, offset))
  if (!parts.some(({ result }) => result.standards !== undefined)) return { violations }
  return {
    violations,
    standards: parts.flatMap(({ result, offset }) => moved(result.standards ?? [], offset)),
    pods: parts.flatMap(({ result, offset }) => (result.pods ?? []).map((write) => write + offset)),
  }
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
