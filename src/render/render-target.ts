import { directoryOf, nameOf } from '../discover/paths.ts'
import { notChecked } from '../discover/planned.ts'
import type { Location } from '../model/location.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { Rendering } from '../model/rendering.ts'
import type { RenderPlan, Target } from '../model/target.ts'
import { artifactContext, fromArtifact } from './artifact.ts'
import { whatToAllow } from '../discover/remote/prepare.ts'
import type { Repository } from '../discover/repository.ts'
import type { RenderContext } from './context.ts'
import { locateFailure } from './failure-location.ts'
import { renderHelm } from './helm.ts'
import { renderKustomize } from './kustomize.ts'
import { renderManifests } from './manifests.ts'
import { identify } from './objects.ts'
import { failed, notRendered, type Draft, type Outcome } from './outcome.ts'
import { readPlainBuild } from './plain-build.ts'
import { joinOutcomes } from './several.ts'
import { untrackable } from './tracked.ts'
import { chartInputs } from './unrendered-chart.ts'

/**
 * Renders a target of one side.
 * @param exists the target is on the base side, so that its release is in the cluster already
 */
export async function renderTarget(
  target: Target,
  context: RenderContext,
  exists: boolean,
): Promise<Rendering> {
  const outcome = await renderPlan(target.plan, target, context, exists)
  const rendering = renderingOf(outcome, target, context)
  if (rendering.state !== 'not-rendered') return rendering
  const chart = await chartInputs(target.plan, context)
  return {
    ...rendering,
    reason: await withAllow(rendering.reason, target, context.repository),
    ...(chart === undefined ? {} : { chart }),
  }
}

/** An engine that misses a chart or a base only knows that it is not there. */
async function withAllow(reason: NotChecked, target: Target, repository: Repository): Promise<NotChecked> {
  if (reason.code !== 'remote-source' || reason.allow !== undefined) return reason
  const allow = await whatToAllow(target, repository)
  return allow.length === 0 ? reason : { ...reason, allow }
}

/**
 * What a target holds, for its definitions only: as {@link renderTarget}, or the files that a plain kustomization lists.
 * For targets that the change does not touch: nothing is compared or judged that comes from here.
 */
export async function lookInto(target: Target, context: RenderContext, exists: boolean): Promise<Rendering> {
  const { plan } = target
  const listed =
    plan.tool === 'kustomize' && plan.artifact === undefined
      ? await readPlainBuild(plan, target, context)
      : undefined
  return listed === undefined
    ? await renderTarget(target, context, exists)
    : renderingOf(listed, target, context)
}

function renderingOf(outcome: Outcome, target: Target, context: RenderContext): Rendering {
  switch (outcome.state) {
    case 'failed': {
      const location = inRepository(
        outcome.failure.location ?? locationOf(outcome.failure.message, target, context),
        target,
        context,
      )
      return {
        state: 'failed',
        target,
        failure: {
          ...outcome.failure,
          message: context.repository.sources.readable(outcome.failure.message),
          ...(location === undefined ? {} : { location }),
        },
        read: outcome.read,
      }
    }
    case 'not-rendered':
      return { state: 'not-rendered', target, reason: reasonOf(outcome, target, context.repository) }
    case 'rendered': {
      const refused = target.kind === 'argocd' ? untrackable(outcome.drafts, outcome.read) : undefined
      if (refused !== undefined) return renderingOf(refused, target, context)
      const { plan } = target
      const common = plan.tool === 'kustomize' ? plan.commonMetadata : undefined
      const drafts = outcome.drafts.map((draft) => withoutSourcePaths(draft, context))
      const { objects, warnings } = identify(drafts, target, common)
      return {
        state: 'rendered',
        target,
        objects,
        notChecked: outcome.notChecked,
        ...(outcome.partial === true ? { partial: true as const } : {}),
        warnings: [...outcome.warnings, ...warnings],
        read: outcome.read,
      }
    }
  }
}

