import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import { splitApiVersion } from '../../../model/object.ts'
import type { NotChecked } from '../../../model/outcome.ts'
import { kindAndName, type PolicyDocument } from '../../../model/policy.ts'
import { textAt } from '../../field-steps.ts'
import { targetsOf } from '../../not-checked.ts'
import type { ChangeWrite } from '../../writes.ts'
import { constraintGroup } from './definition.ts'
import { expansionProblem, isExpansion, type Expansion } from './expansion.ts'
import { globMatches } from './match.ts'
import { group, isTemplate, listAt, textsAt } from './template.ts'

/** Whether Gatekeeper's Config keeps the webhook from an object. */
export type Exclusions = (subject: {
  readonly object: JsonObject
  readonly namespace: string
  readonly groupKind: string
}) => boolean

/** `spec.match` of the Config: namespaces that all processes, or the webhook, leave alone. A Namespace is in itself. */
export function exclusions(documents: readonly PolicyDocument[]): Exclusions {
  const patterns = documents
    .filter(({ object }) => isConfig(object))
    .flatMap(({ object }) => listAt(object, 'spec', 'match'))
    .filter((entry) => textsAt(entry, 'processes').some((one) => one === '*' || one === 'webhook'))
    .flatMap((entry) => textsAt(entry, 'excludedNamespaces'))
  return ({ object, namespace, groupKind }) => {
    const name = groupKind === 'Namespace' ? (textAt(object, 'metadata', 'name') ?? '') : namespace
    return name !== '' && patterns.some((pattern) => globMatches(pattern, name))
  }
}

/** Gatekeeper's kinds that nothing here acts on, with the writes whose answer depends on them. */
export function notEvaluated(
  documents: readonly PolicyDocument[],
  writes: readonly ChangeWrite[],
  expansions: readonly Expansion[] = [],
): readonly NotChecked[] {
  return documents.flatMap(({ object, location }): NotChecked[] => {
    const kind = textAt(object, 'kind') ?? ''
    if (isTemplate(object) || isConfig(object) || group(object) === constraintGroup) return []
    const broken = isExpansion(object) ? expansionProblem(object) : undefined
    if (isExpansion(object) && broken === undefined) return []
    const concerned = concernedBy(object, writes, expansions)
    return [
      {
        what: kindAndName(object),
        code: broken === undefined ? 'not-evaluable' : 'policy-error',
        reason: broken ?? reasons[kind] ?? `nothing here acts on ${kind}`,
        targets: targetsOf(concerned),
        location,
        count: Math.max(1, concerned.length),
      },
    ]
  })
}

const reasons: Readonly<Record<string, string>> = {
  SyncSet: 'data.inventory holds what the repository renders, whatever is synced in the cluster',
  Provider: 'external data is not asked for',
}

/** Mutation changes what constraints see of the kinds in `applyTo`; the rest changes no answer by itself. */
function concernedBy(
  object: JsonObject,
  writes: readonly ChangeWrite[],
  expansions: readonly Expansion[],
): readonly ChangeWrite[] {
  const applyTo = listAt(object, 'spec', 'applyTo').filter(isJsonObject)
  const takes = (apiVersion: string, kind: string, seen: readonly Expansion[] = []): boolean => {
    const { group: own, version } = splitApiVersion(apiVersion)
    const mutated = applyTo.some(
      (one) =>
        textsAt(one, 'groups').includes(own) &&
        textsAt(one, 'versions').includes(version) &&
        textsAt(one, 'kinds').includes(kind),
    )
    // What an object implies would be mutated too.
    return (
      mutated ||
      expansions.some(
        (one) =>
          !seen.includes(one) &&
          one.appliesTo({ group: own, version, kind }) &&
          takes(one.apiVersion, one.kind, [...seen, one]),
      )
    )
  }
  return writes.filter(({ object: { apiVersion }, change: { identity } }) => takes(apiVersion, identity.kind))
}

function isConfig(object: JsonObject): boolean {
  return object['kind'] === 'Config' && group(object) === 'config.gatekeeper.sh'
}
