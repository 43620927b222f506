/**
 * Kinds of Kubernetes that the API server's own code here does not judge although the declared minor has them: versions
 * that a default server leaves off, and ones that the oldest embedded server has lost.
 */
import type { Admitted } from './admission/findings.ts'
import { noMatch } from './admission/repetition.ts'
import type { SchemaAnswer } from './schema/findings.ts'
import type { ChangeWrite } from './writes.ts'

/** Writes of alpha and beta versions that a default server of the declared minor does not serve. */
export function switchedOff(
  { unknown }: Pick<Admitted, 'unknown'>,
  { builtin }: Pick<SchemaAnswer, 'builtin'>,
): readonly ChangeWrite[] {
  return unknown.filter((write) => builtin.has(write))
}

export const switchedOffReason =
  'a default API server does not serve this version, only one where an administrator switched it on (--runtime-config): nothing but its fields was checked'

/** Writes that were judged by their shape alone, because the API server's code that answers is of a later minor. */
export function lostKinds(
  { found }: Pick<Admitted, 'found'>,
  { served }: Pick<SchemaAnswer, 'served'>,
): readonly ChangeWrite[] {
  const lost = new Set(found.flatMap(({ finding, object }) => (finding.rule === noMatch ? [object] : [])))
  return [...served].filter(({ object }) => lost.has(object))
}

export function lostReason(declared: string, judgedBy: string): string {
  return `Kubernetes ${declared} serves it, the API server's rules here are those of ${judgedBy}, which does not: only its fields were checked`
}
