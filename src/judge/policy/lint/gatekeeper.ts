import { closest } from 'fastest-levenshtein'
import type { JsonObject } from '../../../model/json.ts'
import { groupKind } from '../../../model/object.ts'
import { kindAndName, policyKey } from '../../../model/policy.ts'
import type { LintProblem } from '../../../model/policy-lint.ts'
import { at, textAt } from '../../field-steps.ts'
import { actionProblem } from '../gatekeeper/constraint.ts'
import { openGatekeeperClient } from '../gatekeeper/client.ts'
import { notEvaluated } from '../gatekeeper/other-documents.ts'
import { constraintGroup } from '../gatekeeper/definition.ts'
import { group, isTemplate, listAt, textsAt } from '../gatekeeper/template.ts'
import type { LintInput } from './lint.ts'

/** Templates, their schemas, their code, and constraints against them, as Gatekeeper and the API server check them. */
export async function lintGatekeeper(
  minor: string,
  { policies, engines, definitions, kinds }: LintInput,
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
  const known = new Set([
    ...kinds,
    ...definitions.map((one) =>
      groupKind({
        group: textAt(one, 'spec', 'group') ?? '',
        kind: textAt(one, 'spec', 'names', 'kind') ?? '',
      }),
    ),
  ])
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
    ...documents.flatMap(({ object, location }) =>
      group(object) === constraintGroup
        ? unknownKindsOf(object, known).map((message): LintProblem => ({
            level: 'warning',
            code: 'unknown-resource',
            policy: idOf(kindAndName(object)),
            message,
            location,
          }))
        : [],
    ),
    ...notEvaluated(documents, []).map(({ what, reason, location }): LintProblem => ({
      level: 'warning',
      code: 'not-evaluable',
      policy: what,
      message: reason,
      ...(location === undefined ? {} : { location }),
    })),
  ]
}

/** Sentences about entries of `match.kinds` that name what nobody knows: such a constraint matches nothing, and is silent. */
function unknownKindsOf(constraint: JsonObject, known: ReadonlySet<string>): readonly string[] {
  return listAt(at(constraint, 'spec', 'match') ?? {}, 'kinds').flatMap((entry) => {
    const [groups, names] = [textsAt(entry, 'apiGroups'), textsAt(entry, 'kinds')]
    const anywhere = groups.length === 0 || groups.includes('*')
    return names.flatMap((kind): string[] => {
      const own = [...known].filter((one) => one === kind || one.endsWith(`/${kind}`))
      if (kind === '*' || own.some((one) => anywhere || groups.includes(one.slice(0, -kind.length - 1))))
        return []
      if (own.length > 0)
        return [`match.kinds names ${kind} of ${groupNames(groups)}; it is ${own.sort().join(', ')}`]
      // Groups that nobody here knows may have any kind.
      const foreign = !anywhere && groups.some((one) => ![...known].some((other) => groupOf(other) === one))
      if (foreign) return []
      const kinds = [...new Set([...known].map((one) => one.slice(one.indexOf('/') + 1)))]
      return [`match.kinds names ${kind}, which no API server has; did you mean ${closest(kind, kinds)}?`]
    })
  })
}

function groupOf(groupKind: string): string {
  return groupKind.includes('/') ? groupKind.slice(0, groupKind.indexOf('/')) : ''
}

function groupNames(groups: readonly string[]): string {
  return groups.map((one) => (one === '' ? 'the core group' : one)).join(' and ')
}
