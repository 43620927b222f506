import type { Configuration } from '../model/configuration.ts'
import { groupKind } from '../model/object.ts'
import type { NotChecked } from '../model/outcome.ts'
import { targetsOf } from './not-checked.ts'
import type { ChangeWrite } from './writes.ts'

/**
 * Definitions that discovery reads and carries out: what is wrong with them shows when their target is rendered, and
 * their CustomResourceDefinitions come with Argo CD and Flux, not with the repository.
 */
const carriedOut = new Set([
  'argoproj.io/Application',
  'argoproj.io/ApplicationSet',
  'kustomize.toolkit.fluxcd.io/Kustomization',
  'helm.toolkit.fluxcd.io/HelmRelease',
])

const nowhere =
  'neither Kubernetes nor a CustomResourceDefinition in the repository has this kind: add the definition or a schema location, or name the kind under schemas.skip'

/** One entry per kind that nobody here knows, with the number of its objects; kinds that are skipped by configuration are left out. */
export function unknownKinds(
  writes: readonly ChangeWrite[],
  { schemas }: Pick<Configuration, 'schemas'>,
  reason = nowhere,
): readonly NotChecked[] {
  const groups = new Map<string, ChangeWrite[]>()
  for (const write of writes) {
    const { group, kind } = write.change.identity
    const name = groupKind({ group, kind })
    if (carriedOut.has(name)) continue
    if (schemas.skip.includes(name) || schemas.skip.includes(`${group}/*`)) continue
    const list = groups.get(name)
    if (list === undefined) groups.set(name, [write])
    else list.push(write)
  }
  return [...groups]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, list]) => ({
      what: name,
      code: 'unknown-kind',
      reason,
      targets: targetsOf(list),
      count: list.length,
    }))
}
