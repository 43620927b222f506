import type { Report } from '../model/report.ts'
import { number, plural } from './shorten.ts'
import type { View } from './view.ts'

/** What a reviewer reads first: the verdict with its counts. Holds no text of the repository. */
export interface Headline {
  readonly mark: '✅' | '❌' | '⚠️'
  /** Plain text: `2 violations introduced`, `1 fixed`, `3 of 9 applications change: +1 ~6 −0`, `production included`. */
  readonly parts: readonly string[]
}

const marks = { pass: '✅', fail: '❌', incomplete: '⚠️' } as const

export function headlineOf(view: View): Headline {
  const { report } = view
  return {
    mark: marks[report.verdict],
    parts: [...verdictParts(view), ...changeParts(report)],
  }
}

function verdictParts(view: View): readonly string[] {
  const { report } = view
  const { counts } = report
  const existing = view.blocking.filter((finding) => finding.status === 'existing').length
  const parts: string[] = []
  if (counts.newViolations > 0) parts.push(`${plural(counts.newViolations, 'violation')} introduced`)
  if (existing > 0) parts.push(`${plural(existing, 'violation')} already there`)
  if (report.verdict === 'fail' && parts.length === 0) parts.push('The check fails')
  if (report.verdict === 'incomplete') parts.push('Could not check everything')
  if (report.verdict === 'pass') parts.push('Nothing violated')
  if (counts.notChecked > 0) parts.push(`${number(counts.notChecked)} not looked at`)
  if (counts.exempt > 0) parts.push(`${number(counts.exempt)} exempt`)
  if (counts.fixed > 0) parts.push(`${number(counts.fixed)} fixed`)
  return parts
}

/** Tells "nothing deploys", "nothing touched", "no rendered change" and "could not render" apart. */
function changeParts(report: Report): readonly string[] {
  const { counts } = report
  if (counts.targets === 0) return ['nothing that deploys was found']
  if (counts.affected === 0) return [`none of ${plural(counts.targets, 'application')} is touched`]
  if (counts.changedTargets === 0)
    return counts.rendered === 0
      ? [`${plural(counts.affected, 'application')} touched, none could be rendered`]
      : [
          `no rendered change: ${number(counts.rendered)} of ${plural(counts.affected, 'touched application')} rendered`,
        ]
  const production = report.targets.some((target) => target.production && isTouched(target.status))
  return [
    `${number(counts.changedTargets)} of ${plural(counts.targets, 'application')} ` +
      `${counts.changedTargets === 1 ? 'changes' : 'change'}: ${operationCounts(counts)}`,
    ...(production ? ['production included'] : []),
    ...(report.routine ? ['routine: only versions moved'] : []),
  ]
}

function isTouched(status: Report['targets'][number]['status']): boolean {
  return status === 'changed' || status === 'created' || status === 'deleted'
}

/** `+1 ~6 −0` objects. */
export function operationCounts(counts: {
  readonly created: number
  readonly updated: number
  readonly deleted: number
}): string {
  return `+${number(counts.created)} ~${number(counts.updated)} −${number(counts.deleted)}`
}
