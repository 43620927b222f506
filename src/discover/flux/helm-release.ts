import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { CrdPolicy, HelmPlan, Target } from '../../model/target.ts'
import { parseTakingLast } from '../repeated-keys.ts'
import { dependencyFault } from '../chart-lock.ts'
import { placed, placementOf, type Placement } from '../environment.ts'
import { flagAt, objectAt, objectsAt, textAt, textMapAt, textsAt } from '../fields.ts'
import { placeOf, type FoundObject } from '../found.ts'
import { childOf, joinInsideRoot, joinPath, nameOf } from '../paths.ts'
import { broken, cannot, inSubmodule, joinInputs, type Planned } from '../planned.ts'
import { deferrable, notHere, withMore } from '../remote/deferred.ts'
import { ociChart, type When } from '../remote/sources.ts'
import type { Repository } from '../repository.ts'
import type { Surroundings } from '../surroundings.ts'
import { releaseFacts } from './facts.ts'
import { unnamedCluster } from './kustomization.ts'
import { releaseName } from './release-name.ts'
import { planOverArtifact } from './artifact-plan.ts'
import {
  ociQuestion,
  remoteName,
  resolveSource,
  sourceReference,
  type FluxSource,
  type SourceReference,
} from './source.ts'
import { mergeValues } from '../merge-values.ts'
import { readTyped } from '../typed.ts'
import { helmReleaseSpec } from './definition-types.ts'
import { resolveValues } from './values-from.ts'

/** The target of a Flux HelmRelease. */
export async function helmReleaseTarget(
  found: FoundObject,
  repository: Repository,
  surroundings: Surroundings,
  parent: Target | undefined,
): Promise<Target> {
  const { object, location } = found
  const name = textAt(object, 'metadata', 'name') ?? ''
  const namespace = textAt(object, 'metadata', 'namespace') || parent?.namespace || 'default'
  const written = objectAt(object, 'spec') ?? {}
  const typed = readTyped(written, helmReleaseSpec, 'yaml')
  const spec = 'error' in typed ? written : typed.value
  const placement = placementOf(
    {
      name,
      paths: location === undefined ? [] : [location.file],
      ...(parent?.cluster === undefined ? {} : { inherited: parent.cluster }),
    },
    repository.configuration,
  )
  const what = `HelmRelease ${namespace}/${name}${location === undefined ? '' : ` (${placeOf(location)})`}`
  const targetNamespace = textAt(spec, 'targetNamespace') ?? ''
  const planned = await deferrable(
    async (when) =>
      'error' in typed
        ? broken(what, `${what} is no HelmRelease: ${typed.error}`)
        : await planRelease({
            apiVersion: textAt(object, 'apiVersion') ?? '',
            spec,
            name,
            namespace,
            targetNamespace,
            what,
            placement,
            repository,
            surroundings,
            when,
          }),
    [spec, name, namespace, placement.kubernetes ?? '', placement.apiVersions],
    false,
  )

  return {
    id: `flux/${placement.cluster ?? unnamedCluster}/${namespace}/${name}`,
    kind: 'flux-helmrelease',
    name,
    path: planned.plan.tool === 'helm' ? planned.plan.chart : (location?.file ?? ''),
    ...placed(placement),
    namespace: targetNamespace || namespace,
    ...(location === undefined ? {} : { definition: location }),
    sync: {
      // Helm deletes what a new revision of the release leaves out.
      prune: true,
      // `auto`, the default, follows how the release was installed, which only the cluster knows (action/upgrade.go).
      serverSide: textAt(spec, 'upgrade', 'serverSideApply') === 'enabled',
      // action/install.go of helm-controller, without the feature gate UseHelm3Defaults.
      installsServerSide: flagAt(spec, 'install', 'serverSideApply') ?? true,
      automatic: flagAt(spec, 'suspend') !== true,
    },
    plan: planned.plan,
    inputs: planned.inputs,
    owner: { namespace, name },
    facts: releaseFacts(object, namespace, chartName(planned, spec, repository)),
    manifest: object,
    ...(parent === undefined ? {} : { parent: parent.id }),
  }
}

