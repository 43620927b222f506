import { equalJson } from '../../compare/equal.ts'
import type { Change } from '../../model/change.ts'
import type { Found } from '../judgement.ts'
import { at } from '../field-steps.ts'

/**
 * Namespaces whose labels change: the rules that select by them were applied with the labels of base, and apply
 * differently after the merge (threats.md, T11).
 */
export function namespaceLabels(changes: readonly Change[]): readonly Found[] {
  return changes.flatMap(({ operation, identity, old, new: next, target }): Found[] => {
    if (operation !== 'UPDATE' || identity.kind !== 'Namespace' || identity.group !== '') return []
    if (old === undefined || next === undefined) return []
    const before = at(old.object, 'metadata', 'labels') ?? {}
    const after = at(next.object, 'metadata', 'labels') ?? {}
    if (equalJson(before, after)) return []
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
          message:
            'the labels of the namespace change; this pull request is judged with the old ones, and rules that select namespaces by label apply differently after the merge',
        },
      },
    ]
  })
}
