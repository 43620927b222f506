import type { RegoEntry, RegoEvaluateResult, RegoModule } from '../../engine/api-rego.ts'
import type { Severity } from '../../model/finding.ts'
import { textAt } from '../field-steps.ts'
import type { Found } from '../judgement.ts'
import { severityOf } from './describe.ts'
import type { Policy } from '../../model/policy.ts'
import type { JudgedInput } from './rego-inputs.ts'

/** A message of a rule as a finding: on its object, or on the target when all objects were one input. */
export function regoFinding(
  result: RegoEvaluateResult['results'][number],
  module: RegoModule,
  policy: Policy,
  { object, writes }: JudgedInput,
): Found {
  const entry = module.entries[result.entry]
  const rule = entry?.rule ?? ''
  const change = writes[0]?.change
  const remedy = policy.remedy ?? textAt(entry?.metadata?.custom, 'remediation')
  const docs = policy.docs ?? relatedPage(entry)
  return {
    ...(object === undefined ? {} : { object }),
    finding: {
      source: 'policy',
      rule: policy.id,
      level: policy.level ?? (/^warn(?:_|$)/.test(rule) ? 'advisory' : 'required'),
      severity: severity(policy, entry),
      ...(object === undefined || change === undefined ? {} : { object: change.identity }),
      target: change?.target ?? '',
      path: '',
      validation: rule,
      // The package keeps two rules of one name apart when a file is split; the message is never part of it.
      element: JSON.stringify([module.package ?? '', rule]),
      message: withCut(result.message, result.cut),
      ...(remedy === undefined ? {} : { remedy }),
      ...(docs === undefined ? {} : { docs }),
      ...(policy.owner === undefined ? {} : { owner: policy.owner }),
      ...(result.excepted === true ? { exemption: exceptionOf(module) } : {}),
    },
  }
}

/** A message that was cut says so: the reader must not take the start for the whole. */
export function withCut(message: string, bytes: number | undefined): string {
  return bytes === undefined ? message : `${message} (the message has ${bytes} bytes; the rest is left out)`
}

/** The set's word, and where it only has the default, the annotation's. */
function severity(policy: Policy, entry: RegoEntry | undefined): Severity {
  const annotated = severityOf(textAt(entry?.metadata?.custom, 'severity')?.toLowerCase())
  return policy.severity === 'medium' ? (annotated ?? policy.severity) : policy.severity
}

function relatedPage(entry: RegoEntry | undefined): string | undefined {
  const page = entry?.metadata?.related
  return page?.startsWith('https://') === true ? page : undefined
}

/** conftest's own exceptions: rules named `exception` of the policy's package. */
function exceptionOf(module: RegoModule): NonNullable<Found['finding']['exemption']> {
  const name = `${module.package ?? ''}.exception`
  return { id: name, reason: 'an exception rule of the policy names it', native: `rule ${name}` }
}
