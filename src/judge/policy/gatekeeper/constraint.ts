import { closest } from 'fastest-levenshtein'
import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import { kindAndName, type PolicyDocument } from '../../../model/policy.ts'
import { at, textAt } from '../../field-steps.ts'
import { withDefaults } from './definition.ts'
import { listAt, type UsableTemplate } from './template.ts'

/** The point that stands for checks outside of a cluster (gatekeeper pkg/util/enforcement_action.go). */
export const gatorPoint = 'gator.gatekeeper.sh'

export interface Constraint {
  readonly kind: string
  readonly name: string
  /** `Kind/name`. */
  readonly key: string
  readonly document: PolicyDocument
  readonly match: JsonObject
  /** With the template's defaults. */
  readonly parameters: JsonObject
  /** What follows from a violation: `deny`, `warn`, `dryrun`; empty when nothing does at our point. */
  readonly actions: readonly string[]
}

/** Reads a constraint whose template is there. Its shape is checked by the API server's engine, with the definition. */
export function readConstraint(document: PolicyDocument, { schema }: UsableTemplate): Constraint {
  const { object } = document
  const match = at(object, 'spec', 'match')
  const parameters = at(object, 'spec', 'parameters')
  const specSchema: JsonObject = { properties: schema === undefined ? {} : { parameters: schema } }
  const spec = withDefaults(isJsonObject(parameters) ? { parameters } : {}, specSchema)
  const filled = at(spec, 'parameters')
  return {
    kind: textAt(object, 'kind') ?? '',
    name: textAt(object, 'metadata', 'name') ?? '',
    key: kindAndName(object),
    document,
    match: isJsonObject(match) ? match : {},
    parameters: isJsonObject(filled) ? filled : {},
    actions: actionsOf(object),
  }
}

/** `enforcementAction`, deny by default; with `scoped`, the actions that name our point or all points. */
function actionsOf(object: JsonObject): readonly string[] {
  const action = textAt(object, 'spec', 'enforcementAction') ?? 'deny'
  if (action !== 'scoped') return [action]
  const actions = listAt(object, 'spec', 'scopedEnforcementActions').flatMap((entry) => {
    const points = listAt(entry, 'enforcementPoints').map((point) => textAt(point, 'name'))
    const named = points.includes('*') || points.includes(gatorPoint)
    const scoped = textAt(entry, 'action')
    return named && scoped !== undefined ? [scoped] : []
  })
  return [...new Set(actions)]
}

/** What Gatekeeper's webhook takes (gatekeeper pkg/util/enforcement_action.go, SupportedEnforcementActions). */
const actions = ['deny', 'dryrun', 'warn', 'scoped'] as const

/**
 * Why Gatekeeper refuses the constraint for its actions; undefined when it does not. A suite of gator does not ask, a
 * cluster does.
 */
export function actionProblem(object: JsonObject): string | undefined {
  const wrong = (action: string | undefined, allowed: readonly string[], field: string): string[] =>
    action === undefined || allowed.includes(action)
      ? []
      : [
          `${field} ${JSON.stringify(action)} is not one of ${allowed.join(', ')}; did you mean ${closest(action.toLowerCase(), allowed)}?`,
        ]
  const action = textAt(object, 'spec', 'enforcementAction')
  const scoped =
    action === 'scoped'
      ? listAt(object, 'spec', 'scopedEnforcementActions').map((entry) => textAt(entry, 'action'))
      : []
  const [first] = [
    ...wrong(action, actions, 'spec.enforcementAction'),
    ...scoped.flatMap((one) =>
      wrong(one, actions.slice(0, 3), 'the action of spec.scopedEnforcementActions'),
    ),
  ]
  return first
}
