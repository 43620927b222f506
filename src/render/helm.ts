import type { EngineObject } from '../engine/api.ts'
import { joinInputs } from '../discover/planned.ts'
import { textAt } from '../discover/fields.ts'
import { childOf } from '../discover/paths.ts'
import type { JsonObject } from '../model/json.ts'
import { splitApiVersion, type Origin } from '../model/object.ts'
import type { HelmPlan, Target } from '../model/target.ts'
import type { RenderContext } from './context.ts'
import { inCrds } from './crds.ts'
import { explainFailure } from './engine-failure.ts'
import { withoutKind } from './manifests.ts'
import { failed, rendered, type Draft, type Outcome } from './outcome.ts'
import { postRender } from './post-render.ts'

/** Renders a chart, then a HelmRelease's post-renderers. `exists`: the release is in the cluster already. */
export async function renderHelm(
  plan: HelmPlan,
  target: Target,
  context: RenderContext,
  exists: boolean,
): Promise<Outcome> {
  const { tree, engines } = context
  const chart = context.repository.charts.byDirectory.get(plan.chart)
  // Helm 4 knows a third format behind a switch of its environment only (pkg/chart/loader).
  if (
    chart !== undefined &&
    target.kind !== 'flux-helmrelease' &&
    !['', 'v1', 'v2'].includes(chart.apiVersion)
  )
    return failed(
      'invalid',
      `${childOf(plan.chart, 'Chart.yaml')}: invalid chart apiVersion ${chart.apiVersion}`,
    )
  const answer = await engines.render.run(
    {
      op: 'helm',
      chart: plan.chart,
      release: plan.release,
      namespace: plan.namespace,
      valuesFiles: [...plan.valuesFiles],
      ...(plan.values === undefined ? {} : { values: plan.values }),
      ...(plan.setFile === undefined ? {} : { setFile: [...plan.setFile] }),
      ...(plan.setString === undefined ? {} : { setString: [...plan.setString] }),
      ...(plan.set === undefined ? {} : { set: [...plan.set] }),
      ...(plan.kubeVersion === undefined ? {} : { kubeVersion: plan.kubeVersion }),
      ...(plan.apiVersions === undefined ? {} : { apiVersions: [...plan.apiVersions] }),
      includeCRDs: plan.includeCRDs || (exists && plan.crds !== undefined && plan.crds.upgrade !== 'Skip'),
      skipTests: plan.skipTests,
      skipSchemaValidation:
        (exists ? plan.skipSchemaValidationOnUpgrade : undefined) ?? plan.skipSchemaValidation,
      // helm-controller calls pkg/action, which asks for no type; only the command line does (checkIfInstallable).
      ...(target.kind === 'flux-helmrelease' ? { anyType: true } : {}),
      // helm-controller upgrades what is there; `helm template` (Argo CD) always installs.
      upgrade: plan.upgrade || (target.kind === 'flux-helmrelease' && exists),
      // Origin labels are a post-renderer that every HelmRelease has.
      ...(target.kind === 'flux-helmrelease'
        ? { postRendered: plan.postRenderStrategy === 'nohooks' ? ('templates' as const) : ('all' as const) }
        : {}),
      ...(plan.overlay === undefined ? {} : { overlay: { ...plan.overlay } }),
    },
    { tree, declared: joinInputs(target.inputs), label: target.id },
  )
  if (!answer.ok) return explainFailure(answer)

  // `helm template` prints what is no object; Argo CD cannot read it then.
  const kindless =
    target.kind === 'argocd'
      ? answer.result.objects.find(({ object }) => withoutKind(object) !== undefined)
      : undefined
  if (kindless !== undefined) {
    const file = draftOf(kindless, plan, answer.result.chart.name, context).origin.file
    const message = `failed to unmarshal manifest: error unmarshaling JSON: while decoding JSON: ${withoutKind(kindless.object) ?? ''}`
    const outcome = failed('invalid', message, answer.read)
    return file === undefined ? outcome : { ...outcome, failure: { ...outcome.failure, location: { file } } }
  }
  const drafts = answer.result.objects
    // Files of crds/ that hold other kinds are not installed by helm-controller.
    .filter((object) => !(object.crd === true && target.kind === 'flux-helmrelease') || isCrd(object.object))
    .map((object) => draftOf(object, plan, answer.result.chart.name, context))
    .map((draft) => withValues(draft, plan, target, context))
  const outcome = rendered(drafts, answer)
  const warned = { ...outcome, warnings: [...(answer.result.warnings ?? []), ...outcome.warnings] }
  return target.kind === 'flux-helmrelease' ? await postRender(warned, plan, target, context) : warned
}

function isCrd(object: JsonObject): boolean {
  return (
    object['kind'] === 'CustomResourceDefinition' &&
    splitApiVersion(textAt(object, 'apiVersion') ?? '').group === 'apiextensions.k8s.io'
  )
}

function draftOf(
  { object, origin, hook }: EngineObject,
  plan: HelmPlan,
  chart: string,
  context: RenderContext,
): Draft {
  const template = origin?.template
  const file = template === undefined ? undefined : templateFile(template, plan.chart, chart, context)
  const known: Origin = {
    ...(file === undefined ? {} : { file }),
    ...(template === undefined ? {} : { generator: template }),
    // CRDs are plain files: their lines are those of the object.
    ...(file === undefined || inCrds(template) ? {} : { template: true }),
  }
  return { object, origin: known, ...(hook === undefined ? {} : { hook: hook.events }) }
}

function withValues(draft: Draft, plan: HelmPlan, target: Target, { tree }: RenderContext): Draft {
  const { file, template } = draft.origin
  if (template !== true || file === undefined) return draft
  const own = /^(.*)\/templates\//.exec(file)?.[1] ?? plan.chart
  const charts = [...new Set([own, plan.chart])].map((directory) => childOf(directory, 'values.yaml'))
  const defined = target.definition === undefined ? [] : [target.definition.file]
  const values = [...charts, ...plan.valuesFiles, ...defined]
  return {
    ...draft,
    origin: {
      ...draft.origin,
      values: values.filter((path) => tree.stat(path)?.kind === 'file'),
      ...(plan.valuesFrom === undefined ? {} : { valuesFrom: plan.valuesFrom }),
    },
  }
}

/**
 * `chart/templates/x.yaml` → the file in the tree; templates of subcharts stand below `charts/`, or where a `file://`
 * dependency leads. Undefined inside archives.
 */
function templateFile(
  template: string,
  directory: string,
  chart: string,
  { tree, repository }: RenderContext,
): string | undefined {
  let at = directory
  let rest = template.startsWith(`${chart}/`) ? template.slice(chart.length + 1) : template
  for (;;) {
    const path = childOf(at, rest)
    if (tree.resolve(path).kind === 'file') return path
    const sub = /^charts\/(?<name>[^/]+)\/(?<rest>.+)$/.exec(rest)?.groups
    const local = repository.charts.byDirectory
      .get(at)
      ?.dependencies.find((dependency) => dependency.name === sub?.['name'])?.local
    if (sub === undefined || local === undefined) return undefined
    at = local
    rest = sub['rest'] ?? ''
  }
}
