import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { textAt } from '../../field-steps.ts'
import { constraintGroup } from './definition.ts'
import { listAt, type UsableTemplate } from './template.ts'

/** Names that authors may not use (gatekeeper pkg/drivers/k8scel/schema). */
const reservedPrefix = 'gatekeeper_internal_'

/** What Gatekeeper gives every expression (pkg/drivers/k8scel/transform/cel_snippets.go). */
const variables: readonly JsonObject[] = [
  {
    name: 'anyObject',
    expression:
      'has(request.operation) && request.operation == "DELETE" && object == null ? oldObject : object',
  },
  {
    name: 'params',
    expression: '!has(params.spec) ? null : !has(params.spec.parameters) ? null: params.spec.parameters',
  },
]

/** Name of the policy that a template becomes. */
export function policyName({ name }: Pick<UsableTemplate, 'name'>): string {
  return `gatekeeper-${name}`
}

/**
 * A template's CEL as a ValidatingAdmissionPolicy whose parameter is the constraint, as Gatekeeper makes it
 * (pkg/drivers/k8scel/transform/make_vap_objects.go). The conditions that stand for `match` are left out: constraints are
 * matched before, as Gatekeeper's own driver does. Answers a sentence when the source is not allowed.
 */
export function celPolicy(template: UsableTemplate, source: JsonObject): JsonObject | string {
  const own = named(source['variables'])
  const conditions = named(source['matchCondition'])
  for (const name of [...own, ...conditions].map((entry) => textAt(entry, 'name') ?? ''))
    if (name.startsWith(reservedPrefix)) return `the name ${name} is reserved`
  for (const name of own.map((entry) => textAt(entry, 'name') ?? ''))
    if (name === 'params' || name === 'anyObject') return `the variable ${name} is reserved`
  const failurePolicy = source['failurePolicy'] ?? 'Fail'
  if (failurePolicy !== 'Fail' && failurePolicy !== 'Ignore')
    return `failurePolicy ${JSON.stringify(failurePolicy)} is neither Fail nor Ignore`
  return {
    apiVersion: 'admissionregistration.k8s.io/v1',
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name: policyName(template) },
    spec: {
      paramKind: { apiVersion: `${constraintGroup}/v1beta1`, kind: template.kind },
      matchConstraints: {
        resourceRules: [
          {
            apiGroups: ['*'],
            apiVersions: ['*'],
            resources: ['*'],
            operations: ['CREATE', 'UPDATE', 'DELETE'],
            scope: '*',
          },
        ],
      },
      matchConditions: conditions,
      variables: [...variables, ...own],
      validations: listAt(source, 'validations').filter(isJsonObject),
      failurePolicy,
    },
  }
}

function named(value: Json | undefined): JsonObject[] {
  return Array.isArray(value) ? (value as readonly Json[]).filter(isJsonObject) : []
}
