import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { LintProblem } from '../../../model/policy-lint.ts'
import { kindAndName, policyKey } from '../../../model/policy.ts'
import { textAt } from '../../field-steps.ts'
import { constraintGroup } from '../gatekeeper/definition.ts'
import { readExpansions } from '../gatekeeper/expansion.ts'
import { group, listAt, textsAt } from '../gatekeeper/template.ts'
import type { PolicySource } from '../source.ts'

/**
 * Policies that judge pods and nothing that makes them. A repository holds Deployments, whose pods the cluster refuses
 * after the sync, when nobody reviews any more. Kyverno's policies write the rules for controllers themselves.
 */
export function podsOnly({ policies, load, gatekeeper }: PolicySource): readonly LintProblem[] {
  const told = (key: string, hint: string): readonly LintProblem[] => {
    const policy = policies.get(key)
    const message = `matches pods only, so the pods of Deployments and other controllers are not judged before the merge: ${hint}`
    return policy === undefined
      ? []
      : [{ level: 'warning', code: 'unreachable', policy: policy.id, message, location: policy.location }]
  }
  const expanded = readExpansions(gatekeeper).some(
    ({ apiVersion, kind }) => `${apiVersion}/${kind}` === 'v1/Pod',
  )
  return [
    ...(load.policies ?? []).flatMap((object) =>
      matchesPods(object)
        ? told(
            policyKey({ language: 'admission', name: textAt(object, 'metadata', 'name') ?? '' }),
            'match the controllers as well, and look into their templates',
          )
        : [],
    ),
    ...gatekeeper.flatMap(({ object }) =>
      !expanded && group(object) === constraintGroup && constrainsPods(object)
        ? told(
            policyKey({ language: 'gatekeeper', name: kindAndName(object) }),
            'add an ExpansionTemplate that makes their pods',
          )
        : [],
    ),
  ]
}

function matchesPods(policy: JsonObject): boolean {
  const rules = listAt(policy, 'spec', 'matchConstraints', 'resourceRules')
  const written = rules.flatMap((rule) => textsAt(rule, 'resources')).filter((one) => !one.includes('/'))
  return written.length > 0 && written.every((one) => one === 'pods')
}

function constrainsPods(constraint: JsonObject): boolean {
  const entries: readonly Json[] = listAt(constraint, 'spec', 'match', 'kinds')
  const kinds = entries.filter(isJsonObject).flatMap((entry) => textsAt(entry, 'kinds'))
  return kinds.length > 0 && kinds.every((kind) => kind === 'Pod')
}
