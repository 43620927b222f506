import { equalJson } from '../../compare/equal.ts'
import type { Change } from '../../model/change.ts'
import type { Found } from '../judgement.ts'
import { at } from '../field-steps.ts'

/**
 * Namespaces whose labels change: the rules that select by them were applied with the labels of base, and apply
 * differently after the merge (threats.md, T11). A namespace that had objects before it had a manifest has labels that
 * nobody here knows, so its new ones are used, and that is said.
 */
export function namespaceLabels(changes: readonly Change[]): readonly Found[] {
  const inUse = new Set(changes.flatMap(({ old }) => old?.identity.namespace ?? []))
  return changes.flatMap(({ operation, identity, old, new: next, target }): Found[] => {
    if (identity.kind !== 'Namespace' || identity.group !== '' || next === undefined) return []
    const before = at(old?.object, 'metadata', 'labels') ?? {}
    const after = at(next.object, 'metadata', 'labels') ?? {}
    if (equalJson(before, after)) return []
    const adopted = operation === 'CREATE' && inUse.has(identity.name)
    if (operation !== 'UPDATE' && !adopted) return []
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
          message: adopted
            ? 'the namespace was in use before it had a manifest: this pull request is judged with the labels that it gives it, and rules that select namespaces by label may have applied differently before'
            : 'the labels of the namespace change; this pull request is judged with the old ones, and rules that select namespaces by label apply differently after the merge',
        },
      },
    ]
  })
}
