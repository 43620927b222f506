import type {
  KyvernoEvaluateResult,
  KyvernoEvaluation,
  KyvernoLoadResult,
  KyvernoWrite,
} from '../../engine/api-kyverno.ts'
import type { AppliedExemption } from '../../model/finding.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import type { NotChecked } from '../../model/outcome.ts'
import { policyKey } from '../../model/policy.ts'
import { at, textAt } from '../field-steps.ts'
import type { Found } from '../judgement.ts'
import { targetsOf } from '../not-checked.ts'
import type { ChangeWrite } from '../writes.ts'
import type { Evaluated, Unanswered } from './evaluator.ts'
import { fieldOfExpression } from './fields.ts'
import {
  writtenRule,
  type KyvernoException,
  type KyvernoPolicies,
  type KyvernoPolicy,
} from './kyverno-documents.ts'
import { kyvernoLevel } from './kyverno-levels.ts'
import { unjudgedCode } from './unjudged.ts'

/** Turns answers of the engine into findings, and into what could not be judged. */
export function createJoiner(
  policies: KyvernoPolicies,
  loaded: KyvernoLoadResult,
  namespaces: readonly JsonObject[],
): (
  writes: readonly ChangeWrite[],
  shown: readonly KyvernoWrite[],
  answer: KyvernoEvaluateResult,
) => Evaluated {
  const labels = new Map(
    namespaces.map((namespace) => {
      const own = at(namespace, 'metadata', 'labels')
      return [textAt(namespace, 'metadata', 'name') ?? '', isJsonObject(own) ? own : {}] as const
    }),
  )
  return (writes, shown, answer) => {
    const found: Found[] = []
    const open = createOpen()
    const unanswered: Unanswered[] = []
    for (const evaluation of answer.evaluations) {
      const write = writes[evaluation.write]
      const policy = policies.evaluable[evaluation.policy]
      if (write === undefined || policy === undefined) continue
      const code = notCheckedCode(evaluation, policy)
      if (code !== undefined) {
        // Rules of another type than CEL are what this version does not evaluate at all: told, and never decided by.
        const rule = evaluation.rule === undefined ? undefined : writtenRule(policy, evaluation.rule)
        const rules = loaded.policies[evaluation.policy]?.rules ?? []
        const never = rules.some(({ name, reason }) => name === rule && reason !== undefined)
        open.add(policy, { code, reason: reasonOf(evaluation, policy), never }, write)
        unanswered.push({ rule: policy.policy.id, change: write.change })
        if (!refuses(evaluation, code)) continue
      }
      if (evaluation.outcome === 'exempt' && evaluation.without === undefined) continue
      const namespace = shown[evaluation.write]?.namespace ?? ''
      const level = kyvernoLevel(policy, evaluation.rule, { namespace, labels: labels.get(namespace) })
      found.push(foundOf(write, policy, evaluation, level, exemptionOf(evaluation, policies.exceptions)))
    }
    const matched = policies.evaluable.map(({ policy }, index) => [
      policyKey(policy),
      answer.matched[index] ?? 0,
    ])
    return {
      found,
      notChecked: open.entries(),
      matched: Object.fromEntries(matched) as Record<string, number>,
      unanswered,
    }
  }
}

/** An error can be both: the cluster refuses the write, and nobody has judged it. */
function refuses({ outcome, without }: KyvernoEvaluation, code: NotChecked['code']): boolean {
  return (outcome === 'exempt' ? without : outcome) === 'error' && code !== 'policy-error'
}

/**
 * What cannot be said of a write. An error of a ValidatingPolicy refuses the write, whatever its failurePolicy is
 * (pkg/webhooks/resource/vpol); one of a legacy rule only where the policy fails closed (pkg/engine/utils BlockRequest).
 */
function notCheckedCode(
  { outcome, without, message = '' }: KyvernoEvaluation,
  { legacy, object }: KyvernoPolicy,
): NotChecked['code'] | undefined {
  const said = outcome === 'exempt' ? without : outcome
  if (said === 'not-evaluable') return 'not-evaluable'
  if (said !== 'error') return undefined
  const unjudged = unjudgedCode(message)
  if (unjudged !== undefined || !legacy) return unjudged
  const policy =
    textAt(object, 'spec', 'webhookConfiguration', 'failurePolicy') ?? textAt(object, 'spec', 'failurePolicy')
  return policy === 'Ignore' ? 'policy-error' : undefined
}

