import type { JsonObject } from '../../model/json.ts'
import { kindAndName, policyKey, type Policy } from '../../model/policy.ts'
import type { Report, ReportPolicy } from '../../model/report.ts'
import { textAt } from '../field-steps.ts'
import { listAt, textsAt } from './gatekeeper/template.ts'
import type { PolicySource } from './source.ts'

/**
 * The policies as they are reported, with the number of objects that each matched.
 * @param everywhere every object of the repository was asked about, so that 0 means nowhere
 */
export function reportPolicies(
  source: PolicySource,
  matched: ReadonlyMap<string, number>,
  everywhere: boolean,
): readonly ReportPolicy[] {
  const unasked = onDeletionsOnly(source)
  return [...source.policies.values()]
    .map((policy): ReportPolicy => ({
      id: policy.id,
      source: policy.source,
      matched: matched.get(policyKey(policy)) ?? 0,
      everywhere: everywhere && !unasked.has(policyKey(policy)),
      title: policy.title ?? null,
      level: policy.level ?? null,
      severity: policy.severity,
      docs: policy.docs ?? null,
      remedy: policy.remedy ?? null,
      owner: policy.owner ?? null,
      deprecatedBy: policy.deprecatedBy ?? null,
    }))
    .sort((a, b) => (a.id < b.id ? -1 : 1))
}

/** Policies about deletions: what stays is never asked about as if it were deleted, so nothing says whom they match. */
function onDeletionsOnly({ load, kyverno, gatekeeper }: PolicySource): ReadonlySet<string> {
  const only = (operations: readonly string[]): boolean =>
    operations.length > 0 && operations.every((one) => one === 'DELETE' || one === 'CONNECT')
  const rules = (object: JsonObject): readonly string[] =>
    listAt(object, 'spec', 'matchConstraints', 'resourceRules').flatMap((rule) => textsAt(rule, 'operations'))
  const templates = new Set(
    gatekeeper.flatMap(({ object }) =>
      listAt(object, 'spec', 'targets').some((target) => only(textsAt(target, 'operations')))
        ? [textAt(object, 'spec', 'crd', 'spec', 'names', 'kind')]
        : [],
    ),
  )
  return new Set([
    ...(load.policies ?? [])
      .filter((object) => only(rules(object)))
      .map((object) => policyKey({ language: 'admission', name: textAt(object, 'metadata', 'name') ?? '' })),
    ...kyverno
      .filter(({ object }) => only(rules(object)))
      .map(({ object }) => policyKey({ language: 'kyverno', name: kindAndName(object) })),
    ...gatekeeper
      .filter(({ object }) => templates.has(textAt(object, 'kind')))
      .map(({ object }) => policyKey({ language: 'gatekeeper', name: kindAndName(object) })),
  ])
}

export function policySources({ sources }: PolicySource): Report['policySources'] {
  return sources
    .map(({ label, set, version, content, digest, central }) => ({
      source: label,
      set: set ?? null,
      version: version ?? null,
      content,
      digest: digest ?? null,
      central,
    }))
    .sort((a, b) => (a.source < b.source ? -1 : 1))
}

/** One line for each: what differs between two sources of policies. */
export function policyMoves(
  before: PolicySource,
  after: PolicySource,
): readonly { readonly id: string; readonly from: string | null; readonly to: string | null }[] {
  const levels = ({ policies }: PolicySource): ReadonlyMap<string, string> =>
    new Map([...policies.values()].map((policy: Policy) => [policy.id, policy.level ?? 'as its file says']))
  const [from, to] = [levels(before), levels(after)]
  return [...new Set([...from.keys(), ...to.keys()])]
    .sort()
    .map((id) => ({ id, from: from.get(id) ?? null, to: to.get(id) ?? null }))
    .filter((move) => move.from !== move.to)
}
