import type { Report } from '../model/report.ts'
import { visible } from './escape.ts'
import { messageUnits } from './limits.ts'
import { plural, shorten } from './shorten.ts'

/** What edits of policies, exemptions or configuration change once they are merged, line by line. */
export function previewLines({ preview }: Report): readonly string[] {
  if (preview === null) return []
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
