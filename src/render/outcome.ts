import { notChecked } from '../discover/planned.ts'
import type { EngineAnswer } from '../engine/engines.ts'
import type { JsonObject } from '../model/json.ts'
import type { Origin } from '../model/object.ts'
import type { NotChecked, NotCheckedCode } from '../model/outcome.ts'
import type { RenderFailure } from '../model/rendering.ts'

/** An object as a tool rendered it, before its target gives it an identity. */
export interface Draft {
  readonly object: JsonObject
  readonly origin: Origin
  /** Events of a Helm hook. */
  readonly hook?: readonly string[]
}

/** What came of one plan. */
export type Outcome =
  | {
      readonly state: 'rendered'
      readonly drafts: readonly Draft[]
      /** A whole source is missing. */
      readonly partial?: true
      readonly warnings: readonly string[]
      readonly notChecked: readonly NotChecked[]
      readonly read: readonly string[]
      /** Reads that the target had not declared: a bug of ours that a test reports. */
      readonly undeclared: readonly string[]
    }
  | { readonly state: 'failed'; readonly failure: RenderFailure; readonly read: readonly string[] }
  | {
      readonly state: 'not-rendered'
      readonly code: NotCheckedCode
      readonly reason: string
      readonly allow?: readonly string[]
    }

export function rendered(
  drafts: readonly Draft[],
  answer?: EngineAnswer<unknown>,
): Outcome & { state: 'rendered' } {
  return {
    state: 'rendered',
    drafts,
    warnings: answer === undefined ? [] : impurities(answer.impure),
    notChecked: [],
    read: answer?.read ?? [],
    undeclared: answer?.undeclared ?? [],
  }
}

/** What was rendered without the files of submodules that belong to it; names as people know them. */
export function withoutSubmodules(
  outcome: Extract<Outcome, { state: 'rendered' }>,
  submodules: readonly string[] = [],
  target: string,
): Extract<Outcome, { state: 'rendered' }> {
  if (submodules.length === 0) return outcome
  const names = submodules.join(', ')
  const reason =
    submodules.length === 1
      ? `${names} is a submodule: what it deploys is not in this repository and not looked at`
      : `${names} are submodules: what they deploy is not in this repository and not looked at`
  return {
    ...outcome,
    partial: true,
    notChecked: [...outcome.notChecked, notChecked('submodule', target, reason, [target])],
  }
}

/** @param allow see {@link NotChecked.allow} */
export function notRendered(
  code: NotCheckedCode,
  reason: string,
  allow: readonly string[] = [],
): Outcome & { state: 'not-rendered' } {
  return { state: 'not-rendered', code, reason, ...(allow.length === 0 ? {} : { allow }) }
}

export function failed(
  code: string,
  message: string,
  read: readonly string[] = [],
): Outcome & { state: 'failed' } {
  return { state: 'failed', failure: { code, message }, read }
}

/** Sentences for functions whose result the cluster will draw anew at every render. */
export function impurities(impure: Readonly<Record<string, number>>): string[] {
  const sentences: Readonly<Record<string, string>> = {
    random: 'uses random values (randAlphaNum, genCA and the like): the cluster gets others at every render',
    clock: 'uses the current time: it stands still here, at the time of the commit',
    lookup: 'looks objects up in the cluster (lookup): the answer is empty here',
    dns: 'asks the DNS (getHostByName): the answer is empty here',
  }
  return Object.entries(impure)
    .filter(([, count]) => count > 0)
    .map(([name]) => sentences[name] ?? `uses ${name}, which differs in every render`)
}
