import { equalJson } from '../compare/equal.ts'
import type { Charts } from '../discover/charts.ts'
import { flagAt } from '../discover/fields.ts'
import { isWithin } from '../discover/paths.ts'
import type { JsonObject } from '../model/json.ts'
import type { RenderedPair, Rendering } from '../model/rendering.ts'
import type { HelmPlan } from '../model/target.ts'
import type { ChangedPath } from '../model/tree.ts'
import { isUpgrade } from './crds.ts'

type RenderedSide = Extract<Rendering, { state: 'rendered' }>

/**
 * A chart of a git repository or bucket whose files change under the same name and version: source-controller keeps the
 * one that it built (localChartBuilder.Build with its CachedChart), and helm-controller sees nothing to upgrade to
 * (action.VerifyRelease). What is rendered shows the files, so this has to be said.
 */
export function withHeldChart(
  pair: RenderedPair,
  changed: readonly ChangedPath[],
  charts: { readonly base: Charts; readonly head: Charts },
): RenderedPair {
  const { base, head } = pair
  if (base?.state !== 'rendered' || head?.state !== 'rendered') return pair
  const [old, now] = [base.target.plan, head.target.plan]
  if (old.tool !== 'helm' || now.tool !== 'helm' || now.builtByVersion === undefined) return pair
  // Another HelmChart is another generation, which is built whatever the version.
  if (old.builtByVersion !== now.builtByVersion) return pair
  const [before, after] = [charts.base.byDirectory.get(old.chart), charts.head.byDirectory.get(now.chart)]
  if (before === undefined || after?.name !== before.name || after.version !== before.version) return pair
  if (!changesFiles(old, now, changed, charts.head)) return pair
  if (!changesObjects(base, head)) return pair
  return {
    ...pair,
    heldBack: [
      ...(pair.heldBack ?? []),
      `keeps its chart ${after.name} ${after.version} as it was built before, although files of it change: raise the version in Chart.yaml, or set reconcileStrategy: Revision`,
    ],
  }
}

/**
 * A release whose upgrades keep the values that it has: what the values of this side leave out may still be set in the
 * cluster, and defaults of a new chart do not count (Upgrade.reuseValues of Helm's pkg/action). Only the history of the
 * release knows them.
 */
export function withKeptValues(pair: RenderedPair): RenderedPair {
  const { base, head } = pair
  if (base?.state !== 'rendered' || head?.state !== 'rendered' || head.target.kind !== 'flux-helmrelease')
    return pair
  if (flagAt(head.target.manifest, 'spec', 'upgrade', 'preserveValues') !== true) return pair
  if (!isUpgrade(base.target, head.target) || !changesObjects(base, head)) return pair
  return {
    ...pair,
    heldBack: [
      ...(pair.heldBack ?? []),
      'keeps the values of its earlier releases, which only the cluster knows: values that go away here stay set, and new defaults of the chart do not count (upgrade.preserveValues)',
    ],
  }
}

function changesObjects(base: RenderedSide, head: RenderedSide): boolean {
  const objects = (side: RenderedSide): readonly JsonObject[] => side.objects.map(({ object }) => object)
  return !equalJson(objects(base), objects(head))
}

function changesFiles(
  old: HelmPlan,
  now: HelmPlan,
  changed: readonly ChangedPath[],
  charts: Charts,
): boolean {
  if (old.chart !== now.chart) return true
  const directories = charts.directoriesOf(now.chart)
  return changed.some(({ path }) => directories.some((directory) => isWithin(directory, path)))
}
