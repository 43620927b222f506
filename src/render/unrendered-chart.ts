import { parseFiles } from '../discover/documents.ts'
import { childOf } from '../discover/paths.ts'
import { knownValues } from '../discover/values-files.ts'
import { isJsonObject } from '../model/json.ts'
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
  const chart = (await parseFiles(tree, engines, [file])).get(file)?.documents[0]?.value
  if (!isJsonObject(chart) || Object.keys(chart).length === 0) return undefined
  const files = [childOf(plan.chart, 'values.yaml'), ...plan.valuesFiles]
  return { file, chart, values: await knownValues(files, plan.values, { tree, engines }) }
}
