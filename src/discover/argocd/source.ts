import type { JsonObject } from '../../model/json.ts'
import type { Placement } from '../environment.ts'
import { field, textAt } from '../fields.ts'
import { joinPath } from '../paths.ts'
import { broken, cannot, inSubmodule, joinInputs, noInputs, type Planned } from '../planned.ts'
import type { Repository } from '../repository.ts'
import { notHere } from '../remote/deferred.ts'
import { remoteFolder } from '../remote/mounted-tree.ts'
import { ociChart, type Question, type When } from '../remote/sources.ts'
import { buildEnvironment, type BuildEnvironment } from './build-environment.ts'
import { planDirectory } from './directory.ts'
import { planHelm, type HelmSourceParts } from './helm.ts'
import { planKustomize } from './kustomize.ts'
import { applyOverrides } from './source-overrides.ts'
import { chooseTool } from './tool.ts'
import type { Reference } from './value-files.ts'

/** What a source needs to know of its application. */
export interface ApplicationParts {
  readonly name: string
  /** The name by which Argo CD tells applications of several namespaces apart. */
  readonly instance: string
  readonly namespace: string
  readonly project: string
  readonly destinationNamespace: string
  readonly placement: Placement
  /** `Application payments (argocd/payments.yaml, line 1)`. */
  readonly what: string
}

/** Commit of a tree that is no commit (a folder, the index): a value that no repository has. */
const noCommit = '0'.repeat(40)

