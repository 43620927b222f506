import type { Engines } from '../engine/engines.ts'
import type { Change } from '../model/change.ts'
import type { Configuration } from '../model/configuration.ts'
import type { Finding } from '../model/finding.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { ReportPreview } from '../model/report.ts'
import { vaultOf } from '../compare/secrets.ts'
import { podSecurity } from './admission/pod-security.ts'
import { environmentsOf, targetsById, type TargetOf } from './environments.ts'
import { applyExemptions } from './exemptions/apply.ts'
import type { Exemptions } from './exemptions/read.ts'
import { fingerprintKey } from './fingerprint.ts'
import { joinFindings } from './join.ts'
import { codeOf } from './not-checked.ts'
import { openEvaluators } from './policy/evaluator.ts'
import type { PolicySource } from './policy/source.ts'
import { policyMoves, reportPolicies } from './policy/told.ts'
import type { RepositoryObjects } from './repository-objects.ts'
import type { ShippedDefinition } from './schema/catalogue.ts'
import type { FoundWithStatus } from './status.ts'
import { asApplied, writesAfter } from './writes.ts'

/** Everything that judges besides the API server: of the base, or of the head as it will be after the merge. */
export interface PolicySetup {
  readonly configuration: Configuration
  readonly policies: PolicySource
  readonly exemptions: Exemptions
}

export interface PreviewInput {
  readonly edits: ReportPreview['edits']
  readonly before: PolicySetup
  /** Undefined when the head's configuration cannot be used: `notes` say why. */
  readonly after: PolicySetup | undefined
  readonly notes: readonly string[]
  /** Of every target of the repository, unchanged objects included. */
  readonly changes: readonly Change[]
  readonly pairs: readonly RenderedPair[]
  readonly repository: RepositoryObjects
  /** Definitions of tools, of the kinds of the changes. */
  readonly shipped: readonly ShippedDefinition[]
  readonly engines: Engines
  readonly now: number
}

/** Findings of each list that a report holds; the counts are of all. Ours: more is not read. */
const listed = 300

/**
 * What the edited policies, exemptions and configuration would say of every object of the head, against what those of
 * the base say. It is shown and decides nothing (threats.md, T01, T81).
 */
export async function preview(input: PreviewInput): Promise<{
  readonly preview: ReportPreview
  /** Objects of the whole head that each policy of the base matches; absent when that was not asked. */
  readonly matched?: ReadonlyMap<string, number>
}> {
  const { edits, before, after, pairs } = input
  if (after === undefined)
    return {
      preview: { edits, impact: [], appears: [], disappears: [], policies: [], notes: input.notes },
    }
  const vault = vaultOf(pairs)
  const targetOf = targetsById(pairs)
  const [old, next] = [await evaluateAll(before, input, targetOf), await evaluateAll(after, input, targetOf)]
  const problems = [
    ...after.policies.failed.map(({ what, reason }) => `${what}: ${reason}`),
    ...[...after.policies.refused, ...after.policies.problems, ...after.exemptions.problems].map(
      ({ message }) => message,
    ),
  ]
  const known = new Set(
    [...before.policies.failed, ...before.policies.problems, ...before.exemptions.problems].map((one) =>
      'message' in one ? one.message : `${one.what}: ${one.reason}`,
    ),
  )
  const appears = [...next.found].filter(([key]) => !old.found.has(key)).map(([, one]) => one)
  const disappears = [...old.found].filter(([key]) => !next.found.has(key)).map(([, one]) => one)
  const changed = [...next.found].flatMap(([key, one]) => {
    const was = old.found.get(key)
    return was !== undefined && was.finding.message !== one.finding.message ? [one] : []
  })
  const told = (found: readonly FoundWithStatus[], status: Finding['status']): readonly Finding[] =>
    joinFindings(
      found.map(({ finding }) => ({
        status,
        finding: { ...finding, message: vault.maskText(finding.message), path: vault.maskPath(finding.path) },
      })),
    ).slice(0, listed)
  const shown: ReportPreview = {
    edits,
    impact: impactOf({ appears, disappears, changed }, targetOf),
    appears: told(appears, 'new'),
    disappears: told(disappears, 'fixed'),
    policies: policyMoves(before.policies, after.policies),
    notes: [
      ...new Set([
        ...input.notes,
        ...problems.filter((problem) => !known.has(problem)),
        ...idlePolicies(before.policies, after.policies, next.matched),
        ...[...old.open, ...next.open].map((sentence) => vault.maskText(sentence)),
      ]),
    ].sort(),
  }
  return { preview: shown, matched: old.matched }
}

