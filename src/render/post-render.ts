import { objectAt, scalarText, textAt } from '../discover/fields.ts'
import { stringifyExact } from '../model/exact-numbers.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { splitApiVersion } from '../model/object.ts'
import type { HelmPlan, Target } from '../model/target.ts'
import type { RenderContext } from './context.ts'
import { isFromCrds } from './crds.ts'
import { explainFailure } from './engine-failure.ts'
import { failed, type Draft, type Outcome } from './outcome.ts'

type Rendered = Extract<Outcome, { state: 'rendered' }>

/** Directory that exists for one job only; no path of a repository can clash with it in an overlay. */
const directory = '.preadmit-post-render'

/**
 * helm-controller's post-renderers: each kustomize item over all manifests and hooks, then commonMetadata, then the
 * labels of origin, which win. Definitions of custom resources get nothing but those labels. Because the last step is
 * a kustomize build itself, two objects of one identity always fail.
 */
export async function postRender(
  outcome: Rendered,
  plan: HelmPlan,
  target: Target,
  context: RenderContext,
): Promise<Outcome> {
  const crds = outcome.drafts.filter(isFromFolder)
  const labels = target.owner === undefined ? {} : originLabels('helm.toolkit.fluxcd.io', target.owner)
  const done: Draft[] = crds.map((draft) => ({ ...draft, object: withMetadata(draft.object, labels, {}) }))
  for (const { drafts, rendered } of groupsOf(outcome.drafts, plan)) {
    const answer = rendered ? await runRenderers(drafts, plan, labels, target, context) : { drafts }
    if ('outcome' in answer)
      return answer.outcome.state === 'failed'
        ? { ...answer.outcome, read: [...outcome.read, ...answer.outcome.read] }
        : answer.outcome
    done.push(...answer.drafts)
  }
  return { ...outcome, drafts: done }
}

/** Helm hands everything over at once, templates and hooks apart, or templates alone (PostRenderStrategy). */
function groupsOf(
  all: readonly Draft[],
  { postRenderStrategy }: HelmPlan,
): readonly { readonly drafts: readonly Draft[]; readonly rendered: boolean }[] {
  const drafts = all.filter((draft) => !isFromFolder(draft))
  if (postRenderStrategy === undefined || postRenderStrategy === 'combined')
    return [{ drafts, rendered: true }]
  return [
    { drafts: drafts.filter(({ hook }) => hook === undefined), rendered: true },
    { drafts: drafts.filter(({ hook }) => hook !== undefined), rendered: postRenderStrategy === 'separate' },
    // Helm skips a group without any: a patch would find no target in it (action.renderResources).
  ].filter((group) => group.drafts.length > 0)
}

async function runRenderers(
  given: readonly Draft[],
  plan: HelmPlan,
  labels: Readonly<Record<string, string>>,
  target: Target,
  context: RenderContext,
): Promise<{ readonly drafts: readonly Draft[] } | { readonly outcome: Outcome }> {
  let drafts = given.flatMap(openList)
  const seen = new Set<string>()
  for (const { object, origin } of drafts) {
    const problem = unnamed(object)
    if (problem !== undefined) {
      const outcome = failed('invalid', `error while running post render on files: ${problem}`)
      const { file } = origin
      return {
        outcome:
          file === undefined ? outcome : { ...outcome, failure: { ...outcome.failure, location: { file } } },
      }
    }
    const key = identityOf(object)
    if (seen.has(key))
      return { outcome: failed('invalid', `may not add resource with an already registered id: ${key}`) }
    seen.add(key)
  }
  for (const item of plan.postRenderers ?? []) {
    const answer = await kustomize(drafts, item, target, context)
    if ('outcome' in answer) return answer
    drafts = answer.drafts
  }
  const common = plan.commonMetadata
  const key = [...Object.keys(common?.labels ?? {}), ...Object.keys(common?.annotations ?? {})].find((each) =>
    noText.test(each),
  )
  if (key !== undefined && drafts.length > 0)
    return {
      outcome: failed(
        'invalid',
        `error while running post render on files: the key ${key} of commonMetadata is no text to YAML: json: unsupported type: map[interface {}]interface {}`,
      ),
    }
  return {
    drafts: drafts.map((draft) => ({
      ...draft,
      object: withMetadata(draft.object, { ...common?.labels, ...labels }, common?.annotations ?? {}),
    })),
  }
}

