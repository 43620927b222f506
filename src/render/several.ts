import { notChecked } from '../discover/planned.ts'
import type { Target } from '../model/target.ts'
import { notRendered, type Outcome } from './outcome.ts'

/**
 * Joins the sources of one application, in order. A source that is wrong fails the application; one that could not be
 * rendered here leaves the others, and is named among what was not looked at.
 */
export function joinOutcomes(outcomes: readonly Outcome[], target: Target): Outcome {
  const failure = outcomes.find((outcome) => outcome.state === 'failed')
  if (failure !== undefined) return failure
  const done = outcomes.filter((outcome) => outcome.state === 'rendered')
  const left = outcomes.filter((outcome) => outcome.state === 'not-rendered')
  const [first] = left
  if (first !== undefined && done.length === 0)
    return notRendered(
      first.code,
      first.reason,
      [...new Set(left.flatMap(({ allow }) => allow ?? []))].sort(),
    )
  return {
    state: 'rendered',
    ...(left.length > 0 || done.some((outcome) => outcome.partial) ? { partial: true as const } : {}),
    drafts: done.flatMap((outcome) => outcome.drafts),
    warnings: done.flatMap((outcome) => outcome.warnings),
    notChecked: [
      ...done.flatMap((outcome) => outcome.notChecked),
      ...left.map(({ code, reason, allow }) =>
        notChecked(code, `a source of ${target.id}`, reason, [target.id], allow),
      ),
    ],
    read: [...new Set(done.flatMap((outcome) => outcome.read))].sort(),
    undeclared: [...new Set(done.flatMap((outcome) => outcome.undeclared))].sort(),
  }
}
