import type { EngineError } from '../engine/engines.ts'
import type { NotChecked, NotCheckedCode } from '../model/outcome.ts'
import type { ChangeWrite } from './writes.ts'

/** Codes of an engine that are reasons of their own; every other failure is the engine's. */
const ownCodes: readonly NotCheckedCode[] = ['timeout', 'memory', 'limit']

/** A whole question that an engine did not answer: one entry that counts its objects. */
export function engineFailure(error: EngineError, writes: readonly ChangeWrite[], what: string): NotChecked {
  return {
    what,
    code: codeOf(error),
    reason: `the objects could not be judged: ${error.message}`,
    targets: targetsOf(writes),
    count: writes.length,
  }
}

/** The reason code of an engine's failure. */
export function codeOf(error: EngineError): NotCheckedCode {
  return ownCodes.find((code) => code === error.code) ?? 'engine'
}

export function targetsOf(writes: readonly ChangeWrite[]): readonly string[] {
  return [...new Set(writes.map(({ change }) => change.target))].sort()
}