function reasonOf({ rule, message = '' }: KyvernoEvaluation, policy: KyvernoPolicy): string {
  return policy.legacy && rule !== undefined ? `rule ${writtenRule(policy, rule)}: ${message}` : message
}

function foundOf(
  { change, object, write: { operation } }: ChangeWrite,
  policy: KyvernoPolicy,
  evaluation: KyvernoEvaluation,
  level: ReturnType<typeof kyvernoLevel>,
  exemption: AppliedExemption | undefined,
): Found {
  const { outcome, without, validation, expression = '', message = '' } = evaluation
  const { policy: described } = policy
  const said = outcome === 'exempt' ? without : outcome
  const rule =
    policy.legacy && evaluation.rule !== undefined ? writtenRule(policy, evaluation.rule) : undefined
  const exempt = exemption !== undefined && level !== 'mandatory' && described.exemptable
  return {
    object,
    ...(said === 'error' ? { failedClosed: true } : {}),
    finding: {
      source: 'policy',
      rule: described.id,
      level,
      severity: described.severity,
      object: change.identity,
      target: change.target,
      path: said === 'fail' && operation !== 'DELETE' ? fieldOfExpression(expression, object.object) : '',
      // A refused deletion is never what was wrong with the object before.
      element: JSON.stringify([
        rule ?? '',
        validation ?? said ?? '',
        ...(operation === 'DELETE' ? ['DELETE'] : []),
      ]),
      message: said === 'error' ? `the policy cannot be evaluated and fails closed: ${message}` : message,
      validation: rule ?? String(validation ?? said),
      ...(described.remedy === undefined ? {} : { remedy: described.remedy }),
      ...(described.docs === undefined ? {} : { docs: described.docs }),
      ...(described.owner === undefined ? {} : { owner: described.owner }),
      ...(exempt ? { exemption } : {}),
    },
  }
}

/** Of several exceptions the one of the highest priority decides, and of equal ones the first (vpol/engine). */
function exemptionOf(
  { outcome, exceptions = [] }: KyvernoEvaluation,
  documents: readonly KyvernoException[],
): AppliedExemption | undefined {
  if (outcome !== 'exempt') return undefined
  const priority = ({ priority: text = '' }: (typeof exceptions)[number]): number =>
    /^\d+$/.test(text) ? Number(text) : 0
  const [decides] = exceptions.toSorted((a, b) => priority(b) - priority(a))
  if (decides === undefined) return undefined
  const id = [decides.namespace, decides.name].filter(Boolean).join('/')
  const native = `PolicyException ${id}`
  const document = documents.find(({ name }) => name === native)?.object
  const reason = document && textAt(document, 'metadata', 'annotations', 'preadmit.dev/reason')
  const expires = document && textAt(document, 'spec', 'expiresAt')
  return {
    id,
    native,
    reason: reason ?? 'an exception of Kyverno applies',
    ...(expires === undefined ? {} : { expires: expires.slice(0, 10) }),
  }
}

function createOpen() {
  const open = new Map<string, { entry: NotChecked; never: boolean; writes: Set<ChangeWrite> }>()
  return {
    add(
      { policy }: KyvernoPolicy,
      { code, reason, never }: Pick<NotChecked, 'code' | 'reason'> & { readonly never: boolean },
      write: ChangeWrite,
    ): void {
      const key = JSON.stringify([policy.id, code, reason])
      const { id: what, location } = policy
      const known = open.get(key) ?? {
        entry: { what, code, reason, targets: [], location, count: 0 },
        never,
        writes: new Set(),
      }
      known.writes.add(write)
      open.set(key, known)
    },
    entries: (): NotChecked[] =>
      [...open.values()].map(({ entry, never, writes }) => ({
        ...entry,
        targets: never ? [] : targetsOf([...writes]),
        count: writes.size,
      })),
  }
}