/** Plans one source: the tool, its options and what it reads. Undefined for a source that only lends its files. */
export async function planSource(
  written: JsonObject,
  application: ApplicationParts,
  /** Undefined for an application with a single source. */
  references: ReadonlyMap<string, Reference> | undefined,
  repository: Repository,
  when: When,
): Promise<Planned | undefined> {
  const { tree, engines, configuration } = repository
  const { what } = application
  const repoUrl = textAt(written, 'repoURL') ?? ''
  const chart = textAt(written, 'chart') ?? ''
  // A chart is rendered from its own root, whatever the path says.
  const path = chart === '' ? (textAt(written, 'path') ?? '') : ''
  const targetRevision = textAt(written, 'targetRevision') ?? ''

  if (chart !== '') {
    const answer = await repository.sources.ask(chartQuestion(repoUrl, chart, targetRevision), when)
    if (answer.state === 'here') return await planAt(answer.root, answer.revision)
    // Whether it is fetched or not: values of the definition and of this repository are known.
    return await planHelm({
      ...helmParts(written, remoteFolder, targetRevision),
      absent: {
        answer,
        reason: `${what} deploys chart ${chart} ${targetRevision || '(latest)'} from ${repoUrl}, which is not in this repository`,
      },
    })
  }
  if (repoUrl.startsWith('oci://')) return await planArtifact()
  // A source with a ref and a path still renders; without a path it only lends its values files.
  if (path === '' && field(written, 'ref') !== undefined) return undefined
  if (repository.recognition.isSelf(repoUrl)) return await planAt('', tree.commit ?? noCommit)
  const answer = await repository.sources.ask(
    gitQuestion(repoUrl, targetRevision, textAt(written, 'tagPrefix')),
    when,
  )
  if (answer.state === 'here') return await planAt(answer.root, answer.revision)
  return notHere(
    answer,
    what,
    `${what} deploys ${path || '.'} of ${repoUrl || 'a repository that it does not name'} at ${targetRevision || 'HEAD'}, which is not this repository: list the URL under repositories if it is`,
  )

  /** Manifests or a chart in a registry: any tool may render them. */
  async function planArtifact(): Promise<Planned> {
    if (targetRevision === '')
      return broken(what, `cannot get digest for revision : ${what} names no revision of ${repoUrl}`)
    const answer = await repository.sources.ask(artifactQuestion(repoUrl, targetRevision), when)
    return answer.state === 'here'
      ? await planAt(answer.root, answer.revision)
      : notHere(
          answer,
          what,
          `${what} deploys ${path || '.'} of ${repoUrl} at ${targetRevision}, which is not in this repository`,
        )
  }

  function helmParts(source: JsonObject, root: string, revision: string): HelmSourceParts {
    return {
      source,
      path: root,
      environment: environmentAt(revision),
      references,
      application,
      kubeVersion: repository.kubeVersion(application.placement),
      apiVersions: application.placement.apiVersions,
      charts: repository.charts,
      sources: repository.sources,
      when,
      tree,
      engines,
      what,
    }
  }

  function environmentAt(revision: string): BuildEnvironment {
    return buildEnvironment({
      name: application.instance,
      namespace: application.destinationNamespace,
      project: application.project,
      revision,
      repoUrl,
      path,
      targetRevision,
    })
  }

  /** The source stands below `root` of the tree. */
  async function planAt(root: string, revision: string): Promise<Planned> {
    if (path.startsWith('/')) return broken(what, `${path}: app path is absolute`)
    const directory = joinPath(root, path)
    if (directory === undefined) return broken(what, `${path}: app path outside root`)
    const end = tree.resolve(directory)
    const watched = { files: [directory], directories: [directory] }
    if (end.kind === 'missing') return broken(what, `${path}: app path does not exist`, watched)
    if (end.kind === 'file') return broken(what, `${path}: app path is not a directory`, watched)
    if (end.kind === 'refused' && end.reason === 'submodule')
      return cannot('submodule', what, inSubmodule(what, path, end.path), watched)
    if (end.kind === 'refused')
      return cannot('refused', what, `${path} of ${what} cannot be read: ${end.reason}`, watched)

    const overridden = await applyOverrides(written, end.path, application.instance, tree, engines)
    const overrides = { files: overridden.files, directories: [] }
    if (overridden.error !== undefined) return broken(what, overridden.error, joinInputs(watched, overrides))
    const { source } = overridden

    const environment = environmentAt(revision)
    const tool = chooseTool(source, end.path, tree)
    const planned = await planTool(tool)
    // Adding a file named Chart.yaml or kustomization.yaml changes the tool; both are inputs of every tool.
    const deciding = ['Chart.yaml', 'kustomization.yaml', 'kustomization.yml', 'Kustomization'].map((name) =>
      directory === '' ? name : `${directory}/${name}`,
    )
    return {
      plan: planned.plan,
      inputs: joinInputs(planned.inputs, overrides, { files: [directory, ...deciding], directories: [] }),
    }

    async function planTool(chosen: ReturnType<typeof chooseTool>): Promise<Planned> {
      if (typeof chosen === 'object') return broken(what, chosen.error, watched)
      const at = end.kind === 'directory' ? end.path : path
      switch (chosen) {
        case 'plugin':
          return cannot(
            'plugin',
            what,
            `${what} is rendered by a config management plugin, a program that does not run here`,
            watched,
          )
        case 'helm':
          return await planHelm(helmParts(source, at, revision))
        case 'kustomize':
          return planKustomize({
            source,
            path: at,
            environment,
            kustomizations: repository.kustomizations,
            configuration,
            tree,
            what,
          })
        case 'directory':
          return planDirectory(source, at, environment, tree, what)
      }
    }
  }
}

/** @param tagPrefix of the source; sources that only lend their files know none */
export function gitQuestion(url: string, targetRevision: string, tagPrefix = ''): Question {
  return {
    kind: 'git',
    url,
    revision: targetRevision === 'HEAD' ? '' : targetRevision,
    reading: 'argocd',
    ...(tagPrefix === '' ? {} : { tagPrefix }),
  }
}

function artifactQuestion(url: string, reference: string): Question {
  return { kind: 'oci', url, reference, reading: 'argocd', layer: { onlyContent: true } }
}

/** Argo CD names registries without a scheme; `oci://` is read, too. */
function chartQuestion(repoUrl: string, chart: string, version: string): Question {
  return /^https?:\/\//i.test(repoUrl)
    ? { kind: 'chart', repository: repoUrl, name: chart, version }
    : ociChart(`oci://${repoUrl.replace(/^oci:\/\//i, '').replace(/\/+$/, '')}/${chart}`, version)
}

/** Joins the plans of several sources: rendered one by one, the last of equal objects wins. */
export function joinSources(planned: readonly Planned[]): Planned {
  const [first, second] = planned
  if (first === undefined) return { plan: { tool: 'several', sources: [] }, inputs: noInputs }
  if (second === undefined) return first
  return {
    plan: { tool: 'several', sources: planned.map(({ plan }) => plan) },
    inputs: joinInputs(...planned.map(({ inputs }) => inputs)),
  }
}
