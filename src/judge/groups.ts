import type { Change } from '../model/change.ts'
import { groupKind, splitApiVersion } from '../model/object.ts'
import { definedKind } from './definitions/changes.ts'
import { textAt } from './field-steps.ts'
import type { PolicySource } from './policy/source.ts'
import type { Catalogue } from './schema/catalogue.ts'

/**
 * API groups whose CustomResourceDefinitions a run needs: of the objects that change and that Kubernetes does not define
 * itself, of what changed definitions define, and of what policies take parameters from. Undefined where policies can
 * ask for anything.
 */
export function groupsOf(
  changes: readonly Change[],
  { kyverno, gatekeeper, load }: Pick<PolicySource, 'kyverno' | 'gatekeeper' | 'load'>,
  { kinds }: Pick<Catalogue, 'kinds'>,
): ReadonlySet<string> | undefined {
  if (kyverno.length > 0 || gatekeeper.length > 0) return undefined
  // Nearly every change has objects of these, and nearly every definition mentions some of their groups.
  const builtIn = new Set(kinds.map(groupKind))
  const groups = new Set<string>()
  for (const side of changes.flatMap(({ old, new: next }) => [old, next])) {
    if (side === undefined) continue
    if (!builtIn.has(groupKind(side.identity))) groups.add(side.identity.group)
    if (side.identity.kind === 'CustomResourceDefinition') groups.add(definedKind(side.object).group)
  }
  for (const policy of load.policies ?? [])
    groups.add(splitApiVersion(textAt(policy, 'spec', 'paramKind', 'apiVersion') ?? '').group)
  // The group of a definition has a dot (ValidateCustomResourceDefinitionSpec); "apps" would be found in every file.
  return new Set([...groups].filter((group) => group.includes('.')))
}
