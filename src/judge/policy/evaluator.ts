import type { AdmissionSession, Engines } from '../../engine/engines.ts'
import type { Configuration } from '../../model/configuration.ts'
import type { Change } from '../../model/change.ts'
import type { NotChecked } from '../../model/outcome.ts'
import type { PolicyLanguage } from '../../model/policy.ts'
import type { RenderedPair } from '../../model/rendering.ts'
import type { Environment, TargetOf } from '../environments.ts'
import type { Found } from '../judgement.ts'
import type { ChangeWrite } from '../writes.ts'
import { openAdmissionPolicies } from './admission.ts'
import { applicable } from './applies.ts'
import { openKyvernoPolicies } from './kyverno.ts'
import { openPodSecurityPolicies } from './pod-security.ts'
import { openGatekeeper } from './gatekeeper.ts'
import { openRego } from './rego.ts'
import type { PolicySource } from './source.ts'

/** What policies said of the writes of one side. */
export interface Evaluated {
  readonly found: readonly Found[]
  readonly notChecked: readonly NotChecked[]
  /** {@link policyKey} → number of writes that the policy matched, whatever came of it. */
  readonly matched: Readonly<Record<string, number>>
  /** Policies that had to say something of a write and could not. */
  readonly unanswered?: readonly Unanswered[]
}

export interface Unanswered {
  /** {@link Policy.id} */
  readonly rule: string
  readonly change: Change
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
  readonly targetOf: TargetOf
  /** Everything that this run rendered: policies may look other objects up. */
  readonly pairs: readonly RenderedPair[]
  /** Already opened with the policies, bindings and parameters of `environment.load`. */
  readonly session: AdmissionSession
}

/** One evaluator for each language; a language without one is said to be not evaluated. */
const languages: Readonly<
  Partial<Record<PolicyLanguage, (context: EvaluatorContext) => Promise<PolicyEvaluator>>>
> = {
  admission: openAdmissionPolicies,
  kyverno: openKyvernoPolicies,
  gatekeeper: openGatekeeper,
  rego: openRego,
  'pod-security': openPodSecurityPolicies,
}

/** Opens the evaluators that the loaded policies need; an engine that no policy asks for is never started. */
export async function openEvaluators(context: EvaluatorContext): Promise<PolicyEvaluator> {
  const { policies } = context.policies
  const used = new Set([...policies.values()].map(({ language }) => language))
  const opened = await Promise.all(
    Object.entries(languages).flatMap(([language, open]) =>
      used.has(language as PolicyLanguage) ? [open(context)] : [],
    ),
  )
  const idle = [...policies.values()].flatMap(({ id, language, location }): NotChecked[] => {
    if (Object.hasOwn(languages, language)) return []
    const reason = `${names[language]} is not evaluated by this version`
    return [{ what: id, code: 'not-evaluable', reason, targets: [], location, count: 1 }]
  })
  return {
    async evaluate(writes) {
      const parts = await Promise.all(opened.map((evaluator) => evaluator.evaluate(writes)))
      return applicable(
        {
          found: parts.flatMap(({ found }) => found),
          notChecked: [...parts.flatMap(({ notChecked }) => notChecked), ...idle],
          matched: Object.assign({}, ...parts.map(({ matched }) => matched)) as Record<string, number>,
          unanswered: parts.flatMap(({ unanswered = [] }) => unanswered),
        },
        { ...context, writes },
      )
    },
  }
}

const names: Readonly<Record<PolicyLanguage, string>> = {
  admission: 'ValidatingAdmissionPolicy',
  kyverno: 'Kyverno',
  gatekeeper: 'Gatekeeper',
  rego: 'Rego',
  'pod-security': 'Pod Security',
}