interface Parts {
  readonly apiVersion: string
  readonly spec: JsonObject
  readonly name: string
  readonly namespace: string
  readonly targetNamespace: string
  readonly what: string
  readonly placement: Placement
  readonly repository: Repository
  readonly surroundings: Surroundings
  /** The repository is the chart's artifact itself. */
  readonly artifact?: true
  readonly when: When
}

type ArtifactSource = Extract<FluxSource, { kind: 'artifact' }>

async function planRelease(parts: Parts): Promise<Planned> {
  const { spec, name, namespace, targetNamespace, what, placement, repository, surroundings } = parts
  const { tree, engines, charts } = repository
  const chart = await findChart(parts)
  if ('kind' in chart)
    return await planOverArtifact(chart.files, repository, (artifact) =>
      planRelease({ ...parts, repository: artifact, artifact: true }),
    )

  const values = await resolveValues(spec, namespace, surroundings, tree, engines)
  if ('plan' in chart)
    return {
      ...withMore(chart, undefined, values.kind === 'values' ? values.values : objectAt(spec, 'values')),
      inputs: joinInputs(chart.inputs, { files: values.files, directories: [] }),
    }
  const watched = {
    files: [...values.files, ...chart.valuesFiles],
    directories: [...charts.directoriesOf(chart.path)],
  }
  const strategy = textAt(spec, 'postRenderStrategy') || 'combined'
  if (strategy !== 'combined' && strategy !== 'nohooks' && strategy !== 'separate')
    return broken(what, `unknown post-render strategy: '${strategy}'`, watched)
  if (values.kind === 'broken') return broken(what, values.reason, watched)
  if (values.kind !== 'values')
    return cannot('needs-cluster', what, `${what} cannot be rendered: ${values.reason}`, watched)

  const fault = await dependencyFault(chart.path, repository, false)
  if (fault !== undefined) return broken(what, fault, watched)
  const overlay = await replaceValues(chart, parts)
  if (typeof overlay === 'string') return broken(what, overlay, watched)

  const crds = {
    install: crdPolicy(textAt(spec, 'install', 'crds')),
    upgrade: crdPolicy(textAt(spec, 'upgrade', 'crds')),
  }
  const isBeta = parts.apiVersion.includes('beta')
  const postRenderers = objectsAt(spec, 'postRenderers').flatMap((item) => {
    const kustomize = objectAt(item, 'kustomize')
    if (kustomize === undefined) return []
    const patches = [
      ...objectsAt(kustomize, 'patches'),
      // Two forms of v2beta1 and v2beta2; v2 has no such fields, and the API server drops them.
      ...(isBeta ? objectsAt(kustomize, 'patchesStrategicMerge') : []).map((patch) => ({
        patch: JSON.stringify(patch),
      })),
      ...(isBeta ? objectsAt(kustomize, 'patchesJson6902') : []).map((patch) => ({
        patch: JSON.stringify(patch['patch'] ?? []),
        target: patch['target'] ?? {},
      })),
    ]
    return [{ patches, images: [...objectsAt(kustomize, 'images')] }]
  })
  const labels = textMapAt(spec, 'commonMetadata', 'labels')
  const annotations = textMapAt(spec, 'commonMetadata', 'annotations')
  const plan: HelmPlan = {
    tool: 'helm',
    chart: chart.path,
    release: releaseName({ releaseName: textAt(spec, 'releaseName') ?? '', targetNamespace, name }),
    namespace: targetNamespace || namespace,
    valuesFiles: [],
    values: values.values,
    ...(values.from.length === 0 ? {} : { valuesFrom: values.from }),
    includeCRDs: crds.install !== 'Skip',
    crds,
    ...(chart.builtByVersion === undefined ? {} : { builtByVersion: chart.builtByVersion }),
    // helm-controller installs tests as hooks with the release and runs them on request.
    skipTests: false,
    skipSchemaValidation: flagAt(spec, 'install', 'disableSchemaValidation') ?? false,
    skipSchemaValidationOnUpgrade: flagAt(spec, 'upgrade', 'disableSchemaValidation') ?? false,
    upgrade: false,
    ...(strategy === 'combined' ? {} : { postRenderStrategy: strategy }),
    ...(postRenderers.length === 0 ? {} : { postRenderers }),
    ...(Object.keys(labels).length + Object.keys(annotations).length === 0
      ? {}
      : { commonMetadata: { labels, annotations } }),
    kubeVersion: repository.kubeVersion(placement),
    apiVersions: placement.apiVersions,
    ...(overlay === undefined ? {} : { overlay }),
  }
  return { plan, inputs: joinInputs(watched) }
}

