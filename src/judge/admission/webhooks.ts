import type { Configuration, WebhookConfiguration } from '../../model/configuration.ts'
import { groupKind, type ObjectIdentity } from '../../model/object.ts'
import type { Report } from '../../model/report.ts'
import { fieldSteps } from '../field-steps.ts'
import type { FoundWithStatus } from '../status.ts'

export interface WithoutRepaired {
  readonly found: readonly FoundWithStatus[]
  /** Every entry of the configuration, also those that nothing needed. */
  readonly webhooks: Report['webhooks']
}

/**
 * Leaves out rejections of fields that, as the configuration says, a mutating webhook repairs: in the cluster it runs
 * between decoding and validation. So what the decoder refuses stays, and so do immutable fields, warnings and
 * policies. A rejection counts for the first entry that covers it; what is fixed is left out and not counted.
 */
export function withoutRepaired(
  found: readonly FoundWithStatus[],
  { webhooks }: Pick<Configuration, 'webhooks'>,
): WithoutRepaired {
  const used = webhooks.map(() => 0)
  const kept = found.filter((one) => {
    const index = isValidation(one) ? webhooks.findIndex((webhook) => covers(webhook, one)) : -1
    if (index >= 0 && one.status !== 'fixed') used[index] = (used[index] ?? 0) + 1
    return index < 0
  })
  return {
    found: kept,
    webhooks: webhooks.map(({ kind, path, reason }, index) => ({
      kind,
      path,
      reason,
      used: used[index] ?? 0,
    })),
  }
}

/** Said after the webhooks have run. */
function isValidation({ finding: { rule } }: FoundWithStatus): boolean {
  return (
    rule.startsWith('admission/FieldValue') ||
    rule === 'admission/FieldTypeInvalid' ||
    rule === 'schema/missing-field' ||
    rule === 'schema/invalid-value'
  )
}

function covers({ kind, path }: WebhookConfiguration, { finding, object }: FoundWithStatus): boolean {
  if (object === undefined || !isOfKind(kind, object.identity)) return false
  const wanted = path
    .replace(/\[\*?\]/g, '')
    .split('.')
    .filter((step) => step !== '')
  const steps = fieldSteps(object.object, finding.path).filter((step) => typeof step === 'string')
  return wanted.length <= steps.length && wanted.every((step, depth) => step === '*' || step === steps[depth])
}

function isOfKind(kind: string, identity: ObjectIdentity): boolean {
  return kind === groupKind(identity) || kind === `${identity.group}/*`
}
