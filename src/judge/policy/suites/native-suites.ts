import type { ConfigurationProblem } from '../../../config/errors.ts'
import type { Engines } from '../../../engine/engines.ts'
import { policyKey, type PolicyLanguage } from '../../../model/policy.ts'
import type { Tree } from '../../../model/tree.ts'
import type { PolicySource } from '../source.ts'
import type { CaseResult } from './case.ts'
import type { Suites } from './find-suites.ts'
import { runGatorSuite } from './gator-results.ts'
import { runKaptestSuite } from './kaptest.ts'
import { runKyvernoSuite } from './kyverno-results.ts'
import { runRegoTests } from './rego-tests.ts'
import { openSuite } from './suite-files.ts'

export interface NativeContext {
  readonly engines: Engines
  readonly policies: PolicySource
  readonly kubernetes: string
}

/** What a suite needs that brings its policies along. */
export type SuiteContext = Omit<NativeContext, 'policies'> & {
  readonly policies: Pick<PolicySource, 'policies'>
}

export interface NativeResults {
  readonly results: readonly CaseResult[]
  /** What of the suites could not be read or is not supported. */
  readonly problems: readonly ConfigurationProblem[]
}

/** Runs the suites of kyverno, gator, kaptest and OPA that a set holds, as those tools do. */
export async function runNativeSuites(
  { kyverno, gator, kaptest, rego }: Suites,
  tree: Tree,
  context: NativeContext,
): Promise<NativeResults> {
  const parts: NativeResults[] = []
  for (const document of kyverno)
    parts.push(await runKyvernoSuite(await openSuite(document, tree, context.engines), context))
  for (const document of gator)
    parts.push(await runGatorSuite(await openSuite(document, tree, context.engines), context))
  for (const document of kaptest)
    parts.push(await runKaptestSuite(await openSuite(document, tree, context.engines), context))
  parts.push(await runRegoTests(rego, tree, context))
  return {
    results: parts.flatMap(({ results }) => results),
    problems: parts.flatMap(({ problems }) => problems),
  }
}

/** The set's policy that a native suite tests, or the suite's own name of it. */
export function policyOf(
  language: PolicyLanguage,
  name: string,
  { policies }: Pick<PolicySource, 'policies'>,
): Pick<CaseResult, 'policy' | 'foreign'> {
  const known = policies.get(policyKey({ language, name }))
  return known === undefined ? { policy: name, foreign: true } : { policy: known.id }
}

/** A case or test that its suite says is not to be run: reported as that, and showing nothing. */
export const notRun = { expected: 'not run', outcome: 'not run', messages: [], shows: [] } as const