/**
 * helm-controller's crdPolicyOrDefault, which both actions ask: without a policy an upgrade creates definitions that are
 * not there, too. (Its documentation says Skip of upgrades; neither its code nor its definition does.)
 */
function crdPolicy(text: string | undefined): CrdPolicy {
  return text === 'Skip' || text === 'CreateReplace' ? text : 'Create'
}

/** The chart's own name: as its Chart.yaml says, or as a registry or an index of charts lists it. */
function chartName(planned: Planned, spec: JsonObject, { charts }: Repository): string | undefined {
  const known = planned.plan.tool === 'helm' ? charts.byDirectory.get(planned.plan.chart) : undefined
  if (known !== undefined) return known.name
  const template = objectAt(spec, 'chart', 'spec')
  return textAt(template, 'sourceRef', 'kind') === 'HelmRepository'
    ? nameOf(textAt(template, 'chart') ?? '') || undefined
    : undefined
}

interface FoundChart {
  readonly path: string
  /** Files that replace the chart's own values.yaml, in order; paths in the tree. */
  readonly valuesFiles: readonly string[]
  readonly ignoreMissing: boolean
  readonly builtByVersion?: string
}

/** The chart in the tree, or why there is none: it comes from a registry, or it is not where the release says. */
async function findChart(parts: Parts): Promise<FoundChart | Planned | ArtifactSource> {
  const { spec, namespace, what, repository, surroundings, when } = parts
  let template = objectAt(spec, 'chart', 'spec')
  let owner = namespace
  const chartRef = objectAt(spec, 'chartRef')
  if (chartRef !== undefined) {
    const reference = sourceReference(chartRef, namespace)
    if (reference.kind === 'ExternalArtifact') return await artifactChart(reference, parts)
    const found = await surroundings.find(reference.kind, reference.namespace, reference.name)
    if (reference.kind !== 'HelmChart' || found === undefined) {
      const from =
        found === undefined
          ? `${reference.kind} ${reference.namespace}/${reference.name}, which is not defined in this repository`
          : remoteName(found.object, reference.namespace)
      const reason = `${what} installs a chart of ${from}, which is not in this repository`
      if (found === undefined || reference.kind !== 'OCIRepository')
        return cannot('remote-source', what, reason)
      const answer = await repository.sources.ask(ociQuestion(found.object, true), when)
      return answer.state === 'here' ? chartAt(answer.root) : notHere(answer, what, reason)
    }
    template = objectAt(found.object, 'spec')
    owner = reference.namespace
  }
  const written = textAt(template, 'chart') ?? ''
  // The definition of HelmRelease has the rule: either chart or chartRef must be set.
  if (written === '') return broken(what, `${what} names no chart: neither chart.spec.chart nor chartRef`)
  const reference = sourceReference(objectAt(template, 'sourceRef'), owner)
  if (reference.kind === 'HelmRepository') {
    const found = await surroundings.find(reference.kind, reference.namespace, reference.name)
    const from =
      found === undefined
        ? `HelmRepository ${reference.namespace}/${reference.name}, which is not defined in this repository`
        : remoteName(found.object, reference.namespace)
    const version = textAt(template, 'version') ?? ''
    const reason = `${what} installs chart ${written} ${version || '(latest)'} of ${from}, which is not in this repository`
    if (found === undefined) return cannot('remote-source', what, reason)
    const url = textAt(found.object, 'spec', 'url') ?? ''
    const answer = await repository.sources.ask(
      textAt(found.object, 'spec', 'type') === 'oci' || /^oci:\/\//i.test(url)
        ? {
            ...ociChart(`${url.replace(/\/+$/, '')}/${written}`, version === '*' ? '' : version),
            reading: 'flux-chart',
          }
        : { kind: 'chart', repository: url, name: written, version: version === '*' ? '' : version },
      when,
    )
    if (answer.state !== 'here') return notHere(answer, what, reason)
    return {
      ...chartAt(answer.root),
      valuesFiles: textsAt(template, 'valuesFiles').map((file) => childOf(answer.root, joinInsideRoot(file))),
      ignoreMissing: flagAt(template, 'ignoreMissingValuesFiles') === true,
    }
  }
  const source = await resolveSource(reference, written, surroundings, repository, when)
  if (source.kind === 'remote')
    return notHere(
      source.answer,
      what,
      `${what} installs chart ${written} of ${source.description}, which is not this repository`,
    )
  if (source.kind !== 'self')
    return cannot(
      'remote-source',
      what,
      `${what} installs chart ${written} of ${reference.kind} ${reference.namespace}/${reference.name}, which is not this repository`,
    )
  const path = joinInsideRoot(childOf(source.root, joinInsideRoot(written)))
  const end = repository.tree.resolve(path)
  const submodule = end.kind === 'refused' && end.reason === 'submodule' ? end.path : undefined
  if (submodule !== undefined && source.withoutSubmodules === undefined)
    return cannot('submodule', what, inSubmodule(what, path, submodule), {
      files: [path],
      directories: [path],
    })
  const hint =
    submodule === undefined
      ? ''
      : ` (${submodule} is a submodule, and ${source.withoutSubmodules ?? ''} does not set recurseSubmodules)`
  if (end.kind === 'missing' || end.kind === 'refused')
    return broken(
      what,
      `chart ${written} of ${what} is not in this repository: no such file or directory${hint}`,
      {
        files: [path],
        directories: [path],
      },
    )
  return {
    path: end.path,
    valuesFiles: textsAt(template, 'valuesFiles').map(
      (file) => joinPath(source.root, joinInsideRoot(file)) ?? joinInsideRoot(file),
    ),
    ignoreMissing: flagAt(template, 'ignoreMissingValuesFiles') === true,
    // With `Revision` the commit is part of the version (source-controller, buildFromTarballArtifact).
    ...(textAt(template, 'reconcileStrategy') === 'Revision'
      ? {}
      : { builtByVersion: JSON.stringify(template) }),
  }
}

