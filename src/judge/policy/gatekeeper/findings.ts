import type { Level, Severity } from '../../../model/finding.ts'
import type { Policy } from '../../../model/policy.ts'
import type { Found } from '../../judgement.ts'
import type { ChangeWrite } from '../../writes.ts'
import { withCut } from '../rego-findings.ts'
import type { Violation } from './client.ts'
import { impliedMessage, type Implied } from './expansion.ts'

/**
 * A violation as a finding on its object.
 * @param implied the object that broke the rule, where it is one that the object implies
 */
export function violationFinding(
  { constraint, message, cut, broken }: Violation,
  policy: Policy,
  { change, object, write }: ChangeWrite,
  implied?: Implied,
): Found {
  const action = implied?.expansion.action ?? ''
  const asked = levelOf(action === '' ? constraint.actions : [action])
  const said = withCut(message, cut)
  const text = implied === undefined ? said : impliedMessage(implied, said)
  return {
    object,
    ...(broken === true ? { failedClosed: true } : {}),
    finding: {
      source: 'policy',
      rule: policy.id,
      level: policy.level ?? asked.level,
      severity: asked.severity ?? policy.severity,
      object: change.identity,
      target: change.target,
      path: '',
      // A refused deletion is never what was wrong with the object before.
      element: JSON.stringify([
        broken === true ? 'error' : 'violation',
        ...(write.operation === 'DELETE' ? ['DELETE'] : []),
        ...(implied === undefined ? [] : ['implied', implied.expansion.name]),
      ]),
      message: broken === true ? `the policy cannot be evaluated and fails closed: ${text}` : text,
      ...(policy.remedy === undefined ? {} : { remedy: policy.remedy }),
      ...(policy.docs === undefined ? {} : { docs: policy.docs }),
      ...(policy.owner === undefined ? {} : { owner: policy.owner }),
    },
  }
}

/** deny fails, warn tells, dryrun is only noted (shared policy-sets.md); one that Gatekeeper refuses is told apart. */
function levelOf(actions: readonly string[]): { readonly level: Level; readonly severity?: Severity } {
  if (actions.includes('deny')) return { level: 'required' }
  if (actions.includes('warn')) return { level: 'advisory' }
  return { level: 'advisory', severity: 'info' }
}