async function renderPlan(
  plan: RenderPlan,
  target: Target,
  context: RenderContext,
  exists: boolean,
): Promise<Outcome> {
  if ('artifact' in plan) {
    const own = await artifactContext(plan.artifact, target, context)
    return fromArtifact(await renderTool(plan, own.target, own.context, exists), plan.artifact)
  }
  return await renderTool(plan, target, context, exists)
}

async function renderTool(
  plan: RenderPlan,
  target: Target,
  context: RenderContext,
  exists: boolean,
): Promise<Outcome> {
  switch (plan.tool) {
    case 'manifests':
      return await renderManifests(plan, target, context)
    case 'kustomize':
      return await renderKustomize(plan, target, context)
    case 'helm':
      return await renderHelm(plan, target, context, exists)
    case 'several':
      return joinOutcomes(
        await Promise.all(plan.sources.map((source) => renderPlan(source, target, context, exists))),
        target,
      )
    case 'remote':
      // Whoever renders settles it first.
      return notRendered('remote-source', 'its source was not fetched')
    case 'none':
      // Discovery knows already that the cluster's tool refuses this definition.
      return plan.reason.code === 'render-failed'
        ? failed('invalid', plan.reason.reason)
        : notRendered(plan.reason.code, plan.reason.reason, plan.reason.allow)
  }
}

function reasonOf(
  outcome: Extract<Outcome, { state: 'not-rendered' }>,
  target: Target,
  { sources }: Repository,
): NotChecked {
  const { code, allow } = outcome
  const reason = notChecked(code, target.id, sources.readable(outcome.reason), [target.id], allow)
  return target.definition === undefined ? reason : { ...reason, location: target.definition }
}

/** A place that a reviewer can open: files of fetched sources are not in the repository. */
function inRepository(
  location: Location | undefined,
  target: Target,
  { repository }: RenderContext,
): Location | undefined {
  if (location === undefined || repository.sources.nameOf(location.file) === undefined) return location
  return target.definition
}

/** What comes out of a fetched source says so by its name; it has no file here. */
function withoutSourcePaths(draft: Draft, { repository }: RenderContext): Draft {
  const { file, document, changedBy, ...rest } = draft.origin
  const source = file === undefined ? undefined : repository.sources.nameOf(file)
  const own = changedBy?.filter((path) => repository.sources.nameOf(path) === undefined) ?? []
  if (source === undefined && own.length === (changedBy?.length ?? 0)) return draft
  return {
    ...draft,
    origin: {
      ...rest,
      ...(source === undefined
        ? { ...(file === undefined ? {} : { file }), ...(document === undefined ? {} : { document }) }
        : { generator: source }),
      ...(own.length === 0 ? {} : { changedBy: own }),
    },
  }
}

/** Where a failure is mended: the file that the message names, else the definition, else the source's own file. */
function locationOf(
  message: string,
  target: Target,
  { tree, repository }: RenderContext,
): Location | undefined {
  const { plan } = target
  const chart = plan.tool === 'helm' ? repository.charts.byDirectory.get(plan.chart) : undefined
  const roots =
    plan.tool === 'kustomize'
      ? [plan.root]
      : plan.tool === 'helm'
        ? [plan.chart, directoryOf(plan.chart)]
        : []
  const named = locateFailure(
    message,
    tree,
    roots,
    chart === undefined
      ? undefined
      : { name: chart.name || nameOf(chart.directory), directory: chart.directory },
  )
  if (named !== undefined) return named
  if (plan.tool === 'none' || plan.tool === 'several' || plan.tool === 'remote') return target.definition
  const root =
    plan.tool === 'kustomize'
      ? repository.kustomizations.byDirectory.get(plan.root)?.file
      : plan.tool === 'helm'
        ? `${plan.chart === '' ? '' : `${plan.chart}/`}Chart.yaml`
        : plan.files[0]
  if (root !== undefined && tree.stat(root)?.kind === 'file') return { file: root }
  return target.definition
}
