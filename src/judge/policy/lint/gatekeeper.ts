import { kindAndName, policyKey } from '../../../model/policy.ts'
import type { LintProblem } from '../../../model/policy-lint.ts'
import { textAt } from '../../field-steps.ts'
import { actionProblem } from '../gatekeeper/constraint.ts'
import { openGatekeeperClient } from '../gatekeeper/client.ts'
import { notEvaluated } from '../gatekeeper/other-documents.ts'
import { isTemplate } from '../gatekeeper/template.ts'
import type { LintInput } from './lint.ts'

/** Templates, their schemas, their code, and constraints against them, as Gatekeeper and the API server check them. */
export async function lintGatekeeper(
  minor: string,
  { policies, engines, definitions }: LintInput,
): Promise<readonly LintProblem[]> {
  const documents = policies.gatekeeper
  if (documents.length === 0) return []
  const client = await openGatekeeperClient(
    documents,
    { kubernetes: minor, namespaces: [], customResourceDefinitions: definitions },
    engines,
  )
  if ('error' in client)
    return [{ level: 'error', code: 'compile', message: client.error.message, kubernetes: [minor] }]
  const idOf = (key: string): string =>
    policies.policies.get(policyKey({ language: 'gatekeeper', name: key }))?.id ?? key
  const used = new Set(documents.map(({ object }) => textAt(object, 'kind')))
  return [
    ...client.problems.map(({ constraint, document, code, reason }): LintProblem => ({
      level: code === 'not-evaluable' ? 'warning' : 'error',
      code: code === 'not-evaluable' ? 'not-evaluable' : 'compile',
      policy: idOf(constraint),
      message: reason,
      location: document.location,
    })),
    ...documents.flatMap(({ object, location }): LintProblem[] => {
      const problem = actionProblem(object)
      return problem === undefined
        ? []
        : [{ level: 'error', code: 'compile', policy: idOf(kindAndName(object)), message: problem, location }]
    }),
    ...documents.flatMap(({ object, location }): LintProblem[] => {
      const kind = textAt(object, 'spec', 'crd', 'spec', 'names', 'kind')
      if (!isTemplate(object) || used.has(kind)) return []
      const message = `no constraint of the kind ${kind ?? ''} is there, so nothing asks this template`
      return [{ level: 'warning', code: 'unreachable', policy: kindAndName(object), message, location }]
    }),
    ...notEvaluated(documents, []).map(({ what, reason, location }): LintProblem => ({
      level: 'warning',
      code: 'not-evaluable',
      policy: what,
      message: reason,
      ...(location === undefined ? {} : { location }),
    })),
  ]
}
