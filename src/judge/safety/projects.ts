import { compileWildcard, gobwas, gobwasSegments, goPathMatch } from '../../discover/wildcard.ts'
import type { Change } from '../../model/change.ts'
import { displayName, groupKind, type RenderedObject } from '../../model/object.ts'
import type { RenderedPair, Rendering } from '../../model/rendering.ts'
import type { KindPattern, KindRules, ProjectRules } from '../../model/target.ts'
import type { Found } from '../judgement.ts'
import { accountFault } from './project-accounts.ts'
import { normalizeSource } from './source-url.ts'
import { withStatus, type FoundWithStatus } from '../status.ts'
import { placedKey } from '../placed-key.ts'

/**
 * What an AppProject forbids its Applications: sources, destinations, kinds and namespaces of objects (v1alpha1
 * app_project_types.go). Argo CD refuses to sync the Application, or the object. Projects that are not in the
 * repository forbid nothing here.
 */
export function projectFindings(
  pairs: readonly RenderedPair[],
  changes: readonly Change[],
): readonly FoundWithStatus[] {
  const judged = new Set(changes.map(({ target, identity }) => placedKey(target, identity)))
  const found = pairs.flatMap(({ base, head }) => {
    // Objects are compared where both sides have some: a target that breaks has mended nothing.
    const objects = (base === undefined || base.state === 'rendered') && head?.state === 'rendered'
    return head === undefined ? [] : withStatus(violations(base, objects), violations(head, objects))
  })
  // As everywhere, what was wrong before is told again only of objects that are judged.
  return found.filter(
    ({ status, object, finding: { target } }) =>
      status !== 'existing' || object === undefined || judged.has(placedKey(target, object.identity)),
  )
}

function violations(rendering: Rendering | undefined, withObjects: boolean): readonly Found[] {
  const rules = rendering?.target.project
  if (rendering === undefined || rules === undefined) return []
  const found = [
    ...homeViolations(rules, rendering),
    ...sourceViolations(rules, rendering),
    ...destinationViolations(rules, rendering),
    ...clusterViolations(rules, rendering),
    ...accountViolations(rules, rendering),
  ]
  if (withObjects && rendering.state === 'rendered')
    for (const object of rendering.objects) found.push(...objectViolations(rules, object, rendering))
  return found
}

/**
 * An Application outside of Argo CD's own namespace needs its project's leave (IsAppNamespacePermitted). A pattern
 * between slashes is a regular expression, which nothing here makes of foreign text: it gets the benefit of the doubt.
 */
function homeViolations(rules: ProjectRules, { target }: Rendering): Found[] {
  const { home } = rules.application
  const permitted =
    home === '' ||
    rules.sourceNamespaces.some(
      (pattern) => /^\/.*\/$/.test(pattern) || compileWildcard(pattern, gobwas)(home),
    )
  if (permitted) return []
  return [
    finding('project-namespace', target, {
      element: 'home',
      path: 'metadata.namespace',
      message: `the project ${rules.name} does not permit Applications in the namespace ${home}`,
      remedy: `Add the namespace to sourceNamespaces of the AppProject ${rules.name}${placeOf(rules)}, or move the Application.`,
    }),
  ]
}

/** permitOnlyProjectScopedClusters: the destination's cluster has to belong to the project. */
function clusterViolations(rules: ProjectRules, { target }: Rendering): Found[] {
  const { server, name, namespace, clusterProject } = rules.application
  if (!rules.ownClustersOnly || clusterProject === rules.name || !permitsDestination(rules, namespace))
    return []
  const where = name || server
  if (clusterProject === null) {
    const unsure = finding('project-cluster', target, {
      element: 'cluster unknown',
      path: 'spec.destination',
      message: `the project ${rules.name} permits only clusters of its own, and whether ${where} is one stands in Argo CD's cluster Secrets`,
      remedy: 'Give the cluster its project under clusters in the configuration.',
    })
    return [{ finding: { ...unsure.finding, level: 'advisory', severity: 'low' } }]
  }
  return [
    finding('project-cluster', target, {
      element: 'cluster',
      path: 'spec.destination',
      message: `the project ${rules.name} permits only clusters of its own, and ${where} belongs to ${clusterProject === '' ? 'no project' : `the project ${clusterProject}`}`,
      remedy: `Deploy to a cluster of the project, or give the cluster's Secret the project ${rules.name}.`,
    }),
  ]
}

function accountViolations(rules: ProjectRules, { target }: Rendering): Found[] {
  const message = permitsDestination(rules, rules.application.namespace) ? accountFault(rules) : undefined
  if (message === undefined) return []
  const told = finding('project-service-account', target, {
    element: 'service account',
    path: 'spec.destination',
    message: `${message}: a sync that impersonates fails, or runs with the rights of Argo CD itself`,
    remedy: `Name the account in destinationServiceAccounts of the AppProject ${rules.name}${placeOf(rules)}.`,
  })
  return [{ finding: { ...told.finding, level: 'advisory', severity: 'medium' } }]
}

function sourceViolations(rules: ProjectRules, { target }: Rendering): Found[] {
  return rules.application.repositories
    .filter((url) => !permitsSource(rules, url))
    .map((url) =>
      finding('project-source', target, {
        element: url,
        path: 'spec.source.repoURL',
        message: `the project ${rules.name} does not permit the source ${url}`,
        remedy: `Add it to sourceRepos of the AppProject ${rules.name}${placeOf(rules)}, or choose another project.`,
      }),
    )
}

