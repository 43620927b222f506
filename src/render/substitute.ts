import { textAt } from '../discover/fields.ts'
import { notChecked } from '../discover/planned.ts'
import type { JsonObject } from '../model/json.ts'
import type { SubstitutePlan, Target } from '../model/target.ts'
import type { RenderContext } from './context.ts'
import { explainFailure } from './engine-failure.ts'
import { failed, type Outcome } from './outcome.ts'

/**
 * Flux's post-build substitution. Variables of a ConfigMap or Secret that only the cluster has get a placeholder that
 * says so, instead of the empty text that a variable nobody defines becomes; the target then says what was missing.
 */
export async function substitute(
  outcome: Extract<Outcome, { state: 'rendered' }>,
  plan: SubstitutePlan,
  target: Target,
  { tree, engines }: RenderContext,
): Promise<Outcome> {
  const objects = outcome.drafts.map((draft) => draft.object)
  const unknown =
    plan.missing.length === 0
      ? []
      : variablesIn(objects).filter((name) => !Object.hasOwn(plan.variables, name))
  const variables = {
    ...Object.fromEntries(unknown.map((name) => [name, placeholder(name)])),
    ...plan.variables,
  }
  const answer = await engines.render.run(
    { op: 'substitute', objects, variables, strict: false },
    { tree, declared: { files: [], directories: [] }, label: target.id },
  )
  if (!answer.ok) return explainFailure(answer)

  const drafts = []
  for (const [i, item] of answer.result.objects.entries()) {
    const draft = outcome.drafts[i]
    if (draft === undefined) continue
    if ('error' in item) {
      const name = `${textAt(draft.object, 'kind') ?? ''}/${textAt(draft.object, 'metadata', 'name') ?? ''}`
      const failure = failed('invalid', `post build failed for '${name}': ${item.error}`, outcome.read)
      return draft.origin.file === undefined
        ? failure
        : { ...failure, failure: { ...failure.failure, location: { file: draft.origin.file } } }
    }
    // The object itself says where it takes which: the others do no harm.
    const origin = plan.places === undefined ? draft.origin : { ...draft.origin, variables: plan.places }
    drafts.push({ ...draft, origin, object: item.object })
  }
  const missing = unknown.length === 0 ? [] : plan.missing
  return {
    ...outcome,
    drafts,
    notChecked: [
      ...outcome.notChecked,
      ...missing.map(({ kind, name }) =>
        notChecked(
          'needs-cluster',
          `${kind} ${name}`,
          `variables of ${target.id} come from ${kind} ${name}, which is not readable in this repository: ${unknown.join(', ')} ${unknown.length === 1 ? 'stands' : 'stand'} as a placeholder`,
          [target.id],
        ),
      ),
    ],
  }
}

/** A value that survives as a name, a label and a host, and that people recognise. */
function placeholder(variable: string): string {
  return `unknown-${variable
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-+|-+$/g, '')}`
}

/** Names of `${NAME}` without a default of its own, in the order of their names. */
function variablesIn(objects: readonly JsonObject[]): string[] {
  const names = new Set<string>()
  for (const object of objects) {
    for (const match of JSON.stringify(object).matchAll(
      /(?<!\$)\$\{(?<name>[A-Za-z_][A-Za-z0-9_]*)(?<rest>:?[-=])?/g,
    )) {
      const { name, rest } = match.groups ?? {}
      if (name !== undefined && rest === undefined) names.add(name)
    }
  }
  return [...names].sort()
}
