import type { Change, FieldStep } from '../model/change.ts'
import { displayName } from '../model/object.ts'
import type { DefinitionFacts, IgnoreRule } from '../model/target.ts'

/** Names that a sentence lists before it counts. */
const listed = 3

/**
 * Objects whose changes Argo CD does not see: every difference lies below a JSON pointer of ignoreDifferences. They
 * start no automated sync, and with RespectIgnoreDifferences a sync leaves them alone. jq expressions and managers of
 * fields are not evaluated: what only they ignore is told as an ordinary change.
 */
export function ignoredChanges(changes: readonly Change[], facts: DefinitionFacts): readonly string[] {
  const rules = facts.ignoreRules ?? []
  if (rules.length === 0) return []
  const names = changes
    .filter(
      (change) =>
        change.operation === 'UPDATE' &&
        change.differences.length > 0 &&
        change.differences.every(({ path }) => rules.some((rule) => ignores(rule, change, path))),
    )
    .map(({ identity }) => displayName(identity))
  if (names.length === 0) return []
  const rest = names.length > listed ? ` and ${names.length - listed} more` : ''
  const effect = facts.sync.includes('RespectIgnoreDifferences=true')
    ? 'a sync leaves those alone'
    : 'that alone starts no automated sync'
  return [
    `changes ${names.slice(0, listed).join(', ')}${rest} only in fields whose differences it ignores: ${effect}`,
  ]
}

function ignores(rule: IgnoreRule, { identity }: Change, path: readonly FieldStep[]): boolean {
  return (
    matches(rule.group, identity.group) &&
    matches(rule.kind, identity.kind) &&
    (rule.name === '' || rule.name === identity.name) &&
    (rule.namespace === '' || rule.namespace === identity.namespace) &&
    rule.pointers.some((pointer) => pointer.every((step, i) => isStep(path[i], step)))
  )
}

/** Group and kind may be a star (v1alpha1 ResourceIgnoreDifferences). */
function matches(pattern: string, value: string): boolean {
  return pattern === '*' || pattern === value
}

function isStep(step: FieldStep | undefined, wanted: string): boolean {
  if (step === undefined) return false
  return String(typeof step === 'object' ? step.index : step) === wanted
}
