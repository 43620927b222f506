import type { AdmissionWrite } from '../engine/api.ts'
import type { Change } from '../model/change.ts'
import type { RenderedObject } from '../model/object.ts'
import type { TargetOf } from './environments.ts'
import { appliesServerSide } from './admission/server-side.ts'
import { textAt } from './field-steps.ts'

/** A write and the change it stands for. */
export interface ChangeWrite {
  readonly change: Change
  /** The object that findings are about. */
  readonly object: RenderedObject
  readonly write: AdmissionWrite
}

/** What the cluster will be asked for after the merge. Hooks are no part of a deletion, and most are created anew. */
export function writesAfter(changes: readonly Change[], namespaceOf: NamespaceOf): ChangeWrite[] {
  return changes.flatMap((change): ChangeWrite[] => {
    const { old, new: next } = change
    const namespace = namespaceOf(change)
    if (next === undefined)
      return old === undefined || old.hook !== undefined
        ? []
        : [{ change, object: old, write: { operation: 'DELETE', old: old.object, namespace } }]
    // Another name or namespace is another object to the API server: its generated name was drawn anew.
    if (old === undefined || change.renamedFrom !== undefined || isMadeAnew(next))
      return [{ change, object: next, write: { operation: 'CREATE', object: next.object, namespace } }]
    return [
      {
        change,
        object: next,
        write: { operation: 'UPDATE', object: next.object, old: old.object, namespace },
      },
    ]
  })
}

/** The base objects as new ones: what is wrong with them whatever was there before. */
export function createsBefore(changes: readonly Change[], namespaceOf: NamespaceOf): ChangeWrite[] {
  return changes.flatMap((change) =>
    change.old === undefined ? [] : [create(change, change.old, namespaceOf(change))],
  )
}

/** The head objects of updates as new ones: what the API server tolerates only because it was there before. */
export function createsAfter(changes: readonly Change[], namespaceOf: NamespaceOf): ChangeWrite[] {
  return changes.flatMap((change) =>
    change.new === undefined ? [] : [create(change, change.new, namespaceOf(change))],
  )
}

/**
 * The base objects as writes that change nothing: what policies would say of them. A policy that only looks at creates
 * sees a create, since that is how the objects came to be.
 */
export function writesBefore(changes: readonly Change[], namespaceOf: NamespaceOf): ChangeWrite[] {
  return changes.flatMap((change): ChangeWrite[] => {
    const { old, new: next } = change
    if (old === undefined) return []
    const namespace = namespaceOf(change)
    if (next === undefined || change.renamedFrom !== undefined || isMadeAnew(old))
      return [create(change, old, namespace)]
    return [
      { change, object: old, write: { operation: 'UPDATE', object: old.object, old: old.object, namespace } },
    ]
  })
}

/** The same writes as the target's tool makes them; a target that no tool of ours deploys is left open. */
export function asApplied(writes: readonly ChangeWrite[], targetOf: TargetOf): ChangeWrite[] {
  return writes.map((one): ChangeWrite => {
    const target = targetOf(one.change.target)
    if (appliesServerSide(one.object, target)) return { ...one, write: { ...one.write, apply: 'server' } }
    return target?.kind === 'argocd' ? { ...one, write: { ...one.write, apply: 'client' } } : one
  })
}

/**
 * Hooks that go before the next one comes; what no sync applies, which comes when somebody asks for it; and what has its
 * name drawn by the API server, which never meets the one before it.
 */
function isMadeAnew({ hook, object }: RenderedObject): boolean {
  if (hook !== undefined && hook.fate !== 'applied') return true
  return (
    (textAt(object, 'metadata', 'name') ?? '') === '' &&
    textAt(object, 'metadata', 'generateName') !== undefined
  )
}

/** Destination namespace for objects that name none. */
export type NamespaceOf = (change: Change) => string

function create(change: Change, object: RenderedObject, namespace: string): ChangeWrite {
  return { change, object, write: { operation: 'CREATE', object: object.object, namespace } }
}
