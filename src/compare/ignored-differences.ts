import type { Change, Difference, FieldStep } from '../model/change.ts'
import { displayName, identityKey } from '../model/object.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { DefinitionFacts, IgnoreRule } from '../model/target.ts'
import { differences } from './difference.ts'
import { isFor } from './ignore-rule.ts'

/** Names that a sentence lists before it counts. */
const listed = 3

/**
 * Objects whose changes Argo CD does not see: every difference lies below a JSON pointer or a jq path of
 * ignoreDifferences. They start no automated sync, and with RespectIgnoreDifferences a sync leaves them alone. What
 * managers of fields own stands in the cluster only: of those objects it is said that nobody here can tell.
 */
export function ignoredChanges(
  changes: readonly Change[],
  facts: DefinitionFacts,
  compared: RenderedPair['compared'],
): readonly string[] {
  const rules = facts.ignoreRules ?? []
  if (rules.length === 0) return []
  const updates = changes.filter((change) => change.operation === 'UPDATE' && change.differences.length > 0)
  const seen = new Map(updates.map((change) => [change, visible(change, rules, compared)]))
  const ignored = updates.filter((change) => seen.get(change)?.length === 0)
  const unsure = updates.filter(
    (change) =>
      seen.get(change)?.length !== 0 &&
      rules.some((rule) => rule.managers.length > 0 && isFor(rule, change.identity)),
  )
  const managers = [...new Set(rules.flatMap((rule) => rule.managers))].sort()
  const effect = facts.sync.includes('RespectIgnoreDifferences=true')
    ? 'a sync leaves those alone'
    : 'that alone starts no automated sync'
  return [
    ...(ignored.length === 0
      ? []
      : [`changes ${names(ignored)} only in fields whose differences it ignores: ${effect}`]),
    ...(unsure.length === 0
      ? []
      : [
          `ignores in ${names(unsure)} whatever ${managers.join(', ')} ${managers.length === 1 ? 'manages' : 'manage'}: which fields those are is known in the cluster only`,
        ]),
  ]
}

/** The differences that are left. */
function visible(
  change: Change,
  rules: readonly IgnoreRule[],
  compared: RenderedPair['compared'],
): readonly Difference[] {
  const own = rules.filter((rule) => isFor(rule, change.identity))
  const both = compared?.get(identityKey(change.identity))
  const found = both === undefined ? change.differences : differences(both.old, both.new)
  return found.filter(
    ({ path }) =>
      !own.some((rule) => rule.pointers.some((pointer) => pointer.every((step, i) => isStep(path[i], step)))),
  )
}

function names(changes: readonly Change[]): string {
  const rest = changes.length > listed ? ` and ${changes.length - listed} more` : ''
  return `${changes
    .slice(0, listed)
    .map(({ identity }) => displayName(identity))
    .join(', ')}${rest}`
}

function isStep(step: FieldStep | undefined, wanted: string): boolean {
  if (step === undefined) return false
  return String(typeof step === 'object' ? step.index : step) === wanted
}
