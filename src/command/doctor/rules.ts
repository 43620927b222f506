import { field, objectsAt, textAt } from '../../discover/fields.ts'
import type { Json } from '../../model/json.ts'
import type { Weakness } from './weakness.ts'
import type { CheckJob } from './workflow.ts'

/** How to get what {@link ruleWeaknesses} reads. */
export const rulesCall = 'gh api repos/OWNER/REPOSITORY/rules/branches/BRANCH'

/**
 * What the rules of a branch leave open. Only the host knows them; whoever runs the doctor hands in its answer
 * (GitHub's "Get rules for a branch": a list of `{type, parameters}`). Classic branch protection is not in it.
 *
 * @param rules the answer, or undefined when nobody asked
 */
export function ruleWeaknesses(rules: Json | undefined, jobs: readonly CheckJob[]): readonly Weakness[] {
  if (rules === undefined)
    return [
      {
        kind: 'unknown',
        message: `whether a rule requires the check, a review of code owners, or the workflow itself cannot be seen from the repository: save \`${rulesCall}\` to a file and name it with --rules`,
      },
    ]
  const all = objectsAt({ rules }, 'rules')
  const of = (type: string): readonly Json[] =>
    all.flatMap((rule) => (rule['type'] === type ? [field(rule, 'parameters') ?? {}] : []))
  const workflows = of('workflows').flatMap((one) => objectsAt(one, 'workflows'))
  const files = new Set(jobs.map(({ file }) => file))
  // A required workflow runs from where the organisation keeps it: no pull request edits it.
  if (
    workflows.some(
      (one) => /preadmit/.test(textAt(one, 'path') ?? '') || files.has(textAt(one, 'path') ?? ''),
    )
  )
    return []
  const contexts = of('required_status_checks')
    .flatMap((one) => objectsAt(one, 'required_status_checks'))
    .map((one) => textAt(one, 'context') ?? '')
  const named = jobs.filter(({ name }) => contexts.includes(name))
  const reviewed = of('pull_request').some((one) => field(one, 'require_code_owner_review') === true)
  const weaknesses: Weakness[] = []
  if (named.length === 0) {
    const names = jobs.map(({ name }) => JSON.stringify(name)).join(' or ')
    weaknesses.push({
      kind: 'problem',
      message: `no rule requires the check: a pull request that fails can be merged; require the status check ${names || 'of the job'}`,
    })
  }
  if (!reviewed)
    weaknesses.push({
      kind: 'problem',
      message:
        'no rule requires a review of code owners: under `pull_request` a pull request runs the workflow file as it edits it; require that review, or require the workflow by a ruleset of the organisation, which is the only way that no edit gets around',
    })
  return weaknesses
}
