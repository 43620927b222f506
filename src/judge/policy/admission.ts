import type { Change } from '../../model/change.ts'
import type { PolicyEvaluation } from '../../engine/api.ts'
import type { Level } from '../../model/finding.ts'
import type { NotChecked } from '../../model/outcome.ts'
import { displayName } from '../../model/object.ts'
import { policyKey, type Policy } from '../../model/policy.ts'
import { afterPlugins } from '../admission/plugin-defaults.ts'
import type { Found } from '../judgement.ts'
import { engineFailure, targetsOf } from '../not-checked.ts'
import { fieldOfExpression } from './fields.ts'
import type { Evaluated, EvaluatorContext, PolicyEvaluator, Unanswered } from './evaluator.ts'
import { unjudgedCode } from './unjudged.ts'
import type { ChangeWrite } from '../writes.ts'

/** ValidatingAdmissionPolicies, by the API server's own compiler and dispatcher. */
export function openAdmissionPolicies(context: EvaluatorContext): Promise<PolicyEvaluator> {
  return Promise.resolve({ evaluate: (writes) => evaluate(writes, context) })
}

async function evaluate(
  writes: readonly ChangeWrite[],
  { session, environment, policies: { policies } }: EvaluatorContext,
): Promise<Evaluated> {
  if ((environment.load.policies ?? []).length === 0 || writes.length === 0)
    return { found: [], notChecked: [], matched: {} }
  const answer = await session.evaluatePolicies(writes.map(afterPlugins))
  if (!answer.ok)
    return { found: [], notChecked: [engineFailure(answer.error, writes, 'policies')], matched: {} }

  const found: Found[] = []
  const unanswered: Unanswered[] = []
  const unread = new Map<Change, Policy[]>()
  const open = new Map<
    string,
    { policy: Policy; reason: string; code: NotChecked['code']; writes: ChangeWrite[] }
  >()
  for (const evaluation of answer.result.evaluations) {
    const write = writes[evaluation.write]
    const policy = policies.get(policyKey({ language: 'admission', name: evaluation.policy }))
    if (write === undefined || policy === undefined) continue
    if (refuses(evaluation)) found.push(foundOf(write, policy, evaluation))
    const code = notCheckedCode(evaluation)
    if (code === undefined) continue
    unanswered.push({ rule: policy.id, change: write.change })
    if (code === 'not-evaluable' && evaluation.message.startsWith(undecoded)) {
      unread.set(write.change, [...(unread.get(write.change) ?? []), policy])
      continue
    }
    const key = JSON.stringify([policy.id, code, evaluation.message])
    const entry = open.get(key) ?? { policy, reason: evaluation.message, code, writes: [] }
    entry.writes.push(write)
    open.set(key, entry)
  }
  const notChecked = [...open.values()].map(({ policy, reason, code, writes: concerned }): NotChecked => ({
    what: policy.id,
    code,
    reason,
    targets: targetsOf(concerned),
    location: policy.location,
    count: new Set(concerned).size,
  }))
  const matched = Object.entries(answer.result.matched).map(([name, count]) => [
    policyKey({ language: 'admission', name }),
    count,
  ])
  return {
    found,
    notChecked: [...notChecked, ...[...unread].map(unreadObject)],
    matched: Object.fromEntries(matched) as Record<string, number>,
    unanswered,
  }
}

/** How the engine begins what it says of an object whose fields cannot be read. */
const undecoded = 'the object cannot be decoded: '

/** The API server asks no policy about what it cannot read: one entry, whose cause is a finding of its own. */
function unreadObject([{ identity, target }, policies]: [Change, readonly Policy[]]): NotChecked {
  return {
    what: displayName(identity),
    code: 'not-evaluable',
    reason: 'policies are not asked about an object that the API server cannot read',
    // What cannot block when it is known does not block when it is not (applies.ts).
    targets: policies.every(({ level }) => level === 'advisory') ? [] : [target],
    count: 1,
  }
}

/** A broken policy whose failurePolicy is Fail refuses the write, as it would in the cluster. */
function refuses({ outcome, failurePolicy }: PolicyEvaluation): boolean {
  return outcome === 'error' ? failurePolicy !== 'Ignore' : outcome !== 'not-evaluable'
}

/** With Ignore the cluster would let a broken policy pass unjudged, which is what `policy-error` says. */
function notCheckedCode(evaluation: PolicyEvaluation): NotChecked['code'] | undefined {
  const { outcome, message } = evaluation
  if (outcome === 'not-evaluable') return 'not-evaluable'
  if (outcome !== 'error') return undefined
  return unjudgedCode(message) ?? (refuses(evaluation) ? undefined : 'policy-error')
}

function foundOf(
  { change, object, write }: ChangeWrite,
  policy: Policy,
  evaluation: PolicyEvaluation,
): Found {
  const { validation, binding, parameter, outcome, message } = evaluation
  return {
    object,
    ...(outcome === 'error' ? { failedClosed: true } : {}),
    finding: {
      source: 'policy',
      rule: policy.id,
      level: policy.level ?? levelOf(evaluation.actions),
      severity: policy.severity,
      object: change.identity,
      target: change.target,
      path:
        outcome === 'fail' && write.operation !== 'DELETE'
          ? fieldOfExpression(evaluation.expression ?? '', object.object)
          : '',
      // A VAP's validations have no names; their position is what upstream reports too. A refused deletion is never
      // what was wrong with the object before.
      element: JSON.stringify([
        validation ?? outcome,
        binding,
        parameter ?? '',
        ...(write.operation === 'DELETE' ? ['DELETE'] : []),
      ]),
      validation: String(validation ?? outcome),
      message: outcome === 'error' ? `the policy cannot be evaluated and fails closed: ${message}` : message,
      ...(policy.remedy === undefined ? {} : { remedy: policy.remedy }),
      ...(policy.docs === undefined ? {} : { docs: policy.docs }),
      ...(policy.owner === undefined ? {} : { owner: policy.owner }),
    },
  }
}

/** Deny fails, Warn and Audit only tell (shared policy-sets.md). */
function levelOf(actions: readonly string[]): Level {
  return actions.includes('Deny') ? 'required' : 'advisory'
}
