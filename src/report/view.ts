import { placeLabels } from './place-labels.ts'
import { isBlocking } from '../judge/verdict.ts'
import type { Finding } from '../model/finding.ts'
import { identityKey, type ObjectIdentity } from '../model/object.ts'
import type { Report, ReportTarget } from '../model/report.ts'
import type { LinkContext, Side } from './links.ts'
import { targetNames, type TargetName } from './target-names.ts'

/** A report with what every part of a rendering looks up in it. */
export interface View {
  readonly report: Report
  readonly links: LinkContext | undefined
  readonly target: (id: string) => ReportTarget | undefined
  /** Name of the environment or cluster in which a target stands. */
  readonly place: (target: ReportTarget) => string | null
  /** How a target is told from the others that the change touches. */
  readonly nameOf: (target: ReportTarget) => TargetName
  /** Environments (or clusters) in which a target of production stands. */
  readonly production: ReadonlySet<string>
  /** The tree in which an object's file is to be looked up: base when the change deletes it. */
  readonly side: (object: ObjectIdentity | undefined) => Side
  /** Findings that fail the check, most important first. */
  readonly blocking: readonly Finding[]
  /** All others, most important first. */
  readonly others: readonly Finding[]
}

export function viewOf(report: Report, links?: LinkContext): View {
  const targets = new Map(report.targets.map((target) => [target.id, target]))
  const place = placeLabels(report.targets)
  const names = targetNames(report.targets.filter(isTouched), (target) => place(target) ?? '')
  const deleted = new Set<string>()
  const present = new Set<string>()
  for (const change of report.changes)
    (change.operation === 'DELETE' ? deleted : present).add(identityKey(change.object))
  const findings = sortFindings(report.findings, targets)
  const blocks = (finding: Finding): boolean => isBlocking(finding, report.gate)
  return {
    report,
    links,
    target: (id) => targets.get(id),
    place,
    nameOf: (target) => names.get(target.id) ?? { name: target.name, kind: null },
    production: new Set(
      report.targets.flatMap((target) => {
        const label = place(target)
        return target.production && label !== null ? [label] : []
      }),
    ),
    side: (object) => {
      if (object === undefined) return 'head'
      const key = identityKey(object)
      return deleted.has(key) && !present.has(key) ? 'base' : 'head'
    },
    blocking: findings.filter(blocks),
    others: findings.filter((finding) => !blocks(finding)),
  }
}

/** True when the change does something to the target, or left it broken. */
export function isTouched({ status, brokenAfter }: ReportTarget): boolean {
  return status !== 'unchanged' || brokenAfter
}

const severities = { critical: 0, high: 1, medium: 2, low: 3, info: 4 } as const
const statuses = { new: 0, existing: 1, fixed: 2 } as const

/** Most important first: new before existing, production before others, severity, then names, so that order is total. */
function sortFindings(
  findings: readonly Finding[],
  targets: ReadonlyMap<string, ReportTarget>,
): readonly Finding[] {
  const rank = (finding: Finding): readonly (number | string)[] => [
    statuses[finding.status],
    finding.level === 'advisory' ? 1 : 0,
    finding.targets.some((id) => targets.get(id)?.production === true) ? 0 : 1,
    severities[finding.severity],
    finding.source === 'render' ? 0 : 1,
    finding.object === undefined ? '' : identityKey(finding.object),
    finding.rule,
    finding.path,
    finding.fingerprint,
    finding.targets.join('\n'),
  ]
  return findings
    .map((finding) => ({ finding, rank: rank(finding) }))
    .sort((a, b) => compareRanks(a.rank, b.rank))
    .map(({ finding }) => finding)
}

/** Order of two equally long lists of numbers and strings; strings by UTF-16 units, whatever the locale. */
export function compareRanks(a: readonly (number | string)[], b: readonly (number | string)[]): number {
  for (const [i, left] of a.entries()) {
    const right = b[i]
    if (right === undefined || left === right) continue
    return left < right ? -1 : 1
  }
  return 0
}
