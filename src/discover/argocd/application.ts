import type { Configuration } from '../../model/configuration.ts'
import type { JsonObject } from '../../model/json.ts'
import type { DefinitionFacts, SyncBehaviour, Target } from '../../model/target.ts'
import { nameWithoutPlace } from '../application-name.ts'
import { clusterOfDestination, placed, placementOf } from '../environment.ts'
import { field, flagAt, objectAt, objectsAt, textAt, textsAt } from '../fields.ts'
import { placeOf, type FoundObject } from '../found.ts'
import { broken, type Planned } from '../planned.ts'
import { deferrable } from '../remote/deferred.ts'
import type { When } from '../remote/sources.ts'
import type { Repository } from '../repository.ts'
import type { Surroundings } from '../surroundings.ts'
import { readTyped } from '../typed.ts'
import { specShape } from './application-types.ts'
import { applicationFacts } from './facts.ts'
import { normalSource } from './normal-spec.ts'
import { projectRules } from './project.ts'
import { gitQuestion, joinSources, planSource, type ApplicationParts } from './source.ts'
import type { Reference } from './value-files.ts'

/** Namespace of Argo CD itself: Applications without one are applied there. */
const controlPlane = 'argocd'

/**
 * How Argo CD names an Application where names of several namespaces meet (tracking, build environment, override
 * files): `namespace_name` outside of its own namespace (v1alpha1 InstanceName).
 */
export function instanceName(namespace: string, name: string, { argocd }: Configuration): string {
  return argocd.namespaces.includes(namespace) ? name : `${namespace}_${name}`
}

/** The target of an Application. */
export async function applicationTarget(
  found: FoundObject,
  repository: Repository,
  surroundings: Surroundings,
  parent: Target | undefined,
): Promise<Target> {
  const { object, location } = found
  const name = textAt(object, 'metadata', 'name') ?? ''
  const namespace = textAt(object, 'metadata', 'namespace') || controlPlane
  // A number or boolean that stands where a text belongs is one, as Argo CD's own reader of files takes it.
  const written = objectAt(object, 'spec') ?? {}
  const typed = readTyped(written, specShape, 'yaml')
  const spec = 'error' in typed ? written : typed.value
  const sources = sourcesOf(spec)
  const destinations = [textAt(spec, 'destination', 'name'), textAt(spec, 'destination', 'server')].filter(
    (text): text is string => text !== undefined && text !== '',
  )
  const paths = sources.map((source) => textAt(source, 'path')).filter((path) => path !== undefined)
  const inCluster = destinations.length === 0 || destinations.some(isInCluster)
  const remote = destinations.filter((destination) => !isInCluster(destination))
  const placement = placementOf(
    {
      name,
      destinations: remote,
      paths: [...(location === undefined ? [] : [location.file]), ...paths],
      // The cluster that runs Argo CD is the parent's only when the destination says "here".
      ...(inCluster && parent?.cluster !== undefined ? { inherited: parent.cluster } : {}),
    },
    repository.configuration,
  )
  const destinationNamespace = textAt(spec, 'destination', 'namespace') ?? ''
  const instance = instanceName(namespace, name, repository.configuration)
  const application: ApplicationParts = {
    name,
    instance,
    namespace,
    project: textAt(spec, 'project') ?? '',
    destinationNamespace,
    placement,
    what: `Application ${namespace}/${name}${location === undefined ? '' : ` (${placeOf(location)})`}`,
  }
  const project = await projectRules(spec, sources, namespace, repository, surroundings)
  const planned = await deferrable(
    async (when) =>
      'error' in typed
        ? broken(application.what, `${application.what} is no Application: ${typed.error}`)
        : await planSources(sources, hasSeveral(spec), application, repository, when),
    [
      sources,
      instance,
      destinationNamespace,
      application.project,
      placement.kubernetes ?? '',
      placement.apiVersions,
    ],
    // A repository can hold anything; of charts only the project's own makes Applications by the dozen.
    sources.some((source) => {
      const chart = textAt(source, 'chart')
      return chart === undefined ? field(source, 'path') !== undefined : chart.startsWith('argocd-apps')
    }),
  )

  return {
    id: `argocd/${namespace}/${name}`,
    kind: 'argocd',
    name: nameWithoutPlace(name, placement),
    path: paths[0] ?? location?.file ?? '',
    ...placed(placement),
    ...(destinationNamespace === '' ? {} : { namespace: destinationNamespace }),
    ...(location === undefined ? {} : { definition: location }),
    sync: syncOf(spec),
    plan: planned.plan,
    inputs: planned.inputs,
    owner: { namespace, name, ...(instance === name ? {} : { instance }) },
    facts: {
      ...applicationFacts(object, clusterOfDestination(remote, repository.configuration)?.name),
      ...pinnedFacts(sources, repository),
    },
    ...(project === undefined ? {} : { project }),
    manifest: object,
    ...(parent === undefined ? {} : { parent: parent.id }),
  }
}

