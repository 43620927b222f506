import type { Finding } from '../model/finding.ts'
import type { Report } from '../model/report.ts'
import { visible } from './escape.ts'
import { findingTitle } from './finding-text.ts'
import { messageUnits } from './limits.ts'
import { describeApplications } from './places.ts'
import { plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

/** What edits of policies, exemptions or configuration change once they are merged, line by line. */
export function previewLines(view: View): readonly string[] {
  const { preview } = view.report
  if (preview === null) return []
  const told = (found: readonly Finding[], mark: string): readonly string[] =>
    found.map((finding) => {
      // The title of a fixed finding is its rule only; here the sentence is wanted.
      const places = describeApplications(view, finding.targets, visible)
      const title = findingTitle({ ...finding, status: 'new' }, places, visible)
      const level = finding.level === 'required' ? '' : ` (${finding.level})`
      return `${mark} ${title}${level}: ${visible(shorten(finding.message, messageUnits))}`
    })
  const rows = preview.impact.map(
    ({ application, owner, fails, fixed, changed }) =>
      `${visible(application)}${owner === null ? '' : ` (${visible(owner)})`}: ${plural(fails, 'new fail')}, ${fixed} fixed, ${plural(changed, 'changed message')}`,
  )
  return [
    ...preview.notes.map((note) => visible(shorten(note, messageUnits))),
    ...preview.policies.map(
      ({ id, from, to }) =>
        `policy ${visible(id)}: ${visible(from ?? 'not there')} → ${visible(to ?? 'gone')}`,
    ),
    ...(rows.length === 0 ? ['no violation more or less'] : rows),
    ...told(preview.appears, 'more:'),
    ...told(preview.disappears, 'less:'),
  ]
}

/** Exemptions that are used, end soon, have ended, or are of no use. */
export function exemptionLines({ exemptions }: Report): readonly string[] {
  return exemptions
    .filter(({ state, used, notes }) => state !== 'active' || used > 0 || notes.length > 0)
    .map(({ id, state, expires, used, requestedBy, reason, notes }) => {
      const parts = [
        `${visible(id)} (${state}, until ${visible(expires)}): ${plural(used, 'object')}`,
        `${visible(requestedBy)}: ${visible(shorten(reason, 200))}`,
        ...notes.map((note) => visible(shorten(note, 300))),
      ]
      return parts.join('; ')
    })
}