function chartAt(path: string): FoundChart {
  return { path, valuesFiles: [], ignoreMissing: false }
}

/** A chart that an ArtifactGenerator packs from a folder of this repository: it stands at the artifact's root. */
async function artifactChart(
  reference: SourceReference,
  { what, repository, surroundings, artifact }: Parts,
): Promise<FoundChart | Planned | ArtifactSource> {
  const source: FluxSource =
    artifact === undefined
      ? await resolveSource(reference, '', surroundings, repository, 'later')
      : { kind: 'self', root: '' }
  if (source.kind === 'broken')
    return broken(what, `the artifact that ${what} installs cannot be made: ${source.reason}`)
  // A chart put together from several places is planned in a repository of its own.
  if (source.kind === 'artifact') return { kind: 'artifact', files: source.files }
  if (source.kind === 'remote')
    return cannot(
      'remote-source',
      what,
      `${what} installs a chart of ${source.description}, which is not in this repository`,
    )
  const watched = { files: [source.root], directories: [source.root] }
  if (!repository.charts.byDirectory.has(source.root))
    return broken(what, `${source.root || '.'}: Chart.yaml file is missing`, watched)
  return { path: source.root, valuesFiles: [], ignoreMissing: false }
}

/**
 * `valuesFiles` take the place of the chart's values.yaml: source-controller packs the merged files under that name.
 * A string says what is wrong.
 */
async function replaceValues(
  chart: FoundChart,
  { repository, what }: Parts,
): Promise<Readonly<Record<string, string>> | string | undefined> {
  if (chart.valuesFiles.length === 0) return undefined
  const { tree, engines } = repository
  const parsed = await parseTakingLast(tree, engines, chart.valuesFiles)
  let merged: JsonObject = {}
  for (const file of chart.valuesFiles) {
    const content = parsed.get(file)
    if (content?.error?.code === 'missing-file' && chart.ignoreMissing) continue
    const document = content?.documents[0]
    if (content?.error?.code === 'missing-file') return `no values file found at path '${file}'`
    const error = content?.error?.message ?? document?.error?.message
    if (error !== undefined) return `values file ${file} of ${what}: ${error}`
    const value: Json = document?.value ?? {}
    if (!isJsonObject(value)) return `values file ${file} of ${what} is no map`
    merged = mergeValues(merged, value)
  }
  return { [childOf(chart.path, 'values.yaml')]: `${JSON.stringify(merged, null, 2)}\n` }
}
