import type { NotChecked } from '../model/outcome.ts'
import { code, text } from './escape.ts'
import { messageUnits } from './limits.ts'
import { fileLink } from './links.ts'
import { groupNotChecked, hostsToAllow, namesItself, whatOf } from './not-checked-groups.ts'
import { describePlaces, joinNames } from './places.ts'
import type { Section } from './section.ts'
import { number, plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

/** What was not looked at, with the reason and the count. Folded; never left out. */
export function notCheckedSection(view: View): Section {
  const entries = view.report.notChecked
  if (entries.length === 0) return { share: 0, sizes: [() => ''] }
  const hosts = hostsToAllow(entries)
  const hint =
    hosts.length === 0
      ? ''
      : `To see what these render, add to \`remote.allow\` in \`.preadmit.yaml\` of the base branch: ${joinNames(hosts, (host) => code(shorten(host, 120)))}`
  const fold = (lines: readonly string[], end: readonly string[] = []): string =>
    [
      // Where this decides the verdict it is read first, so it stands open.
      view.report.verdict === 'incomplete' ? '<details open>' : '<details>',
      `<summary><b>Not looked at</b> · ${number(view.report.counts.notChecked)}</summary>`,
      '',
      ...lines.map((line) => `- ${line}`),
      ...end,
      '',
      '</details>',
    ].join('\n')
  const full = (group: readonly NotChecked[]): string => {
    const [entry] = group
    if (entry === undefined) return ''
    const place = entry.location === undefined ? '' : ` (${fileLink(entry.location, view.links, 'head')})`
    const where = namesItself(entry) ? '' : ` — ${describePlaces(view, entry.targets, text)}`
    const times = entry.count > 1 ? ` ×${number(entry.count)}` : ''
    return `${whatOf(group, (what) => code(shorten(what, 300)))}${times}${where}: ${text(shorten(entry.reason, messageUnits))} (${entry.code})${place}`
  }
  const short = (entry: NotChecked): string => `${code(shorten(entry.what, 120))} (${entry.code})`
  return {
    share: 0.07,
    sizes: [
      () => fold(groupNotChecked(entries).map(full), hint === '' ? [] : ['', hint]),
      () => fold(entries.map(short)),
      () => fold([...entries.slice(0, 15).map(short), ...byCode(entries)]),
    ],
  }
}

/** Counts per reason code; at most eighteen codes exist. */
function byCode(entries: readonly NotChecked[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const entry of entries) counts.set(entry.code, (counts.get(entry.code) ?? 0) + entry.count)
  return [...counts].map(([name, count]) => `in all ${name}: ${plural(count, 'thing')}`)
}
