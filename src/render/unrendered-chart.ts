import { parseFiles } from '../discover/documents.ts'
import { mergeValues } from '../discover/flux/values-from.ts'
import { childOf } from '../discover/paths.ts'
import { isJsonObject, type JsonObject } from '../model/json.ts'
import type { ChartInputs } from '../model/rendering.ts'
import type { RenderPlan } from '../model/target.ts'
import type { RenderContext } from './context.ts'

/**
 * What is known of a chart in the repository that could not be rendered (most often for a dependency that is elsewhere):
 * its Chart.yaml, and its values with everything that the target adds to them. Undefined for anything else, and for
 * charts in archives.
 */
export async function chartInputs(
  plan: RenderPlan,
  { tree, engines, repository }: RenderContext,
): Promise<ChartInputs | undefined> {
  if (plan.tool !== 'helm' || plan.artifact !== undefined) return undefined
  const file = childOf(plan.chart, 'Chart.yaml')
  if (repository.sources.nameOf(file) !== undefined) return undefined
  const paths = [childOf(plan.chart, 'values.yaml'), ...plan.valuesFiles]
  const parsed = await parseFiles(tree, engines, [file, ...paths])
  const first = (path: string): JsonObject => {
    const value = parsed.get(path)?.documents[0]?.value
    return isJsonObject(value) ? value : {}
  }
  const chart = first(file)
  if (Object.keys(chart).length === 0) return undefined
  const values = [...paths.map(first), plan.values ?? {}].reduce(mergeValues, {})
  return { file, chart, values }
}
