import type { AdmissionSession, Engines } from '../../engine/engines.ts'
import type { Configuration } from '../../model/configuration.ts'
import type { NotChecked } from '../../model/outcome.ts'
import type { Environment } from '../environments.ts'
import type { Found } from '../judgement.ts'
import type { ChangeWrite } from '../writes.ts'
import { openAdmissionPolicies } from './admission.ts'
import type { PolicySource } from './source.ts'

/** What policies said of the writes of one side. */
export interface Evaluated {
  readonly found: readonly Found[]
  readonly notChecked: readonly NotChecked[]
  /** {@link policyKey} → number of writes that the policy matched, whatever came of it. */
  readonly matched: Readonly<Record<string, number>>
}

/** One language of policies, compiled for one environment. */
export interface PolicyEvaluator {
  /**
   * Judges writes of one side; deletions are among them, with no object (threats.md, T12). Levels of the findings are
   * those of {@link Policy.level}, or of the native file where that says nothing.
   */
  evaluate(writes: readonly ChangeWrite[]): Promise<Evaluated>
}

export interface EvaluatorContext {
  readonly engines: Engines
  readonly configuration: Configuration
  readonly policies: PolicySource
  readonly environment: Environment
  /** Already opened with the policies, bindings and parameters of `environment.load`. */
  readonly session: AdmissionSession
}

/** Opens the evaluators that the loaded policies need; an engine that no policy asks for is never started. */
export async function openEvaluators(context: EvaluatorContext): Promise<PolicyEvaluator> {
  const evaluators = await Promise.all([openAdmissionPolicies(context)])
  return {
    async evaluate(writes) {
      const parts = await Promise.all(evaluators.map((evaluator) => evaluator.evaluate(writes)))
      return {
        found: parts.flatMap(({ found }) => found),
        notChecked: parts.flatMap(({ notChecked }) => notChecked),
        matched: Object.assign({}, ...parts.map(({ matched }) => matched)) as Record<string, number>,
      }
    },
  }
}
