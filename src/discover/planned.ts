import type { NotChecked, NotCheckedCode } from '../model/outcome.ts'
import type { InputSet, RenderPlan } from '../model/target.ts'
import { compareText } from './paths.ts'

/** How one source is rendered and what that can read. */
export interface Planned {
  readonly plan: RenderPlan
  readonly inputs: InputSet
}

export const noInputs: InputSet = { files: [], directories: [] }

/** A source that cannot be rendered here, though the cluster may. */
export function cannot(
  code: NotCheckedCode,
  what: string,
  reason: string,
  inputs: InputSet = noInputs,
): Planned {
  return { plan: { tool: 'none', reason: notChecked(code, what, reason) }, inputs }
}

/**
 * A source that the cluster's own tool refuses: the render room turns the code `render-failed` of a plan into a
 * failure of the target, because the sources in the repository are wrong.
 */
export function broken(what: string, reason: string, inputs: InputSet = noInputs): Planned {
  return cannot('render-failed', what, reason, inputs)
}

/** Why nothing is looked at below a submodule, and what can be done about it. */
export function inSubmodule(what: string, path: string, submodule: string): string {
  return `${path} of ${what} is in the submodule ${submodule}, whose files are not in this repository: deploy it from the submodule's own repository, or commit the files here`
}

/** @param allow see {@link NotChecked.allow} */
export function notChecked(
  code: NotCheckedCode,
  what: string,
  reason: string,
  targets: readonly string[] = [],
  allow: readonly string[] = [],
): NotChecked {
  return { what, code, reason, targets, count: 1, ...(allow.length === 0 ? {} : { allow }) }
}

/** The union, sorted, without files that one of the directories covers anyway. */
export function joinInputs(...sets: readonly InputSet[]): InputSet {
  const directories = new Set(sets.flatMap((set) => set.directories))
  const files = new Set(sets.flatMap((set) => set.files))
  return { files: [...files].sort(compareText), directories: [...directories].sort(compareText) }
}
