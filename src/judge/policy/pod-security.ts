import type { PodSecurityResult } from '../../engine/api.ts'
import type { Policy } from '../../model/policy.ts'
import type { Found } from '../judgement.ts'
import { engineFailure } from '../not-checked.ts'
import type { ChangeWrite } from '../writes.ts'
import { holdsPods } from '../admission/pod-kinds.ts'
import { createApplies } from './applies.ts'
import type { Evaluated, EvaluatorContext, PolicyEvaluator } from './evaluator.ts'

/**
 * Pod Security Standards that sets ask for, each a policy of its own, whatever the labels of the namespace say. What the
 * labels themselves ask for is no policy: judge/admission/pod-security.ts.
 */
export function openPodSecurityPolicies(context: EvaluatorContext): Promise<PolicyEvaluator> {
  const applies = createApplies()
  return Promise.resolve({ evaluate })

  async function evaluate(all: readonly ChangeWrite[]): Promise<Evaluated> {
    const { session, policies, targetOf } = context
    // Pod Security admits deletions unseen, as the API server does.
    const writes = all.filter(
      ({ write, object }) => write.operation !== 'DELETE' && holdsPods(object.identity),
    )
    if (writes.length === 0) return { found: [], notChecked: [], matched: {} }
    const answer = await session.podSecurity(
      writes.map(({ write }) => write),
      undefined,
      policies.podSecurity.map(({ standard: level, version }) => ({ level, version })),
    )
    if (!answer.ok) {
      const failure = engineFailure(answer.error, writes, 'Pod Security policies')
      return { found: [], notChecked: [failure], matched: {} }
    }
    const { standards = [], pods = [] } = answer.result
    const found = standards.flatMap((violation) => {
      const write = writes[violation.write]
      const policy = policies.policies.get(policies.podSecurity[violation.standard]?.key ?? '')
      return write === undefined || policy === undefined ? [] : foundOf(write, policy, violation)
    })
    const matched: Record<string, number> = {}
    for (const { key } of policies.podSecurity) {
      const policy = policies.policies.get(key)
      matched[key] = pods.filter((index) => {
        const write = writes[index]
        if (write === undefined || policy === undefined) return false
        const { change, object } = write
        const { file } = object.origin
        const place = { identity: change.identity, ...(file === undefined ? {} : { file }) }
        return applies(policy.appliesTo, place, targetOf(change.target))
      }).length
    }
    return { found, notChecked: [], matched }
  }
}

function foundOf(
  { change, object }: ChangeWrite,
  policy: Policy,
  { level, version, checks }: NonNullable<PodSecurityResult['standards']>[number],
): readonly Found[] {
  return checks.map(({ id, reason, detail }): Found => ({
    object,
    finding: {
      source: 'policy',
      rule: policy.id,
      level: policy.level ?? 'required',
      severity: policy.severity,
      object: change.identity,
      target: change.target,
      path: '',
      element: id,
      validation: id,
      message: `${reason}${detail === '' ? '' : ` (${detail})`}: the policy asks for the Pod Security Standard ${level} (${version})`,
      docs: policy.docs ?? podSecurityPage,
      ...(policy.remedy === undefined ? {} : { remedy: policy.remedy }),
      ...(policy.owner === undefined ? {} : { owner: policy.owner }),
    },
  }))
}

/** What the standards ask for, in upstream's words. */
export const podSecurityPage = 'https://kubernetes.io/docs/concepts/security/pod-security-standards/'
