import type { KyvernoEvaluation } from '../../../engine/api-kyverno.ts'
import type { Engines } from '../../../engine/engines.ts'
import type { JsonObject } from '../../../model/json.ts'
import { kindAndName } from '../../../model/policy.ts'
import { textAt } from '../../field-steps.ts'
import { namespaceOf, type KyvernoCase, type KyvernoWorld } from './kyverno-test.ts'

/** Answers to the cases about ValidatingAdmissionPolicies, by their position; a text says why there is none. */
export type AdmissionAnswers = ReadonlyMap<number, readonly KyvernoEvaluation[] | string>

const kind = 'ValidatingAdmissionPolicy'

export function isAdmissionPolicy(policy: JsonObject): boolean {
  return policy['kind'] === kind
}

/**
 * ValidatingAdmissionPolicies of a suite as `kyverno test` asks them (pkg/admissionpolicy of Kyverno 1.19): as creates,
 * on objects as they are written, with the suite's bindings, or without any where it has none of the policy. Where
 * several bindings take an object, kyverno tells the last one's answer; a server tells every refusal, as is done here.
 */
export async function askAdmissionPolicies(
  cases: readonly (KyvernoCase & { readonly policy: JsonObject | undefined })[],
  suite: {
    readonly documents: readonly JsonObject[]
    readonly parameters: readonly JsonObject[]
    readonly world: KyvernoWorld
  },
  engines: Pick<Engines, 'admission'>,
  kubernetes: string,
): Promise<AdmissionAnswers> {
  const asked = cases.flatMap((one, index) =>
    one.policy !== undefined && isAdmissionPolicy(one.policy) ? [{ ...one, index, policy: one.policy }] : [],
  )
  if (asked.length === 0) return new Map()
  // Kyverno reads the older versions of the API too, which say the same in the same fields.
  const served = (object: JsonObject): JsonObject => ({
    ...object,
    apiVersion: 'admissionregistration.k8s.io/v1',
  })
  const { user, namespaces } = suite.world
  const bindings = suite.documents.filter((object) => object['kind'] === `${kind}Binding`)
  const policies = suite.documents.filter(isAdmissionPolicy)
  const session = await engines.admission.open({
    kubernetes,
    policies: policies.map(served),
    bindings: bindings.map(served),
    parameters: [...suite.parameters],
    ...(user === undefined ? {} : { user: { name: user.name, groups: [...user.groups] } }),
  })
  const all = (why: string): AdmissionAnswers => new Map(asked.map(({ index }) => [index, why]))
  if ('error' in session) return all(session.error.message)
  const [problem] = session.loaded.problems
  if (problem !== undefined) {
    const refused = (problem.list === 'bindings' ? bindings : policies)[problem.index] ?? {}
    return all(
      `an API server refuses ${kindAndName(refused)}: ${[problem.field, problem.message].filter(Boolean).join(': ')}`,
    )
  }
  const nameOf = (policy: JsonObject): string => textAt(policy, 'metadata', 'name') ?? ''
  const answer = await session.evaluatePolicies(
    asked.map(({ resource, policy }) => {
      const namespace = textAt(resource, 'metadata', 'namespace') ?? ''
      const bound = bindings.some((binding) => textAt(binding, 'spec', 'policyName') === nameOf(policy))
      const known = namespaces.find((one) => textAt(one, 'metadata', 'name') === namespace)
      return {
        operation: 'CREATE',
        object: resource,
        namespace,
        asGiven: true,
        policies: [nameOf(policy)],
        ...(bound ? {} : { parameters: [] }),
        ...(namespace === '' ? {} : { namespaceObject: known ?? namespaceOf({ name: namespace }) }),
      }
    }),
    { detail: true },
  )
  if (!answer.ok) return all(answer.error.message)
  const { evaluations, taken = {} } = answer.result
  return new Map(
    asked.map(({ index, policy }, write) => {
      const said = evaluations
        .filter((evaluation) => evaluation.write === write)
        .map(({ outcome, message }): KyvernoEvaluation => ({ write: index, policy: 0, outcome, message }))
      const passed: KyvernoEvaluation = { write: index, policy: 0, outcome: 'pass' }
      const matched = taken[nameOf(policy)]?.includes(write) === true
      return [index, said.length > 0 ? said : matched ? [passed] : []]
    }),
  )
}
