import type { AdmissionLoadRequest } from '../engine/api.ts'
import type { Change } from '../model/change.ts'
import type { Configuration } from '../model/configuration.ts'
import { isJsonObject, type JsonObject } from '../model/json.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { Target } from '../model/target.ts'
import { definedKind } from './definitions/changes.ts'
import { undefinedAmong } from './definitions/shipped.ts'
import { textAt } from './field-steps.ts'
import type { RepositoryObjects } from './repository-objects.ts'
import type { PolicySource } from './policy/source.ts'
import type { ShippedDefinition } from './schema/catalogue.ts'

/** The target of an id: as it will be, or as it was when it is deleted; one that is new is applied as it is installed. */
export type TargetOf = (id: string) => Target | undefined

/** One API server as far as this run knows it, and the changes that go to it. */
export interface Environment {
  readonly kubernetes: string
  readonly load: Omit<AdmissionLoadRequest, 'op'>
  /** Those that are among the definitions because nobody else defines their kinds here. */
  readonly shipped: readonly ShippedDefinition[]
  readonly changes: readonly Change[]
}

export function targetsById(pairs: readonly RenderedPair[]): TargetOf {
  const targets = new Map(
    pairs.map(({ id, base, head }) => [
      id,
      head !== undefined && base === undefined ? installed(head.target) : (head ?? base)?.target,
    ]),
  )
  return (id) => targets.get(id)
}

function installed(target: Target): Target {
  const { installsServerSide: serverSide } = target.sync
  return serverSide === undefined ? target : { ...target, sync: { ...target.sync, serverSide } }
}

/**
 * Groups changes by the API server that they go to: cluster, Kubernetes version and who writes. Environments whose
 * content is equal are one, so that fourteen equal clusters cost one session.
 */
export function environmentsOf(input: {
  readonly changes: readonly Change[]
  readonly pairs: readonly RenderedPair[]
  readonly policies: PolicySource
  readonly configuration: Configuration
  readonly repository: RepositoryObjects
  /** Of the kinds of the changes. */
  readonly shipped: readonly ShippedDefinition[]
}): readonly Environment[] {
  const { changes, pairs, policies, configuration, repository } = input
  const targetOf = targetsById(pairs)
  type Group = Pick<Environment, 'load' | 'shipped'> & { changes: Change[] }
  const groups = new Map<string, Group>()
  const byServer = new Map<string, Group>()
  for (const change of changes) {
    const target = targetOf(change.target)
    const cluster = target?.cluster ?? ''
    const kubernetes = target?.kubernetes ?? configuration.kubernetes
    // Only policies ask who writes; without any, writers share a session.
    const user = asksWho(policies) ? writerOf(target) : undefined
    const server = JSON.stringify([cluster, kubernetes, user?.name])
    let group = byServer.get(server)
    if (group === undefined) {
      const { namespaces, customResourceDefinitions } = clusterObjects(pairs, cluster, repository)
      // An operator's bundle holds a hundred definitions of which a change needs one or two.
      const own = customResourceDefinitions.filter(
        (definition) => repository.groups?.has(definedKind(definition).group) !== false,
      )
      const shipped = undefinedAmong(input.shipped, own)
      const load = {
        kubernetes,
        namespaces,
        customResourceDefinitions: [...own, ...shipped.map(({ definition }) => definition())],
        ...policies.load,
        ...(user && { user }),
      }
      // Large where a repository holds many definitions, so made once for each API server.
      const content = JSON.stringify(load)
      group = groups.get(content) ?? { load, shipped, changes: [] }
      groups.set(content, group)
      byServer.set(server, group)
    }
    group.changes.push(change)
  }
  return [...groups.values()].map((group) => ({ ...group, kubernetes: group.load.kubernetes }))
}

function asksWho({ load, gatekeeper, kyverno }: PolicySource): boolean {
  return (load.policies ?? []).length + gatekeeper.length + kyverno.length > 0
}

/** Default service accounts of the controllers, as their own installation manifests name them. */
function writerOf(target: Target | undefined): { name: string; groups: string[] } {
  if (target?.kind === 'flux-helmrelease') return serviceAccount('flux-system', 'helm-controller')
  if (target?.kind === 'flux-kustomization') return serviceAccount('flux-system', 'kustomize-controller')
  return serviceAccount('argocd', 'argocd-application-controller')
}

function serviceAccount(namespace: string, name: string): { name: string; groups: string[] } {
  return {
    name: `system:serviceaccount:${namespace}:${name}`,
    groups: ['system:serviceaccounts', `system:serviceaccounts:${namespace}`, 'system:authenticated'],
  }
}

/**
 * Namespaces and CustomResourceDefinitions of one cluster: rendered ones of its own targets (and of targets without a
 * cluster) win over files of the repository. Labels of a namespace that exists at base are those of base: a pull
 * request cannot relabel itself out of a rule (threats.md, T11). Definitions are those that the configuration names, or those of head, so that a definition
 * and its first object can come together (S04), and of base for what head does not define any more.
 */
export function clusterObjects(
  pairs: readonly RenderedPair[],
  cluster: string,
  repository: RepositoryObjects,
): { namespaces: JsonObject[]; customResourceDefinitions: JsonObject[] } {
  const namespaces = new Map<string, JsonObject>()
  const definitions = new Map<string, JsonObject>()
  const own = (side: 'base' | 'head'): JsonObject[] =>
    pairs.flatMap((pair) => {
      const rendering = pair[side]
      if (rendering?.state !== 'rendered') return []
      if (cluster !== '' && rendering.target.cluster !== undefined && rendering.target.cluster !== cluster)
        return []
      return rendering.objects.map(({ object }) => object)
    })
  // Later ones win.
  collect(namespaces, 'Namespace', repository.head, own('head'), repository.base, own('base'))
  collect(
    definitions,
    'CustomResourceDefinition',
    repository.base,
    repository.head,
    repository.configured ?? [],
    own('base'),
    own('head'),
  )
  return { namespaces: sorted(namespaces).map(withNameLabel), customResourceDefinitions: sorted(definitions) }
}

/** With the label that an API server gives every namespace (pkg/apis/core/v1 SetDefaults_Namespace). */
export function withNameLabel(namespace: JsonObject): JsonObject {
  const { metadata } = namespace
  if (!isJsonObject(metadata)) return namespace
  const labels = isJsonObject(metadata['labels']) ? metadata['labels'] : {}
  const name = { 'kubernetes.io/metadata.name': metadata['name'] ?? '' }
  return { ...namespace, metadata: { ...metadata, labels: { ...labels, ...name } } }
}

function collect(into: Map<string, JsonObject>, kind: string, ...sources: (readonly JsonObject[])[]): void {
  for (const object of sources.flat()) {
    const name = textAt(object, 'metadata', 'name')
    if (object['kind'] === kind && name !== undefined && isJsonObject(object['metadata']))
      into.set(name, object)
  }
}

function sorted(objects: ReadonlyMap<string, JsonObject>): JsonObject[] {
  return [...objects].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, object]) => object)
}
