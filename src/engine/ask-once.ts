/**
 * Writes that were asked before in the same session are not asked again: an answer follows from the write alone. Many
 * clusters and copies of one definition bring the same ones over and over, and definitions take longest.
 */
import { createHash } from 'node:crypto'
import { stringifyExact } from '../model/exact-numbers.ts'
import type { AdmissionWrite, AdmitResult } from './api.ts'
import type { EngineAnswer } from './engines.ts'

type Answer = EngineAnswer<AdmitResult>
type One = AdmitResult['writes'][number]
/** Of one write; the failure of the call that asked for it, which is not remembered. */
type Asked = Promise<{ readonly one: One | undefined; readonly from: Answer }>

/** @param ask answers for distinct writes, in their order */
export function askOnce(
  ask: (writes: readonly AdmissionWrite[]) => Promise<Answer>,
): (writes: readonly AdmissionWrite[]) => Promise<Answer> {
  const known = new Map<string, Asked>()
  return async (writes) => {
    const keys = writes.map(keyOf)
    const positions = new Map<string, number>()
    const fresh: AdmissionWrite[] = []
    for (const [index, key] of keys.entries()) {
      const write = writes[index]
      if (write === undefined || known.has(key) || positions.has(key)) continue
      positions.set(key, fresh.length)
      fresh.push(write)
    }
    // Without any the engine is asked all the same: its trace belongs to the answer.
    const asking = ask(fresh)
    for (const [key, position] of positions)
      known.set(
        key,
        asking.then((from) => {
          if (!from.ok) known.delete(key)
          return { one: from.ok ? from.result.writes[position] : undefined, from }
        }),
      )
    const [answer, answers] = await Promise.all([
      asking,
      Promise.all(keys.flatMap((key) => known.get(key) ?? [])),
    ])
    const failed = answers.find(({ from }) => !from.ok)
    if (failed !== undefined) return failed.from
    if (!answer.ok) return answer
    return { ...answer, result: { writes: answers.flatMap(({ one }) => one ?? []) } }
  }
}

function keyOf(write: AdmissionWrite): string {
  return createHash('sha256').update(stringifyExact(write)).digest('base64')
}
