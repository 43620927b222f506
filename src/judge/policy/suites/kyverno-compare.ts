import type { KyvernoEvaluation } from '../../../engine/api-kyverno.ts'
import type { KyvernoExpectation } from './kyverno-test.ts'

/** How an answer stands to what a suite expects. */
export type KyvernoComparison =
  | { readonly state: 'agree' | 'excluded' }
  | { readonly state: 'not-supported'; readonly reason: string }
  | { readonly state: 'disagree'; readonly reason: string; readonly got: KyvernoExpectation['result'] }

/**
 * Compares as `kyverno test` does (commands/test/output.go): every rule of the name, with and without the prefix of
 * generated ones, has to give the result; a resource that no rule takes is excluded, which passes.
 * @param evaluations of the policy on the write, passes and skips among them
 * @param legacy a ClusterPolicy or Policy, whose rules have names; an error of their CEL is a failure there
 */
export function compareKyverno(
  { result, rule }: KyvernoExpectation,
  evaluations: readonly KyvernoEvaluation[],
  { legacy, scored = true }: { readonly legacy: boolean; readonly scored?: boolean },
): KyvernoComparison {
  const asked = evaluations.filter(
    ({ rule: name = '' }) =>
      !legacy || rule === undefined || [rule, `autogen-${rule}`, `autogen-cronjob-${rule}`].includes(name),
  )
  const open = asked.find(({ outcome }) => outcome === 'not-evaluable')
  if (open !== undefined) return { state: 'not-supported', reason: open.message ?? '' }
  if (asked.length === 0) return { state: 'excluded' }
  for (const evaluation of asked) {
    const got = resultOf(evaluation, legacy, scored)
    if (got !== result)
      return { state: 'disagree', got, reason: `wants ${result}, got ${got}: ${evaluation.message ?? ''}` }
  }
  return { state: 'agree' }
}

/** The word of a policy report for an outcome. */
function resultOf(
  { outcome, exceptions = [] }: KyvernoEvaluation,
  legacy: boolean,
  scored: boolean,
): KyvernoExpectation['result'] {
  const failed = scored ? 'fail' : 'warn'
  if (outcome === 'exempt') {
    const priority = (text = ''): number => (/^\d+$/.test(text) ? Number(text) : 0)
    const [decides] = exceptions.toSorted((a, b) => priority(b.priority) - priority(a.priority))
    return decides?.reportResult === 'pass' ? 'pass' : 'skip'
  }
  if (outcome === 'error') return legacy ? failed : 'error'
  if (outcome === 'fail') return failed
  return outcome === 'pass' ? 'pass' : 'skip'
}
