import { equalJson } from '../../compare/equal.ts'
import type { Change } from '../../model/change.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Found } from '../judgement.ts'
import { at, textAt } from '../field-steps.ts'

/**
 * Namespaces whose labels change: the rules that select by them were applied with the labels of base, and apply
 * differently after the merge (threats.md, T11). A namespace that had objects before it had a manifest has labels that
 * nobody here knows, so its new ones are used, and that is said; as it is of a new namespace with a label that rules
 * select by.
 *
 * @param selected keys of labels by which the policies in use select namespaces
 */
export function namespaceLabels(changes: readonly Change[], selected: ReadonlySet<string>): readonly Found[] {
  const inUse = new Set(changes.flatMap(({ old }) => old?.identity.namespace ?? []))
  return changes.flatMap((change): Found[] => {
    const { identity, new: next, target } = change
    if (identity.kind !== 'Namespace' || identity.group !== '' || next === undefined) return []
    const message = whatIsSaid(change, inUse, selected)
    if (message === undefined) return []
    return [
      {
        object: next,
        finding: {
          source: 'safety',
          rule: 'safety/namespace-labels',
          level: 'advisory',
          severity: 'medium',
          object: identity,
          target,
          path: 'metadata.labels',
          element: 'metadata.labels',
          message,
        },
      },
    ]
  })
}

function whatIsSaid(
  { operation, identity, old, new: next }: Change,
  inUse: ReadonlySet<string>,
  selected: ReadonlySet<string>,
): string | undefined {
  const before = at(old?.object, 'metadata', 'labels') ?? {}
  const after = at(next?.object, 'metadata', 'labels') ?? {}
  if (equalJson(before, after)) return undefined
  if (operation === 'UPDATE')
    return 'the labels of the namespace change; this pull request is judged with the old ones, and rules that select namespaces by label apply differently after the merge'
  if (operation !== 'CREATE') return undefined
  if (inUse.has(identity.name))
    return 'the namespace was in use before it had a manifest: this pull request is judged with the labels that it gives it, and rules that select namespaces by label may have applied differently before'
  const deciding = Object.keys(after).filter((key) => selected.has(key))
  return deciding.length === 0
    ? undefined
    : `the namespace is new and has ${deciding.sort().join(', ')}, by which policies select namespaces: whoever writes this label decides which rules apply in it`
}

/** Keys of labels by which native policies, bindings, constraints and exceptions select namespaces. */
export function selectedLabels(documents: readonly Json[]): ReadonlySet<string> {
  const keys = new Set<string>()
  const collect = (selector: JsonObject): void => {
    for (const key of Object.keys(objectAt(selector, 'matchLabels'))) keys.add(key)
    const expressions = selector['matchExpressions']
    for (const expression of Array.isArray(expressions) ? (expressions as readonly Json[]) : []) {
      const key = textAt(expression, 'key')
      if (key !== undefined) keys.add(key)
    }
  }
  const walk = (value: Json): void => {
    if (Array.isArray(value)) (value as readonly Json[]).forEach(walk)
    else if (isJsonObject(value))
      for (const [name, inner] of Object.entries(value)) {
        if (name === 'namespaceSelector' && isJsonObject(inner)) collect(inner)
        else walk(inner)
      }
  }
  documents.forEach(walk)
  // The API server writes this one itself.
  keys.delete('kubernetes.io/metadata.name')
  return keys
}

function objectAt(value: JsonObject, key: string): JsonObject {
  const found = value[key]
  return isJsonObject(found) ? found : {}
}
