/** What a server and the engine are both told, and what both say. */
import type { AdmissionWrite } from '../../src/engine/api.ts'
import type { JsonObject } from '../../src/model/json.ts'

/** Policies with everything that they see, apart from other scenarios by labels. */
export interface Scenario {
  readonly id: string
  readonly namespaces: readonly JsonObject[]
  readonly parameters: readonly JsonObject[]
  readonly policies: readonly JsonObject[]
  readonly bindings: readonly JsonObject[]
  readonly writes: readonly AdmissionWrite[]
}

/** `policy | binding | message`: one sentence of one policy. */
export type Sentence = string

export interface Said {
  /** `other`: refused by something else than a policy, or the old object could not be written. */
  readonly verdict: 'accepted' | 'denied' | 'other'
  /** A server tells one of its refusals; the engine all of them. */
  readonly denied: readonly Sentence[]
  readonly warned: readonly Sentence[]
  /** Reason of the refusal, `Invalid` where a policy says none. */
  readonly reason?: string
  /** Why the engine cannot know. */
  readonly unknown?: readonly string[]
  /** What else was said. */
  readonly note?: string
}

export function sentence(policy: string, binding: string, message: string): Sentence {
  return `${policy} | ${binding} | ${message}`
}
