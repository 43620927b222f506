import type { Report } from '../model/report.ts'
import { plural } from './shorten.ts'
import { wrapText } from './terminal-layout.ts'
import { previewLines } from './terminal-policies.ts'
import { viewOf } from './view.ts'

/** What a policy set changes over a whole repository, line by line, with how much of it was looked at. */
export function renderImpact(report: Report, { width }: { readonly width: number }): string {
  const lines = previewLines(viewOf(report)).map((line) => wrapText(`- ${line}`, Math.max(40, width), '  '))
  const open = report.notChecked.filter(({ targets }) => targets.length > 0).length
  const parts = [
    plural(report.counts.targets, 'application'),
    `${report.counts.rendered} rendered`,
    ...(open === 0 ? [] : [`${plural(open, 'thing')} could not be looked at`]),
  ]
  return `${lines.join('\n')}\n\n${parts.join(', ')}\n`
}
