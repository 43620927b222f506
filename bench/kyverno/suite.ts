import { dirname } from 'node:path/posix'
import type { Engines } from '../../src/engine/engines.ts'
import { textAt } from '../../src/judge/field-steps.ts'
import type { CaseResult } from '../../src/judge/policy/suites/case.ts'
import { runKyvernoSuite } from '../../src/judge/policy/suites/kyverno-results.ts'
import { openSuite, type SuiteDocument } from '../../src/judge/policy/suites/suite-files.ts'
import type { Tree } from '../../src/model/tree.ts'

export interface SuiteResult {
  readonly suite: string
  /** Kind of the policy. */
  readonly kind: string
  readonly policy: string
  readonly resource: string
  readonly state: 'agree' | 'excluded' | 'disagree' | 'error' | 'not-supported'
  readonly reason: string
}

/** The suite as `preadmit policy test` runs it, on no set of policies but its own. */
export async function runSuite(
  document: SuiteDocument,
  tree: Tree,
  engines: Engines,
): Promise<SuiteResult[]> {
  const suite = await openSuite(document, tree, engines)
  const called = await suite.read(listOf(document.object['policies']))
  const kinds = new Map(
    called.map(({ object }) => [textAt(object, 'metadata', 'name') ?? '', textAt(object, 'kind') ?? '']),
  )
  const context = { engines, policies: { policies: new Map() }, kubernetes: '1.37' }
  const { results } = await runKyvernoSuite(suite, context)
  return results.map((result) => ({
    suite: dirname(suite.file),
    kind: result.policy.includes('/')
      ? result.policy.slice(0, result.policy.indexOf('/'))
      : (kinds.get(result.policy) ?? 'no such policy'),
    policy: result.policy,
    resource: result.name,
    state: stateOf(result),
    reason: (result.problem ?? '').replaceAll('\n', ' '),
  }))
}

function stateOf({ outcome, expected, problem }: CaseResult): SuiteResult['state'] {
  if (outcome === 'not-evaluable') return 'not-supported'
  if (problem === undefined) return outcome === 'skip' && expected !== 'skip' ? 'excluded' : 'agree'
  return outcome === 'error' && !problem.startsWith('expected ') ? 'error' : 'disagree'
}

function listOf(value: unknown): string[] {
  return Array.isArray(value) ? value.filter((entry): entry is string => typeof entry === 'string') : []
}
