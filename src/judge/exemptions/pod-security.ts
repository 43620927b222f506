import { compileNameGlob } from '../../config/glob.ts'
import type { Configuration } from '../../model/configuration.ts'
import type { Level, RawFinding } from '../../model/finding.ts'
import { identityKey } from '../../model/object.ts'
import type { Policy } from '../../model/policy.ts'
import type { TargetOf } from '../environments.ts'
import type { FoundWithStatus } from '../status.ts'

type Policies = ReadonlyMap<string, Policy>

/**
 * Exempts findings in namespaces that the API server's own configuration exempts from Pod Security. For policies of a
 * set it is an exemption without an end, so it needs a policy that lets any exemption apply, and one that the repository
 * may weaken: its configuration names the namespaces.
 */
export function exemptNamespace(
  one: FoundWithStatus,
  {
    configuration,
    policies,
    targetOf,
  }: {
    readonly configuration: Pick<Configuration, 'exemptions'>
    /** By id. */
    readonly policies: Policies
    readonly targetOf: TargetOf
  },
): FoundWithStatus {
  const { finding } = one
  const patterns = configuration.exemptions.podSecurityNamespaces
  if (patterns.length === 0 || finding.exemption !== undefined || !isExemptable(finding, policies)) return one
  const namespace = finding.object?.namespace || targetOf(finding.target)?.namespace
  if (namespace === undefined || !patterns.some((pattern) => compileNameGlob(pattern).matches(namespace)))
    return one
  const reason = `the cluster's Pod Security configuration exempts the namespace ${namespace}`
  return {
    ...one,
    finding: { ...finding, exemption: { id: `namespace ${namespace}`, reason, native: 'exempt namespace' } },
  }
}

function isExemptable(finding: RawFinding, policies: Policies): boolean {
  if (isOfLabels(finding)) return true
  const policy = policies.get(finding.rule)
  if (policy?.language !== 'pod-security' || finding.level === 'mandatory') return false
  return policy.exemptable && policy.maxExemptionDays === undefined && !policy.central
}

/** Of what the namespace's labels ask for, or the configuration where they say nothing. */
function isOfLabels({ rule }: Pick<RawFinding, 'rule'>): boolean {
  return rule.startsWith('pod-security/')
}

/**
 * A failed check of one object is told once when the namespace's labels and a policy of a set ask for it: by the policy,
 * which has an owner and a remedy, unless the labels are stricter or nothing exempts from them. Policies are never left
 * out for one another: each is exempted by itself.
 */
export function withoutRepeatedStandards(
  found: readonly FoundWithStatus[],
  policies: Policies,
): readonly FoundWithStatus[] {
  const checkOf = ({ finding: { target, object, validation }, side }: FoundWithStatus): string =>
    JSON.stringify([side, target, object === undefined ? '' : identityKey(object), validation])
  const isOfPolicy = ({ finding }: FoundWithStatus): boolean =>
    policies.get(finding.rule)?.language === 'pod-security'
  const byPolicies = new Map<string, number>()
  for (const one of found.filter(isOfPolicy)) {
    const key = checkOf(one)
    byPolicies.set(key, Math.max(byPolicies.get(key) ?? -1, weightOf(one)))
  }
  if (byPolicies.size === 0) return found
  const kept = found.filter(
    (one) => !isOfLabels(one.finding) || weightOf(one) > (byPolicies.get(checkOf(one)) ?? -1),
  )
  const byLabels = new Set(kept.filter(({ finding }) => isOfLabels(finding)).map(checkOf))
  return kept.filter(
    (one) => !isOfPolicy(one) || one.finding.exemption !== undefined || !byLabels.has(checkOf(one)),
  )
}

/** How much a finding decides: what is exempt decides nothing. */
function weightOf({ finding: { level, exemption } }: FoundWithStatus): number {
  const levels: readonly Level[] = ['advisory', 'required', 'mandatory']
  return exemption === undefined || level === 'mandatory' ? levels.indexOf(level) + 1 : 0
}
