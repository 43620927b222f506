import type { EngineObject } from '../engine/api.ts'
import { objectAt, textAt } from '../discover/fields.ts'
import { joinInputs } from '../discover/planned.ts'
import type { JsonObject } from '../model/json.ts'
import type { Origin } from '../model/object.ts'
import type { InputSet, KustomizePlan, Target } from '../model/target.ts'
import type { RenderContext } from './context.ts'
import { explainFailure } from './engine-failure.ts'
import { failed, notRendered, rendered, withoutSubmodules, type Draft, type Outcome } from './outcome.ts'
import { substitute } from './substitute.ts'

/** The command line whose libraries the engine holds (engines/render/README.md), and Argo CD's. */
const kustomizeVersion = 'v5.8.1'

/** Builds a kustomization, then Flux's post-build substitution when the plan has one. */
export async function renderKustomize(
  plan: KustomizePlan,
  target: Target,
  context: RenderContext,
): Promise<Outcome> {
  const { tree, engines, repository } = context
  const placement = { ...(target.kubernetes === undefined ? {} : { kubernetes: target.kubernetes }) }
  const answer = await engines.render.run(
    {
      op: 'kustomize',
      root: plan.root,
      order: plan.order,
      loadRestrictions: plan.loadRestrictions,
      enableHelm: plan.enableHelm,
      kubeVersion: repository.kubeVersion(placement),
      ...(plan.overlay === undefined ? {} : { overlay: { ...plan.overlay } }),
    },
    { tree, declared: declaredOf(plan, target, context), label: target.id },
  )
  if (!answer.ok) return explainKustomize(answer, target)

  const drafts = answer.result.objects
    .map((object) => draftOf(object, plan, target, context))
    .map((draft) => (isFlux(target) ? draft : { ...draft, object: managedBy(draft.object) }))
  const outcome = withoutSubmodules(
    rendered(drafts, answer),
    plan.submodules?.map((path) => repository.sources.readable(path)),
    target.id,
  )
  const notices = plan.notice === undefined ? [] : [plan.notice]
  const warned = {
    ...outcome,
    warnings: [...notices, ...(answer.result.warnings ?? []), ...outcome.warnings],
  }
  return plan.substitute === undefined ? warned : await substitute(warned, plan.substitute, target, context)
}

function isFlux({ kind }: Target): boolean {
  return kind === 'flux-kustomization' || kind === 'flux-helmrelease'
}

const managedByLabel = 'app.kubernetes.io/managed-by'

/**
 * `buildMetadata: [managedByLabel]` names the version that was linked into the program: a release of kustomize has one,
 * kustomize-controller and the engine, which only use its library, do not (kustomize api/provenance).
 */
function managedBy(object: JsonObject): JsonObject {
  if (textAt(object, 'metadata', 'labels', managedByLabel) !== 'kustomize-(devel)') return object
  const metadata = objectAt(object, 'metadata')
  const labels = { ...objectAt(metadata, 'labels'), [managedByLabel]: `kustomize-${kustomizeVersion}` }
  return { ...object, metadata: { ...metadata, labels } }
}

/**
 * What the build may read: of a plain one what the kustomizations name, the same for everyone who builds the root, so that
 * a folder and the Application that deploys it are built once.
 */
function declaredOf(plan: KustomizePlan, target: Target, { tree, repository }: RenderContext): InputSet {
  if (plan.overlay !== undefined || tree !== repository.tree) return joinInputs(target.inputs)
  const { files, directories } = repository.kustomizations.closure(plan.root)
  return joinInputs({ files, directories })
}

type Refused = Parameters<typeof explainFailure>[0]

/** Flux never inflates charts; elsewhere the operator's own build options decide, which only configuration knows. */
function explainKustomize(answer: Refused, target: Target): Outcome {
  if (!answer.error.message.includes('--enable-helm')) return explainFailure(answer)
  return target.kind === 'flux-kustomization'
    ? failed('invalid', answer.error.message, answer.read)
    : notRendered(
        'plugin',
        `the kustomization inflates a Helm chart, which needs --enable-helm: set kustomize.enableHelm in the configuration if your tool is started with it`,
      )
}

function draftOf(
  { object, origin }: EngineObject,
  plan: KustomizePlan,
  target: Target,
  { tree }: RenderContext,
): Draft {
  const overlays = new Set(Object.keys(plan.overlay ?? {}))
  const changedBy = (origin?.changedBy ?? []).flatMap((file) => {
    if (!overlays.has(file)) return [file]
    // What the definition added stands there; what the file held before stands in the file.
    const own = tree.stat(file)?.kind === 'file' ? [file] : []
    return target.definition === undefined ? own : [...own, target.definition.file]
  })
  const file = origin?.file
  const known: Origin = {
    ...(file === undefined || (overlays.has(file) && tree.stat(file) === undefined) ? {} : { file }),
    ...(origin?.document === undefined ? {} : { document: origin.document }),
    ...(origin?.generator === undefined || origin.generator === '' ? {} : { generator: origin.generator }),
    ...(changedBy.length === 0 ? {} : { changedBy: [...new Set(changedBy)] }),
  }
  return { object, origin: known }
}
