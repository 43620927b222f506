/**
 * The rego engine's client. `load` runs once and is kept as a snapshot that every worker starts batches from. A policy
 * that never ends, or breaks the engine, ends a batch: then each policy is asked alone, and those that do it again are
 * lost, by name, while the others answer.
 */
import type {
  RegoEvaluateResult,
  RegoLoadRequest,
  RegoLoadResult,
  RegoRequest,
  RegoReviewResult,
  RegoTestResult,
} from './api-rego.ts'
import type { EngineAnswer, RegoEngine, RegoLoss, RegoSession } from './engines.ts'
import { encodeFrame } from './frame.ts'
import type { Jobs } from './jobs.ts'
import { loadAround } from './rego-load.ts'
import type { Snapshot } from './snapshot.ts'

/** Inputs of one call: a batch starts from the session's state, which is as much as 40 inputs and 200 rules cost. */
const largestBatch = 500
const smallestBatch = 25

const keptSessions = 4

/** Milliseconds of one policy that is asked alone (shared/threats.md). */
const aloneLimit = 10_000

export interface RegoOptions {
  /** Seconds since the epoch that policies take for "now". */
  readonly now: () => number
  /** Workers that can share the batches. */
  readonly workers: number
}

/** One call of the engine. */
type Ask = <Result>(
  request: RegoRequest,
  job?: { readonly start?: Snapshot; readonly keep?: boolean; readonly timeLimit?: number },
) => Promise<{ answer: EngineAnswer<Result>; snapshot?: Snapshot }>

export function createRegoClient(jobs: Jobs, { now, workers }: RegoOptions): RegoEngine {
  const ask: Ask = (request, job = {}) =>
    jobs.run({ engine: 'rego', frame: encodeFrame(request), time: now(), ...job })

  /** Environments of one run mostly load the same: the last few sessions by what they loaded. */
  const sessions = new Map<string, ReturnType<RegoEngine['open']>>()

  async function open(request: RegoLoadRequest): ReturnType<RegoEngine['open']> {
    const loaded = await loadAround(
      request,
      (one) => ask<RegoLoadResult>(one, { keep: true }),
      (one) => ask<RegoLoadResult>(one, { timeLimit: aloneLimit }),
    )
    if ('error' in loaded) return loaded
    return createSession(ask, workers, loaded.result, loaded.snapshot)
  }

  return {
    open(load) {
      const request: RegoLoadRequest = { op: 'load', time: now(), ...load }
      const key = JSON.stringify(request)
      const known = sessions.get(key)
      if (known !== undefined) return known
      const session = open(request)
      sessions.set(key, session)
      const [oldest] = sessions.keys()
      if (sessions.size > keptSessions && oldest !== undefined) sessions.delete(oldest)
      return session
    },
    async test(request) {
      return (await ask<RegoTestResult>({ op: 'test', time: now(), ...request })).answer
    },
  }
}

function createSession(ask: Ask, workers: number, loaded: RegoLoadResult, start: Snapshot): RegoSession {
  /** Policies that were lost once are not asked again in this session. */
  const lostModules = new Map<string, RegoLoss<number>>()
  const lostKinds = new Map<string, RegoLoss<string>>()

  return {
    loaded,
    async evaluate(bundle, inputs) {
      const all = (loaded.bundles[bundle]?.modules ?? []).flatMap(({ entries, fault }, index) =>
        entries.length > 0 && fault === undefined ? [index] : [],
      )
      const parts = await inBatches(inputs, workers, (batch, offset) =>
        aroundLosses(
          all,
          (module) => `${bundle} ${module}`,
          lostModules,
          (modules, timeLimit) =>
            call<RegoEvaluateResult>(
              { op: 'evaluate', bundle, modules: [...modules], inputs: batch },
              timeLimit,
            ),
        ).then((answers) => ({
          results: answers
            .flatMap(({ results }) => results)
            .map((one) => ({ ...one, input: one.input + offset })),
          problems: answers
            .flatMap(({ problems }) => problems)
            .map((one) => ({ ...one, input: one.input + offset })),
        })),
      )
      return {
        ...joined(parts),
        lost: [...lostModules].flatMap(([key, loss]) => (key.startsWith(`${bundle} `) ? [loss] : [])),
      }
    },
    async review(reviews) {
      const all = loaded.templates.flatMap(({ kind, fault }) => (fault === undefined ? [kind] : []))
      const parts = await inBatches(reviews, workers, (batch, offset) =>
        aroundLosses(
          all,
          (kind) => kind,
          lostKinds,
          (kinds, timeLimit) =>
            call<RegoReviewResult>({ op: 'review', kinds: [...kinds], reviews: batch }, timeLimit),
        ).then((answers) => ({
          results: answers
            .flatMap(({ results }) => results)
            .map((one) => ({ ...one, review: one.review + offset })),
          problems: answers
            .flatMap(({ problems }) => problems)
            .map((one) => ({ ...one, review: one.review + offset })),
        })),
      )
      return { ...joined(parts), lost: [...lostKinds.values()] }
    },
  }

  async function call<Result>(request: RegoRequest, timeLimit?: number): Promise<EngineAnswer<Result>> {
    const job = timeLimit === undefined ? { start } : { start, timeLimit }
    return (await ask<Result>(request, job)).answer
  }
}

/** Asks all policies at once; when that fails, each one alone, and records those that fail again. */
async function aroundLosses<Key, Result>(
  all: readonly Key[],
  name: (key: Key) => string,
  lost: Map<string, RegoLoss<Key>>,
  run: (keys: readonly Key[], timeLimit?: number) => Promise<EngineAnswer<Result>>,
): Promise<readonly Result[]> {
  const asked = all.filter((key) => !lost.has(name(key)))
  if (asked.length === 0) return []
  const answer = await run(asked)
  if (answer.ok) return [answer.result]
  const results: Result[] = []
  for (const key of asked) {
    // Another batch may have found out meanwhile.
    if (lost.has(name(key))) continue
    const alone = await run([key], aloneLimit)
    if (alone.ok) results.push(alone.result)
    else lost.set(name(key), { key, error: alone.error })
  }
  return results
}

async function inBatches<Item, Result>(
  items: readonly Item[],
  workers: number,
  run: (batch: Item[], offset: number) => Promise<Result>,
): Promise<readonly Result[]> {
  const size = Math.min(largestBatch, Math.max(smallestBatch, Math.ceil(items.length / workers)))
  const batches: Promise<Result>[] = []
  for (let offset = 0; offset < items.length; offset += size)
    batches.push(run(items.slice(offset, offset + size), offset))
  return await Promise.all(batches)
}

function joined<Result, Problem>(
  parts: readonly { readonly results: readonly Result[]; readonly problems: readonly Problem[] }[],
): { results: Result[]; problems: Problem[] } {
  return {
    results: parts.flatMap(({ results }) => results),
    problems: parts.flatMap(({ problems }) => problems),
  }
}
