import type { Json, JsonObject } from '../../model/json.ts'
import type { InputSet, NoPlan, RenderPlan } from '../../model/target.ts'
import { noInputs, notChecked, type Planned } from '../planned.ts'
import type { Answer, When } from './sources.ts'

/**
 * A source that is not here: asked for later, or not to be had, for the reason that the answer gives.
 *
 * @param reason what is missing, as a sentence without a full stop
 * @param others answers about what the target needs besides: people want to allow all of it at once
 */
export function notHere(
  answer: Exclude<Answer, { state: 'here' }>,
  what: string,
  reason: string,
  {
    inputs = noInputs,
    values,
    others = [],
  }: { inputs?: InputSet; values?: JsonObject | undefined; others?: readonly Answer[] } = {},
): Planned {
  const entry = notChecked('remote-source', what, because(reason, answer), [], allowedBy(answer, ...others))
  const planned: Planned = { plan: { tool: 'none', reason: entry }, inputs }
  return withMore(planned, answer.state === 'later' ? answer.definition : undefined, values)
}

function allowedBy(...answers: readonly Answer[]): readonly string[] {
  const entries = answers.flatMap((answer) => (answer.state === 'refused' ? (answer.allow ?? []) : []))
  return [...new Set(entries)].sort()
}

function because(reason: string, answer: Exclude<Answer, { state: 'here' }>): string {
  if (answer.state === 'later') return reason
  return answer.reason === ''
    ? `${reason}; nothing is fetched until remote.allow names its host`
    : `${reason}: ${answer.reason}`
}

/** The values that a chart would have got, for the report of a target that cannot be rendered. */
export function withMore(planned: Planned, later: Json | undefined, values: JsonObject | undefined): Planned {
  if (planned.plan.tool !== 'none') return planned
  const plan: NoPlan = {
    ...planned.plan,
    ...(later === undefined ? {} : { later }),
    ...(values === undefined ? {} : { values }),
  }
  return { ...planned, plan }
}

/**
 * Plans without fetching; when something has to be fetched, the plan is made again for the targets that are rendered.
 *
 * @param definition all that says what comes out besides files and what is fetched
 * @param holds whether what is fetched can define further targets
 */
export async function deferrable<P extends Planned>(
  plan: (when: When) => Promise<P>,
  definition: Json,
  holds: boolean,
): Promise<P> {
  const first = await plan('later')
  const asked = askedBy(first.plan)
  if (asked.length === 0) return first
  const values = valuesOf(first.plan)
  return {
    ...first,
    plan: {
      tool: 'remote',
      definition: [definition, asked, values ?? null],
      mayHoldDefinitions: holds,
      settle: () => plan('now'),
    },
  }
}

function askedBy(plan: RenderPlan): Json[] {
  if (plan.tool === 'several') return plan.sources.flatMap(askedBy)
  return plan.tool === 'none' && plan.later !== undefined ? [plan.later] : []
}

function valuesOf(plan: RenderPlan): Json | undefined {
  if (plan.tool === 'several') return plan.sources.map((source) => valuesOf(source) ?? null)
  return plan.tool === 'none' ? plan.values : undefined
}
