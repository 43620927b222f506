import type { JsonObject } from '../../../model/json.ts'
import type { LintProblem } from '../../../model/policy-lint.ts'
import { policyKey } from '../../../model/policy.ts'
import { at, textAt } from '../../field-steps.ts'
import type { PolicySource } from '../source.ts'

/**
 * Bindings whose parameters no document of the set is. The cluster may hold them, so it is no error; where nobody does,
 * every write is open.
 */
export function missingParameters(source: PolicySource): readonly LintProblem[] {
  const { bindings, load, policies } = source
  return bindings.flatMap(({ object, location }): LintProblem[] => {
    const name = textAt(object, 'spec', 'policyName') ?? ''
    const policy = policies.get(policyKey({ language: 'admission', name }))
    const definition = load.policies?.find((one) => textAt(one, 'metadata', 'name') === name)
    if (policy === undefined || definition === undefined) return []
    const say = (message: string): LintProblem[] => [
      { level: 'warning', code: 'parameter', policy: policy.id, message, location, field: 'spec.paramRef' },
    ]
    const kind = textAt(definition, 'spec', 'paramKind', 'kind')
    if (kind === undefined) return []
    if (at(object, 'spec', 'paramRef') === undefined)
      return say(`the policy takes a ${kind} as parameter, and the binding names none (paramRef)`)
    const wanted = textAt(object, 'spec', 'paramRef', 'name')
    if (wanted === undefined) return []
    const namespace = textAt(object, 'spec', 'paramRef', 'namespace')
    const apiVersion = textAt(definition, 'spec', 'paramKind', 'apiVersion')
    const same = (load.parameters ?? []).filter(
      (one) => one['kind'] === kind && one['apiVersion'] === apiVersion,
    )
    // Without a namespace it is looked for in that of each object, or has none.
    const found = same.some(
      (one) =>
        textAt(one, 'metadata', 'name') === wanted &&
        (namespace === undefined || textAt(one, 'metadata', 'namespace') === namespace),
    )
    if (found) return []
    const others = same.map(placeOf).sort()
    return say(
      `no ${kind} ${[namespace, wanted].filter(Boolean).join('/')} is in the set, as the binding asks for: ` +
        (others.length === 0 ? `the set has no ${kind}` : `the set has ${others.join(', ')}`),
    )
  })
}

function placeOf(object: JsonObject): string {
  return [textAt(object, 'metadata', 'namespace'), textAt(object, 'metadata', 'name')]
    .filter(Boolean)
    .join('/')
}
