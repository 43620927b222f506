import type { Engines } from '../../../engine/engines.ts'
import { isJsonObject } from '../../../model/json.ts'
import type { LintProblem } from '../../../model/policy-lint.ts'
import type { Tree } from '../../../model/tree.ts'
import { fieldSteps } from '../../field-steps.ts'

/**
 * Problems with the line of their field instead of that of their document, as far as it can be found: a field that is
 * missing answers its parent.
 */
export async function atTheirFields(
  problems: readonly LintProblem[],
  tree: Tree,
  engines: Pick<Engines, 'render'>,
): Promise<readonly LintProblem[]> {
  const files = [
    ...new Set(problems.flatMap(({ field, location }) => (field && location ? [location.file] : []))),
  ]
  if (files.length === 0) return problems
  const place = { tree, declared: { files, directories: [] }, label: 'policies' }
  const parsed = await engines.render.run({ op: 'yaml.parse', files }, place)
  if (!parsed.ok) return problems
  const queries = problems.map(({ field, location }) => {
    if (field === undefined || location === undefined) return undefined
    const documents = parsed.result.files.find(({ path }) => path === location.file)?.documents ?? []
    const document = documents.findIndex(({ line }) => line === location.line)
    const value = documents[document]?.value
    return isJsonObject(value) ? { file: location.file, document, path: fieldSteps(value, field) } : undefined
  })
  const asked = queries.flatMap((query) => (query === undefined ? [] : [{ ...query, path: [...query.path] }]))
  const located = await engines.render.run({ op: 'yaml.locate', queries: asked }, place)
  if (!located.ok) return problems
  let next = 0
  return problems.map((problem, index) => {
    if (queries[index] === undefined || problem.location === undefined) return problem
    const line = located.result.lines[next++]?.line
    return line === undefined ? problem : { ...problem, location: { ...problem.location, line } }
  })
}