function destinationViolations(rules: ProjectRules, { target }: Rendering): Found[] {
  const { server, name, namespace } = rules.application
  if (permitsDestination(rules, namespace)) return []
  const where = `${name || server} namespace ${namespace === '' ? '(none)' : namespace}`
  return [
    finding('project-destination', target, {
      element: 'destination',
      path: 'spec.destination',
      message: `the project ${rules.name} does not permit the destination ${where}`,
      remedy: `Add it to destinations of the AppProject ${rules.name}${placeOf(rules)}, or choose another project.`,
    }),
  ]
}

function objectViolations(rules: ProjectRules, object: RenderedObject, { target }: Rendering): Found[] {
  const { identity } = object
  const namespaced = identity.namespace !== ''
  const permitted = namespaced
    ? permitsKind(rules.namespacedKinds, identity, true)
    : permitsKind(rules.clusterKinds, identity, false)
  if (!permitted) {
    const list = namespaced ? 'namespaceResourceWhitelist' : 'clusterResourceWhitelist'
    return [
      {
        ...finding('project-kind', target, {
          element: '',
          path: '',
          message: `the project ${rules.name} does not permit ${namespaced ? 'the kind' : 'the cluster-scoped kind'} ${groupKind(identity)}`,
          remedy: `Allow the kind in ${list} of the AppProject ${rules.name}${placeOf(rules)}.`,
          object: identity,
        }),
        object,
      },
    ]
  }
  // The destination's own namespace has been told already.
  if (!namespaced || identity.namespace === rules.application.namespace) return []
  if (permitsDestination(rules, identity.namespace)) return []
  return [
    {
      ...finding('project-destination', target, {
        element: 'namespace',
        path: 'metadata.namespace',
        message: `the project ${rules.name} does not permit the namespace ${identity.namespace} of ${displayName(identity)}`,
        remedy: `Add the namespace to destinations of the AppProject ${rules.name}${placeOf(rules)}.`,
        object: identity,
      }),
      object,
    },
  ]
}

function finding(
  rule: string,
  target: Rendering['target'],
  parts: Pick<Found['finding'], 'element' | 'path' | 'message' | 'remedy' | 'object'>,
): Found {
  return {
    finding: {
      source: 'policy',
      rule: `argocd/${rule}`,
      level: 'required',
      severity: 'high',
      target: target.id,
      ...parts,
      ...(target.definition === undefined ? {} : { location: target.definition }),
    },
  }
}

/** A pattern with `!` matches whatever it does not deny, and denies everything else of the list. */
function permitsSource({ sourceRepositories }: ProjectRules, url: string): boolean {
  const wanted = normalizeSource(url)
  let any = false
  for (const pattern of sourceRepositories) {
    const denies = pattern.startsWith('!')
    const bare = normalizeSource(denies ? pattern.slice(1) : pattern)
    // One star alone permits everything, but denies only what has no slash.
    const hit = (bare === '*' && !denies) || compileWildcard(bare, gobwasSegments)(wanted)
    if (denies === hit) {
      if (denies) return false
    } else any = true
  }
  return any
}

/**
 * A cluster has a name and a server, of which the Application says one: the other one comes from the configuration, and
 * where nobody knows it the project gets the benefit of the doubt.
 */
function permitsDestination({ destinations, application }: ProjectRules, namespace: string): boolean {
  const { server, name } = application
  let any = false
  for (const item of destinations) {
    const nameHit = name === '' ? item.name !== '' : globMatches(item.name, name)
    const serverHit = server === '' ? item.server !== '' : globMatches(item.server, server)
    const namespaceHit = globMatches(item.namespace, namespace)
    if ((serverHit || nameHit) && namespaceHit) any = true
    else if (
      (!nameHit && item.name.startsWith('!')) ||
      (!serverHit && item.server.startsWith('!') && namespaceHit)
    )
      return false
    else if (!namespaceHit && item.namespace.startsWith('!') && serverHit) return false
  }
  return any
}

function globMatches(pattern: string, value: string): boolean {
  if (pattern.startsWith('!')) return !compileWildcard(pattern.slice(1), gobwas)(value)
  return pattern === '*' || compileWildcard(pattern, gobwas)(value)
}

/** Without an allow list every namespaced kind is permitted, and no cluster-scoped one. */
function permitsKind(
  { allow, deny }: KindRules,
  identity: RenderedObject['identity'],
  namespaced: boolean,
): boolean {
  const hits = (list: readonly KindPattern[]): boolean => list.some((item) => matchesKind(item, identity))
  return (allow === null ? namespaced : hits(allow)) && !hits(deny)
}

function matchesKind({ group, kind, name }: KindPattern, identity: RenderedObject['identity']): boolean {
  return (
    compileWildcard(kind, goPathMatch)(identity.kind) &&
    compileWildcard(group, goPathMatch)(identity.group) &&
    (name === '' || compileWildcard(name, goPathMatch)(identity.name))
  )
}

function placeOf({ location }: ProjectRules): string {
  return location === undefined ? '' : ` (${location.file})`
}