/**
 * A hydrator wins over `sources`, those over `source` (v1alpha1 ApplicationSpec.GetSources). Of a hydrator the dry source
 * is what people edit; its render is written to the branch that the Application deploys.
 */
function sourcesOf(spec: JsonObject): readonly JsonObject[] {
  const hydrator = objectAt(spec, 'sourceHydrator')
  if (hydrator !== undefined) return [objectAt(hydrator, 'drySource') ?? {}]
  const several = objectsAt(spec, 'sources')
  if (several.length > 0) return several.map(normalSource)
  const single = objectAt(spec, 'source')
  return single === undefined ? [] : [normalSource(single)]
}

/** The revision of this repository that its sources name, where that is no branch: a commit, or a version's tag. */
function pinnedFacts(
  sources: readonly JsonObject[],
  { recognition }: Repository,
): Pick<DefinitionFacts, 'pinned'> {
  const pinned = sources
    .filter((source) => recognition.isSelf(textAt(source, 'repoURL') ?? ''))
    .map((source) => textAt(source, 'targetRevision') ?? '')
    .find((revision) => /^(?:[0-9a-f]{40}|v?\d+\.\d+\.\d+(?:[-+].*)?)$/.test(revision))
  return pinned === undefined ? {} : { pinned }
}

/** Only an application with several sources knows references between them. */
function hasSeveral(spec: JsonObject): boolean {
  return objectAt(spec, 'sourceHydrator') === undefined && objectsAt(spec, 'sources').length > 0
}

async function planSources(
  sources: readonly JsonObject[],
  several: boolean,
  application: ApplicationParts,
  repository: Repository,
  when: When,
): Promise<Planned> {
  const { what } = application
  if (sources.length === 0) return broken(what, `${what} has no source`)

  const references = new Map<string, Reference>()
  for (const source of sources) {
    const ref = textAt(source, 'ref')
    if (ref === undefined || ref === '') continue
    if (!/^[a-zA-Z0-9_-]+$/.test(ref))
      return broken(what, `sources.ref ${ref} cannot contain any special characters except '_' and '-'`)
    if (references.has(ref)) return broken(what, `invalid sources: multiple sources had the same \`ref\` key`)
    const url = textAt(source, 'repoURL') ?? ''
    references.set(ref, await referenceTo(source, url, repository, when))
  }

  const planned: Planned[] = []
  for (const source of sources) {
    // References exist between the sources of one application only: a single source reads `$name` as a variable.
    const plan = await planSource(source, application, several ? references : undefined, repository, when)
    if (plan !== undefined) planned.push(plan)
  }
  return joinSources(planned)
}

/** What `$ref` of another source leads to. */
async function referenceTo(
  source: JsonObject,
  url: string,
  { recognition, sources }: Repository,
  when: When,
): Promise<Reference> {
  if (field(source, 'chart') !== undefined) return { kind: 'chart' }
  if (recognition.isSelf(url)) return { kind: 'repository', root: '' }
  const revision = textAt(source, 'targetRevision') ?? ''
  // The revision is a digest by then, and a git client is asked for it (reposerver resolveReferencedSources).
  if (url.startsWith('oci://')) return { kind: 'artifact', url }
  const answer = await sources.ask(gitQuestion(url, revision), when)
  return answer.state === 'here' ? { kind: 'repository', root: answer.root } : { kind: 'remote', url, answer }
}

function isInCluster(destination: string): boolean {
  return destination === 'in-cluster' || destination === 'https://kubernetes.default.svc'
}

function syncOf(spec: JsonObject): SyncBehaviour {
  const automated = objectAt(spec, 'syncPolicy', 'automated')
  const enabled = automated !== undefined && flagAt(automated, 'enabled') !== false
  const options = textsAt(spec, 'syncPolicy', 'syncOptions')
  return {
    // A sync that a person starts prunes only when that person says so.
    prune: enabled && flagAt(automated, 'prune') === true,
    serverSide: options.includes('ServerSideApply=true'),
    ...(options.includes('Replace=true') ? { replaces: true } : {}),
    automatic: enabled,
  }
}