/** How the note about policies that match nothing ends; it is no sign that something could not be previewed. */
export const matchesNothing = 'no object of this repository'

/** Policies that come with the change and have nothing to judge here: a wrong kind or selector looks like that. */
function idlePolicies(
  before: PolicySource,
  after: PolicySource,
  matched: ReadonlyMap<string, number>,
): readonly string[] {
  const known = new Set([...before.policies.values()].map(({ id }) => id))
  const ids = reportPolicies(after, matched, true)
    .filter((one) => one.everywhere && one.matched === 0 && !known.has(one.id))
    .map(({ id }) => id)
  if (ids.length === 0) return []
  const more = ids.length > 6 ? ` and ${ids.length - 6} more` : ''
  const verb = ids.length === 1 ? 'matches' : 'match'
  return [`${ids.slice(0, 6).join(', ')}${more} ${verb} ${matchesNothing}`]
}

interface Evaluation {
  /** By fingerprint; exempt violations are not among them. */
  readonly found: ReadonlyMap<string, FoundWithStatus>
  readonly open: readonly string[]
  readonly matched: ReadonlyMap<string, number>
}

async function evaluateAll(
  { configuration, policies, exemptions }: PolicySetup,
  { changes: all, pairs, repository, shipped, engines, now }: PreviewInput,
  targetOf: TargetOf,
): Promise<Evaluation> {
  const changes = all.filter((change) => change.new !== undefined)
  const environments = environmentsOf({ changes, pairs, policies, configuration, repository, shipped })
  const found: FoundWithStatus[] = []
  const open: string[] = []
  const matched = new Map<string, number>()
  for (const environment of environments) {
    const session = await engines.admission.open(environment.load)
    if ('error' in session) {
      open.push(`could not be previewed (${codeOf(session.error)}): ${session.error.message}`)
      continue
    }
    const evaluator = await openEvaluators({
      engines,
      configuration,
      policies,
      environment,
      session,
      targetOf,
      pairs,
    })
    const namespaceOf = (change: Change): string =>
      change.new?.identity.namespace || targetOf(change.target)?.namespace || 'default'
    const writes = asApplied(writesAfter(environment.changes, namespaceOf), targetOf)
    const evaluated = await evaluator.evaluate(writes)
    for (const [key, count] of Object.entries(evaluated.matched))
      matched.set(key, (matched.get(key) ?? 0) + count)
    const answers = [
      evaluated,
      await podSecurity(session, writes, configuration, environment.load.namespaces),
    ]
    for (const answer of answers) {
      found.push(...answer.found.map((one) => ({ ...one, status: 'new' as const, side: 'head' as const })))
      open.push(
        ...answer.notChecked
          .filter(({ targets }) => targets.length > 0)
          .map(({ what, reason }) => `${what}: ${reason}`),
      )
    }
  }
  const context = { ...exemptions, configuration, policies: policies.policies.values() }
  const exempted = applyExemptions(found, { ...context, changes, targetOf, everything: true, now })
  const counting = exempted.found.filter(
    ({ finding }) => finding.exemption === undefined || finding.level === 'mandatory',
  )
  return {
    // Another level is another finding to whoever merges.
    found: new Map(counting.map((one) => [`${fingerprintKey(one.finding)} ${one.finding.level}`, one])),
    open,
    matched,
  }
}

/** Rows of applications and owners; advisory findings are in the lists only. */
function impactOf(
  lists: Readonly<Record<'appears' | 'disappears' | 'changed', readonly FoundWithStatus[]>>,
  targetOf: TargetOf,
): ReportPreview['impact'] {
  const rows = new Map<
    string,
    { application: string; owner: string | null; fails: number; fixed: number; changed: number }
  >()
  const count = (found: readonly FoundWithStatus[], column: 'fails' | 'fixed' | 'changed'): void => {
    for (const { finding } of found) {
      if (finding.level === 'advisory') continue
      const application = targetOf(finding.target)?.name ?? finding.target
      const owner = finding.owner ?? null
      const key = JSON.stringify([application, owner])
      const row = rows.get(key) ?? { application, owner, fails: 0, fixed: 0, changed: 0 }
      row[column] += 1
      rows.set(key, row)
    }
  }
  count(lists.appears, 'fails')
  count(lists.disappears, 'fixed')
  count(lists.changed, 'changed')
  return [...rows].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, row]) => row)
}
