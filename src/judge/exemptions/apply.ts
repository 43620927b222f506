import type { Change } from '../../model/change.ts'
import type { Configuration } from '../../model/configuration.ts'
import type { Policy } from '../../model/policy.ts'
import type { ReportExemption } from '../../model/report.ts'
import { compileNameGlob } from '../../config/glob.ts'
import type { TargetOf } from '../environments.ts'
import type { FoundWithStatus } from '../status.ts'
import { daysBetween, daysSince, daysUntil, type Exemption } from './exemption.ts'
import { exemptNamespace, withoutRepeatedStandards } from './pod-security.ts'
import { nearestName } from '../schema/messages.ts'
import { createSelector, type Selector } from './select.ts'
import { placedKey } from '../placed-key.ts'

export interface ExemptionContext {
  readonly exemptions: readonly Exemption[]
  readonly configuration: Pick<Configuration, 'exemptions'>
  readonly policies: Iterable<Policy>
  /** The changes that were judged. */
  readonly changes: readonly Change[]
  readonly targetOf: TargetOf
  /** Everything of the repository was judged, so that what is not used is of no use. */
  readonly everything: boolean
  /** Seconds since the epoch. */
  readonly now: number
}

export interface Exempted {
  readonly found: readonly FoundWithStatus[]
  readonly exemptions: readonly ReportExemption[]
}

/** Objects above which an exemption counts as broad. Ours: nobody reviews more than a page. */
const broadObjects = 20

/**
 * Marks the violations that an exemption lets pass. None applies when it has expired, when the policy is mandatory or
 * says that nothing exempts from it, when it holds longer than the policy allows, and when two of them match the same
 * violation: which of them was meant nobody can tell (threats.md, T04).
 */
export function applyExemptions(found: readonly FoundWithStatus[], context: ExemptionContext): Exempted {
  const policies = new Map([...context.policies].map((policy) => [policy.id, policy]))
  const before = new Map(
    context.changes.map((change) => [placedKey(change.target, change.identity), change.old]),
  )
  const selectors = context.exemptions.map(createSelector)
  const notes = new Map<string, Set<string>>()
  const used = new Map<string, Set<string>>()
  const note = (id: string, sentence: string): void => {
    notes.set(id, (notes.get(id) ?? new Set()).add(sentence))
  }
  const marked = found.map((one) => {
    const { finding, status } = one
    if (finding.source !== 'policy' || status === 'fixed' || finding.object === undefined) return one
    const place = placedKey(finding.target, finding.object)
    const candidate = {
      finding,
      object: one.object,
      before: before.get(place),
      target: context.targetOf(finding.target),
    }
    const matching = selectors.filter((selector) => selector.matches(candidate))
    const live = matching.filter(({ exemption }) => daysUntil(exemption.expires, context.now) > 0)
    for (const { exemption } of matching)
      used.set(exemption.id, (used.get(exemption.id) ?? new Set()).add(place))
    if (live.length === 0) return one
    const ids = live.map(({ exemption }) => exemption.id).sort()
    const refusal = refusalOf(finding, live[0]?.exemption, policies.get(finding.rule))
    if (finding.exemption !== undefined) {
      for (const id of ids)
        note(id, `${finding.exemption.native ?? finding.exemption.id} exempts from ${finding.rule} already`)
      return one
    }
    if (refusal !== undefined) {
      for (const id of ids) note(id, refusal)
      return one
    }
    if (live.length > 1) {
      for (const id of ids)
        note(
          id,
          `does not apply to ${finding.rule}, since ${ids.filter((other) => other !== id).join(', ')} exempts from the same violation: keep one`,
        )
      return one
    }
    const [only] = live
    if (only === undefined) return one
    const { id, reason, expires } = only.exemption
    return { ...one, finding: { ...finding, exemption: { id, reason, expires } } }
  })
  return {
    found: withoutRepeatedStandards(
      marked.map((one) => exemptNamespace(one, { ...context, policies })),
      policies,
    ),
    exemptions: selectors
      .map((selector) => stateOf(selector, { ...context, policies, notes, used }))
      .sort((a, b) => (a.id < b.id ? -1 : 1)),
  }
}

/** Why a policy lets no exemption apply, as a clause after its id. */
function refusalOf(
  { rule, level }: FoundWithStatus['finding'],
  exemption: Exemption | undefined,
  policy: Policy | undefined,
): string | undefined {
  if (level === 'mandatory') return `does not apply to ${rule}, which is mandatory`
  if (policy?.exemptable === false) return `does not apply to ${rule}, from which nothing exempts`
  const most = policy?.maxExemptionDays
  if (exemption === undefined || most === undefined) return undefined
  const days = daysBetween(exemption.created, exemption.expires)
  return days > most
    ? `does not apply to ${rule}: it holds for ${days} days, at most ${most} are allowed`
    : undefined
}

interface StateContext extends Omit<ExemptionContext, 'policies'> {
  readonly policies: ReadonlyMap<string, Policy>
  readonly notes: ReadonlyMap<string, ReadonlySet<string>>
  readonly used: ReadonlyMap<string, ReadonlySet<string>>
}

function stateOf(selector: Selector, context: StateContext): ReportExemption {
  const { exemption } = selector
  const { id, policies, match, reason, ticket, requestedBy, approvedBy, created, expires, location } =
    exemption
  const daysLeft = daysUntil(expires, context.now)
  const used = context.used.get(id)?.size ?? 0
  const notes = [...(context.notes.get(id) ?? [])]
  const unknown = policies.filter(
    ({ id: pattern }) =>
      ![...context.policies.keys()].some((rule) => compileNameGlob(pattern).matches(rule)) &&
      !pattern.startsWith('pod-security/'),
  )
  for (const { id: pattern } of unknown) {
    const nearest = nearestName(pattern, [...context.policies.keys()].sort())
    notes.push(`no policy is named ${pattern}${nearest === undefined ? '' : `, did you mean ${nearest}?`}`)
  }
  const globs = policies.filter(({ id: pattern }) => /[*?{]/.test(pattern)).map(({ id: pattern }) => pattern)
  if (globs.length > 0) notes.push(`is broad: it names policies by ${globs.join(', ')}`)
  if (match.names === undefined && match.labels === undefined && exemption.element === undefined)
    notes.push('is broad: it names no object')
  if (used > broadObjects) notes.push(`is broad: ${used} objects use it`)
  return {
    id,
    state:
      daysLeft <= 0
        ? 'expired'
        : used === 0 && isUnused(selector, context)
          ? 'unused'
          : daysLeft <= context.configuration.exemptions.warnDays
            ? 'expiring'
            : 'active',
    policies: policies.map(({ id: pattern }) => pattern),
    reason,
    ticket: ticket ?? null,
    requestedBy,
    approvedBy,
    created,
    expires,
    ageDays: daysSince(created, context.now),
    daysLeft,
    used,
    notes: notes.sort(),
    location,
  }
}

/** True when nothing that it could match is left unjudged: everything was judged, or the one object that it names. */
function isUnused(selector: Selector, { everything, changes, targetOf }: StateContext): boolean {
  if (everything) return true
  const { match } = selector.exemption
  const one = [match.kinds, match.namespaces, match.names].every(
    (list) => list?.length === 1 && !/[*?{\\]/.test(list[0] ?? ''),
  )
  return (
    one &&
    changes.some(
      (change) =>
        change.new !== undefined &&
        selector.matchesObject({
          identity: change.identity,
          object: change.new,
          before: change.old,
          target: targetOf(change.target),
        }),
    )
  )
}