/** Keys that kustomize writes without quotes and that YAML then reads as something else (an unquoted `on` is one: `true`). */
const noText =
  /^(?:|~|null|Null|NULL|true|True|TRUE|false|False|FALSE|[-+]?(?:\d[\d_]*(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?|0[xob][\da-fA-F_]+|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)|\d{4}-\d\d?-\d\d?)$/

/** kustomize takes no object without a kind, nor one without a name but for Lists (kyaml, GetValidatedMetadata). */
function unnamed(object: JsonObject): string | undefined {
  const kind = scalarText(object['kind']) ?? ''
  const apiVersion = scalarText(object['apiVersion']) ?? ''
  const name = scalarText(objectAt(object, 'metadata')?.['name']) ?? ''
  if (kind === '') return `missing kind in object ${apiVersion} ${name}`
  return name === '' && !kind.endsWith('List')
    ? `missing metadata.name in object ${apiVersion} ${kind}`
    : undefined
}

/** The labels by which a Flux controller finds its objects again. */
export function originLabels(
  group: string,
  owner: { readonly name: string; readonly namespace: string },
): Record<string, string> {
  return { [`${group}/name`]: owner.name, [`${group}/namespace`]: owner.namespace }
}

/** Adds labels and annotations; new values win. Nothing is added to an object when there is nothing to add. */
export function withMetadata(
  object: JsonObject,
  labels: Readonly<Record<string, string>>,
  annotations: Readonly<Record<string, string>>,
): JsonObject {
  const metadata: Record<string, Json> = { ...objectAt(object, 'metadata') }
  if (Object.keys(labels).length > 0) metadata['labels'] = { ...objectAt(metadata, 'labels'), ...labels }
  if (Object.keys(annotations).length > 0)
    metadata['annotations'] = { ...objectAt(metadata, 'annotations'), ...annotations }
  return { ...object, metadata }
}

async function kustomize(
  drafts: readonly Draft[],
  item: NonNullable<HelmPlan['postRenderers']>[number],
  target: Target,
  { tree, engines }: RenderContext,
): Promise<{ readonly drafts: Draft[] } | { readonly outcome: Outcome }> {
  const kustomization = {
    apiVersion: 'kustomize.config.k8s.io/v1beta1',
    kind: 'Kustomization',
    resources: ['all.yaml'],
    patches: item.patches ?? [],
    images: item.images ?? [],
  }
  const answer = await engines.render.run(
    {
      op: 'kustomize',
      root: directory,
      order: 'none',
      loadRestrictions: 'root',
      enableHelm: false,
      overlay: {
        [`${directory}/kustomization.yaml`]: JSON.stringify(kustomization),
        [`${directory}/all.yaml`]: drafts.map(({ object }) => `---\n${stringifyExact(object)}\n`).join(''),
      },
    },
    { tree, declared: { files: [], directories: [] }, label: `${target.id} (post-renderer)` },
  )
  if (!answer.ok) return { outcome: explainFailure(answer) }
  const before = new Map(drafts.map((draft) => [identityOf(draft.object), draft]))
  return {
    drafts: answer.result.objects.map(({ object }) => {
      const draft = before.get(identityOf(object))
      const changedBy = target.definition === undefined ? [] : [target.definition.file]
      return {
        object,
        origin: { ...draft?.origin, changedBy: [...(draft?.origin.changedBy ?? []), ...changedBy] },
        ...(draft?.hook === undefined ? {} : { hook: draft.hook }),
      }
    }),
  }
}

/** Definitions of the chart's crds folder, which are applied before the release; those of templates belong to it. */
function isFromFolder({ object, origin }: Draft): boolean {
  const { group } = splitApiVersion(textAt(object, 'apiVersion') ?? '')
  return isFromCrds(group, textAt(object, 'kind'), origin.generator)
}

function openList(draft: Draft): Draft[] {
  const items = draft.object['items']
  if (textAt(draft.object, 'kind')?.endsWith('List') !== true || !Array.isArray(items)) return [draft]
  return (items as readonly Json[]).filter(isJsonObject).map((object) => ({ ...draft, object }))
}

function identityOf(object: JsonObject): string {
  const { group } = splitApiVersion(textAt(object, 'apiVersion') ?? '')
  const namespace = textAt(object, 'metadata', 'namespace') ?? ''
  const name = textAt(object, 'metadata', 'name') ?? textAt(object, 'metadata', 'generateName') ?? ''
  return `${group}/${textAt(object, 'kind') ?? ''} ${namespace}/${name}`
}
