import type { Change } from '../../model/change.ts'
import type { JsonObject } from '../../model/json.ts'
import { splitApiVersion, type ObjectIdentity, type RenderedObject } from '../../model/object.ts'
import type { RenderedPair } from '../../model/rendering.ts'
import { at, textAt } from '../field-steps.ts'
import type { TargetOf } from '../environments.ts'
import type { RepositoryObject, RepositoryObjects } from '../repository-objects.ts'
import { createsAfter, createsBefore, type ChangeWrite } from '../writes.ts'

/** A CustomResourceDefinition that a change edits or takes away, in one target. */
export interface DefinitionChange {
  readonly change: Change
  readonly old: RenderedObject
  /** Absent when nothing of the head defines the kind any more. */
  readonly new?: RenderedObject
  readonly cluster: string
}

/** A custom resource on both sides. */
export interface CustomResource {
  readonly change: Change
  /** As a new object, after the merge; absent for resources that the change takes away. */
  readonly after?: ChangeWrite
  /** As a new object, as it was before; absent for resources that the change adds. */
  readonly before?: ChangeWrite
}

/** Definitions that are edited or deleted; one that another target or file still defines is not deleted. */
export function definitionChanges(
  changes: readonly Change[],
  pairs: readonly RenderedPair[],
  repository: RepositoryObjects,
  targetOf: TargetOf,
): readonly DefinitionChange[] {
  const kept = new Set(
    [
      ...repository.head,
      ...pairs.flatMap(({ head }) =>
        head?.state === 'rendered' ? head.objects.map(({ object }) => object) : [],
      ),
    ].flatMap((object) => (isDefinition(object) ? [nameOf(object)] : [])),
  )
  return changes.flatMap((change): DefinitionChange[] => {
    const { operation, old, new: next } = change
    if (old === undefined || !isDefinition(old.object)) return []
    const cluster = targetOf(change.target)?.cluster ?? ''
    if (operation === 'UPDATE' && next !== undefined) return [{ change, old, new: next, cluster }]
    return operation === 'DELETE' && !kept.has(nameOf(old.object)) ? [{ change, old, cluster }] : []
  })
}

function isDefinition({ kind, apiVersion }: JsonObject): boolean {
  return kind === 'CustomResourceDefinition' && apiVersion === 'apiextensions.k8s.io/v1'
}

function nameOf(object: JsonObject): string {
  return textAt(object, 'metadata', 'name') ?? ''
}

/** Group and kind that a definition defines. */
export function definedKind(definition: JsonObject): Pick<ObjectIdentity, 'group' | 'kind'> {
  return {
    group: textAt(at(definition, 'spec'), 'group') ?? '',
    kind: textAt(at(definition, 'spec', 'names'), 'kind') ?? '',
  }
}

/**
 * Custom resources of these kinds in one cluster: what its rendered targets hold on the head, and what stands in files
 * of targets that the change does not touch.
 * @param written objects in files of the head tree
 */
export function customResourcesOf(
  kinds: ReadonlySet<string>,
  cluster: string,
  input: {
    readonly changes: readonly Change[]
    readonly written: readonly RepositoryObject[]
    readonly targetOf: TargetOf
  },
): readonly CustomResource[] {
  const { changes, written, targetOf } = input
  const isOne = ({ group, kind }: Pick<ObjectIdentity, 'group' | 'kind'>): boolean =>
    kinds.has(JSON.stringify([group, kind]))
  const namespaceOf = (change: Change): string =>
    (change.new ?? change.old)?.identity.namespace || targetOf(change.target)?.namespace || 'default'
  const rendered = changes.filter((change) => {
    const other = targetOf(change.target)?.cluster ?? ''
    return isOne(change.identity) && (cluster === '' || other === '' || other === cluster)
  })
  const known = new Set(rendered.map(({ identity: { kind, name } }) => JSON.stringify([kind, name])))
  const elsewhere = written.flatMap(({ object, file }): Change[] => {
    const identity = identityOf(object)
    if (!isOne(identity) || known.has(JSON.stringify([identity.kind, identity.name]))) return []
    const written: RenderedObject = {
      identity,
      apiVersion: textAt(object, 'apiVersion') ?? '',
      object,
      origin: { file },
    }
    return [{ target: '', identity, operation: 'NONE', old: written, new: written, differences: [] }]
  })
  return [...rendered, ...elsewhere].map((change) => {
    const [after] = createsAfter([change], namespaceOf)
    const [before] = change.operation === 'NONE' ? [after] : createsBefore([change], namespaceOf)
    return { change, ...(after && { after }), ...(before && { before }) }
  })
}

function identityOf(object: JsonObject): ObjectIdentity {
  return {
    group: splitApiVersion(textAt(object, 'apiVersion') ?? '').group,
    kind: textAt(object, 'kind') ?? '',
    namespace: textAt(object, 'metadata', 'namespace') ?? '',
    name: nameOf(object),
  }
}
