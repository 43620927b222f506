import type { ReportExemption } from '../model/report.ts'
import { code, text, textInCell } from './escape.ts'
import { findingTitle } from './finding-text.ts'
import { messageUnits } from './limits.ts'
import { fileLink } from './links.ts'
import { describeApplications } from './places.ts'
import type { Section } from './section.ts'
import { number, plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

const nothing: Section = { share: 0, sizes: [() => ''] }

/** What edits of policies, exemptions or configuration change once they are merged; never what judged. */
export function previewSection(view: View): Section {
  const { preview } = view.report
  if (preview === null) return nothing
  const counts = {
    fails: preview.impact.reduce((sum, row) => sum + row.fails, 0),
    fixed: preview.impact.reduce((sum, row) => sum + row.fixed, 0),
    changed: preview.impact.reduce((sum, row) => sum + row.changed, 0),
  }
  const parts = [
    ...(counts.fails > 0 ? [`${plural(counts.fails, 'violation')} more`] : []),
    ...(counts.fixed > 0 ? [`${plural(counts.fixed, 'violation')} less`] : []),
    ...(counts.changed > 0 ? [`${plural(counts.changed, 'message')} changed`] : []),
  ]
  const summary = parts.length === 0 ? 'no violation more or less' : parts.join(', ')
  const fold = (rows: number, listed: number): string =>
    [
      counts.fails > 0 || preview.notes.length > 0 ? '<details open>' : '<details>',
      `<summary><b>Takes effect after the merge</b> · ${preview.edits.join(', ')} · ${summary}</summary>`,
      '',
      'The base judged this change. Over the whole repository its edits would change:',
      '',
      ...table(preview.impact, rows),
      ...lines(view, listed),
      '',
      '</details>',
    ].join('\n')
  return {
    share: 0.06,
    sizes: [() => fold(Infinity, 40), () => fold(20, 10), () => fold(5, 0)],
  }
}

function table(impact: NonNullable<View['report']['preview']>['impact'], rows: number): readonly string[] {
  if (impact.length === 0) return []
  const shown = impact.slice(0, rows)
  return [
    '| application | owner | new fails | fixed | messages |',
    '|:--|:--|--:|--:|--:|',
    ...shown.map(
      ({ application, owner, fails, fixed, changed }) =>
        `| ${textInCell(shorten(application, 120))} | ${owner === null ? '' : textInCell(shorten(owner, 120))} | ${number(fails)} | ${number(fixed)} | ${number(changed)} |`,
    ),
    ...(impact.length > shown.length ? [`| and ${number(impact.length - shown.length)} more | | | | |`] : []),
    '',
  ]
}

function lines(view: View, listed: number): readonly string[] {
  const { preview } = view.report
  if (preview === null) return []
  const moves = preview.policies.map(({ id, from, to }) =>
    from === null
      ? `policy ${code(shorten(id, 120))} comes (${text(to ?? '')})`
      : to === null
        ? `policy ${code(shorten(id, 120))} goes`
        : `policy ${code(shorten(id, 120))}: ${text(from)} → ${text(to)}`,
  )
  const told = (found: typeof preview.appears, mark: string): readonly string[] =>
    found.slice(0, listed).map((finding) => {
      // The title of a fixed finding is its rule only; here the sentence is wanted.
      const title = findingTitle(
        { ...finding, status: 'new' },
        describeApplications(view, finding.targets, text),
        code,
      )
      const level = finding.level === 'required' ? '' : ` (${finding.level})`
      return `${mark} ${title}${level} — ${text(shorten(finding.message, 160))}`
    })
  const rest = Math.max(0, preview.appears.length + preview.disappears.length - 2 * listed)
  return [
    ...preview.notes.slice(0, Math.max(5, listed)).map((note) => `⚠️ ${text(shorten(note, messageUnits))}`),
    ...moves.slice(0, Math.max(5, listed)),
    ...told(preview.appears, '➕'),
    ...told(preview.disappears, '➖'),
    ...(rest > 0 && listed > 0 ? [`and more: the JSON report has them`] : []),
  ].map((line) => `- ${line}`)
}

const order = { expired: 0, unused: 1, expiring: 2, active: 3 } as const

/** Exemptions in use, soon ending, expired, and of no use. Folded; what needs a hand first. */
export function exemptionsSection(view: View): Section {
  const { exemptions } = view.report
  if (exemptions.length === 0) return nothing
  const of = (state: ReportExemption['state']): number =>
    exemptions.filter((exemption) => exemption.state === state).length
  const used = exemptions.filter((one) => one.used > 0 && one.daysLeft > 0).length
  const summary = [
    `${number(used)} used`,
    ...(of('expiring') > 0 ? [`${number(of('expiring'))} expiring soon`] : []),
    ...(of('expired') > 0 ? [`${number(of('expired'))} expired`] : []),
    ...(of('unused') > 0 ? [`${number(of('unused'))} of no use any more`] : []),
  ].join(', ')
  const sorted = [...exemptions].sort((a, b) => order[a.state] - order[b.state] || (a.id < b.id ? -1 : 1))
  // One that is not used here and well is no news.
  const news = sorted.filter(
    ({ state, used: uses, notes }) => state !== 'active' || uses > 0 || notes.length > 0,
  )
  const fold = (listed: number): string =>
    [
      '<details>',
      `<summary><b>${plural(exemptions.length, 'exemption')}</b> · ${summary}</summary>`,
      '',
      ...news.slice(0, listed).map((exemption) => `- ${line(view, exemption)}`),
      ...(news.length > listed ? [`- and ${number(news.length - listed)} more`] : []),
      '',
      '</details>',
    ].join('\n')
  return { share: 0.04, sizes: [() => fold(Infinity), () => fold(15), () => fold(3)] }
}

function line(view: View, exemption: ReportExemption): string {
  const { id, daysLeft, expires, ageDays, used, reason, ticket, requestedBy, notes, location } = exemption
  const end = {
    expired: `⚠️ expired on ${text(expires)}`,
    unused: `⚠️ of no use any more, until ${text(expires)}`,
    expiring: `⏳ ${daysLeft === 1 ? 'one day' : `${number(Math.max(0, daysLeft))} days`} left, until ${text(expires)}`,
    active: `until ${text(expires)}`,
  }[exemption.state]
  const parts = [
    `${code(shorten(id, 120))} ${end}`,
    plural(used, 'object'),
    `${number(ageDays)} days old`,
    `${text(shorten(requestedBy, 120))}${ticket === null ? '' : `, ${text(shorten(ticket, 120))}`}: ${text(shorten(reason, 200))}`,
    fileLink(location, view.links, 'base'),
  ]
  return `${parts.join(' · ')}${notes.map((note) => ` · ⚠️ ${text(shorten(note, 300))}`).join('')}`
}
