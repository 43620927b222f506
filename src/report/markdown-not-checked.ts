import type { NotChecked } from '../model/outcome.ts'
import { code, text } from './escape.ts'
import { messageUnits } from './limits.ts'
import { fileLink } from './links.ts'
import {
  groupByCode,
  groupsByTouch,
  hasOtherReasons,
  hostsToAllow,
  namesItself,
  whatOf,
} from './not-checked-groups.ts'
import { describePlaces, joinNames } from './places.ts'
import type { Section } from './section.ts'
import { number, plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

/** What was not looked at, with the reason and the count. Folded; never left out. */
export function notCheckedSection(view: View): Section {
  const entries = view.report.notChecked
  if (entries.length === 0) return { share: 0, sizes: [() => ''] }
  const { near, elsewhere } = groupsByTouch(entries)
  const here = view.report.counts.notChecked
  const untouched = entries.reduce((sum, entry) => (entry.untouched === true ? sum + entry.count : sum), 0)
  const rest = untouched === 0 ? '' : `${number(untouched)} that this change does not touch`
  const hosts = hostsToAllow(entries)
  const hint = [
    ...(hosts.length === 0
      ? []
      : [
          '',
          `To see what these render, add to \`remote.allow\` in \`.preadmit.yaml\` of the base branch: ${joinNames(hosts, (host) => code(shorten(host, 120)))}`,
        ]),
    ...(view.report.verdict === 'incomplete' ? ['', incompleteHint((name) => `\`${name}\``)] : []),
  ]
  const fold = (lines: readonly string[], others: readonly string[], end: readonly string[] = []): string =>
    [
      // Where this decides the verdict it is read first, so it stands open.
      view.report.verdict === 'incomplete' ? '<details open>' : '<details>',
      `<summary><b>Not looked at</b> · ${[here === 0 ? '' : number(here), rest].filter((part) => part !== '').join(', and ')}</summary>`,
      '',
      ...lines.map((line) => `- ${line}`),
      ...(lines.length === 0 || others.length === 0 ? [] : ['', 'Not touched by this change:', '']),
      ...others.map((line) => `- ${line}`),
      ...end,
      '',
      '</details>',
    ].join('\n')
  const full = (group: readonly NotChecked[]): string => {
    const [entry] = group
    if (entry === undefined) return ''
    const alike = !hasOtherReasons(group)
    const place =
      !alike || entry.location === undefined ? '' : ` (${fileLink(entry.location, view.links, 'head')})`
    const where = alike && !namesItself(entry) ? ` — ${describePlaces(view, entry.targets, text)}` : ''
    const reason = text(shorten(entry.reason, messageUnits))
    return `${whatOf(group, (what) => code(shorten(what, 300)))}${where}: ${alike ? '' : 'the first because '}${reason} (${entry.code})${place}`
  }
  return {
    share: 0.07,
    sizes: [
      () => fold(near.map(full), elsewhere.map(full), hint),
      () => fold(groupByCode(near.flat()).map(full), elsewhere.map(full), hint),
      () => fold(byCode(near.flat()), byCode(elsewhere.flat())),
    ],
  }
}

/** How to live with what nobody can look at (docs/verdict.md); said where it alone decides the verdict. */
export function incompleteHint(code: (name: string) => string): string {
  return `The check fails because nobody looked at these: ${code('incomplete: notice')} in ${code('.preadmit.yaml')} of the base branch makes them notices.`
}

/** Counts per reason code; at most eighteen codes exist. */
function byCode(entries: readonly NotChecked[]): readonly string[] {
  const counts = new Map<string, number>()
  for (const entry of entries) counts.set(entry.code, (counts.get(entry.code) ?? 0) + entry.count)
  return [...counts].map(([name, count]) => `in all ${name}: ${plural(count, 'thing')}`)
}
