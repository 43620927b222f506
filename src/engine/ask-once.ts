/**
 * Writes that were asked before in the same session are not asked again: an answer follows from the write alone. Many
 * clusters and copies of one definition bring the same ones over and over, and definitions take longest.
 */
import { createHash } from 'node:crypto'
import type { JsonObject } from '../model/json.ts'
import { encodeObject, type EncodeObject } from './admission-frame.ts'
import type { AdmissionWrite, AdmitResult } from './api.ts'
import type { EngineAnswer } from './engines.ts'

type Answer = EngineAnswer<AdmitResult>
type One = AdmitResult['writes'][number]
/** Of one write; the failure of the call that asked for it, which is not remembered. */
type Asked = Promise<{ readonly one: One | undefined; readonly from: Answer }>

/** @param ask answers for distinct writes, in their order; `encode` knows the bytes of their objects already */
export function askOnce(
  ask: (writes: readonly AdmissionWrite[], encode: EncodeObject) => Promise<Answer>,
): (writes: readonly AdmissionWrite[]) => Promise<Answer> {
  const known = new Map<string, Asked>()
  return async (writes) => {
    const encoded = new Map<JsonObject, Uint8Array>()
    const encode: EncodeObject = (object) => {
      const bytes = encoded.get(object) ?? encodeObject(object)
      encoded.set(object, bytes)
      return bytes
    }
    const keys = writes.map((write) => keyOf(write, encode))
    const positions = new Map<string, number>()
    const fresh: AdmissionWrite[] = []
    for (const [index, key] of keys.entries()) {
      const write = writes[index]
      if (write === undefined || known.has(key) || positions.has(key)) continue
      positions.set(key, fresh.length)
      fresh.push(write)
    }
    // Without any the engine is asked all the same: its trace belongs to the answer.
    const asking = ask(fresh, encode)
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

/** Digests of objects, which nobody changes: base and head share them, and one write is asked about in several ways. */
const digests = new WeakMap<JsonObject, string>()

function keyOf(write: AdmissionWrite, encode: EncodeObject): string {
  const digestOf = (object: JsonObject): string => {
    const digest = digests.get(object) ?? createHash('sha256').update(encode(object)).digest('base64')
    digests.set(object, digest)
    return digest
  }
  const { object, old } = write
  return JSON.stringify([
    { ...write, object: undefined, old: undefined },
    object && digestOf(object),
    old && digestOf(old),
  ])
}
