import type { Finding } from '../model/finding.ts'
import { displayName, identityKey } from '../model/object.ts'
import { alikeFindings, type AlikeFindings } from './alike.ts'
import { code, text } from './escape.ts'
import { findingTitle, groupByRule } from './finding-text.ts'
import { messageUnits } from './limits.ts'
import { fileLink, link, type Side } from './links.ts'
import { describeApplications, describePlaces } from './places.ts'
import type { Section } from './section.ts'
import { number, plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

/** What blocks the merge, as an alert: each finding in full; in huge reports shorter, then by rule, then counted. */
export function blockingSection(view: View): Section {
  const findings = view.blocking
  if (findings.length === 0) return { share: 0, sizes: [() => ''] }
  const alert = (items: readonly string[]): string => quote(['[!CAUTION]', items.join('\n\n')].join('\n'))
  const alike = alikeFindings(findings)
  return {
    share: 0.34,
    sizes: [
      () => alert(alike.map((one, i) => fullFinding(view, one, i + 1))),
      () => alert(alike.map((one, i) => shortFinding(view, one, i + 1))),
      () => alert(byRule(view, findings, Number.POSITIVE_INFINITY)),
      () => alert(byRule(view, findings, 20)),
      () => alert(byRule(view, findings, 3)),
    ],
  }
}

/** Two or three lines: what is wrong and where, the message, the place to mend it and how. */
function fullFinding(
  view: View,
  { item: finding, objects, morePlaces }: AlikeFindings,
  position: number,
): string {
  const side = sideOf(view, finding)
  const where = describePlaces(view, finding.targets, text)
  const title = findingTitle(finding, describeApplications(view, finding.targets, text), code, objects)
  const lines = [
    `**${position}. ${title}**${finding.object === undefined ? '' : ` — ${where}`}${since(finding)}`,
  ]
  lines.push(explanation(finding))
  const links = [
    ...(finding.location === undefined
      ? []
      : [
          `${fileLink(finding.location, view.links, side)}${morePlaces === 0 ? '' : ` and ${plural(morePlaces, 'more place')}`}`,
        ]),
    ...(finding.remedy === undefined ? [] : [text(shorten(finding.remedy, messageUnits))]),
    ...(finding.owner === undefined ? [] : [`owner ${code(finding.owner)}`]),
    ...(finding.docs === undefined ? [] : docsLink(finding.docs)),
  ]
  if (links.length > 0) lines.push(links.join(' · '))
  return lines.filter((line) => line !== '').join('\n')
}

function explanation(finding: Finding): string {
  const message = shorten(finding.message, messageUnits)
  if (finding.source === 'render') return code(message)
  // The API server repeats the field at the start of its sentence.
  const bare =
    finding.path !== '' && message.startsWith(`${finding.path}: `)
      ? message.slice(finding.path.length + 2)
      : message
  return finding.path === '' ? text(bare) : `${code(finding.path)}: ${text(bare)}`
}

function docsLink(docs: string): readonly string[] {
  const made = link('why and how', docs)
  return docs.startsWith('https://') && made !== 'why and how' ? [made] : []
}

function since(finding: Finding): string {
  return finding.status === 'existing' ? ' — already there before this pull request' : ''
}

function shortFinding(view: View, { item: finding, objects }: AlikeFindings, position: number): string {
  const place =
    finding.location === undefined
      ? ''
      : ` · ${fileLink(finding.location, view.links, sideOf(view, finding))}`
  return `**${position}. ${findingTitle(finding, describeApplications(view, finding.targets, text), code, objects)}** — ${text(shorten(finding.message, 160))}${place}`
}

/** One paragraph per rule with the names of the objects, at most `names` of each; at most fifty rules. */
function byRule(view: View, findings: readonly Finding[], names: number): readonly string[] {
  const groups = groupByRule(findings)
  const shown = groups.slice(0, 50).map((group) => {
    const objects = [
      ...new Set(
        group.map((finding) =>
          finding.object === undefined
            ? describeApplications(view, finding.targets, text)
            : code(shorten(displayName(finding.object), 120)),
        ),
      ),
    ]
    const rest = objects.length > names ? ` and ${number(objects.length - names)} more` : ''
    const rule = group[0]?.rule ?? ''
    return `**${code(shorten(rule, 120))}** · ${plural(group.length, 'violation')}: ${objects.slice(0, names).join(', ')}${rest}`
  })
  const left = groups.slice(50)
  if (left.length === 0) return shown
  const count = left.reduce((sum, group) => sum + group.length, 0)
  return [...shown, `and ${plural(count, 'violation')} of ${plural(left.length, 'further rule')}`]
}

/** Findings that do not block: advisory, fixed, existing. Folded. */
export function otherFindingsSection(view: View): Section {
  const findings = view.others
  if (findings.length === 0) return { share: 0, sizes: [() => ''] }
  const count = (state: OtherState): number =>
    findings.filter((finding) => otherState(finding) === state).length
  const summary = [
    ...(count('exempt') > 0 ? [`${number(count('exempt'))} exempt`] : []),
    ...(count('new') > 0 ? [`${number(count('new'))} advisory`] : []),
    ...(count('fixed') > 0 ? [`${number(count('fixed'))} fixed`] : []),
    ...(count('existing') > 0 ? [`${number(count('existing'))} existing`] : []),
  ].join(', ')
  const fold = (items: readonly string[]): string =>
    [
      '<details>',
      `<summary><b>${summary}</b> ${findings.length === 1 ? 'finding that does' : 'findings that do'} not block</summary>`,
      '',
      ...items.map((item) => `- ${item}`),
      '',
      '</details>',
    ].join('\n')
  return {
    share: 0.06,
    sizes: [
      () => fold(otherLines(view, Number.POSITIVE_INFINITY)),
      () => fold(otherLines(view, 5)),
      () => fold(otherLines(view, 0)),
    ],
  }
}

type OtherState = Finding['status'] | 'exempt'
const states = { exempt: 'exempt', new: 'advisory', fixed: '✅ fixed', existing: 'existing' } as const

/** What lets a finding pass that does not block. */
export function otherState(finding: Finding): OtherState {
  return finding.exemption !== undefined && finding.status !== 'fixed' && finding.level !== 'advisory'
    ? 'exempt'
    : finding.status
}

/** `legacy until 2027-01-31`: the exemption of a finding. */
function exemptionText({ exemption }: Finding): string {
  if (exemption === undefined) return ''
  const until = exemption.expires === undefined ? '' : ` until ${text(exemption.expires)}`
  return ` (${code(shorten(exemption.native ?? exemption.id, 120))}${until})`
}

/** One line per state and rule with one message; at most forty lines. */
function otherLines(view: View, names: number): readonly string[] {
  const lines: string[] = []
  for (const state of ['exempt', 'new', 'fixed', 'existing'] as const) {
    const found = view.others.filter((finding) => otherState(finding) === state)
    for (const group of groupByRule(found)) lines.push(otherLine(view, group, state, names))
  }
  if (lines.length <= 40) return lines
  return [...lines.slice(0, 40), `and ${plural(lines.length - 40, 'further rule')}`]
}

function otherLine(view: View, group: readonly Finding[], state: OtherState, names: number): string {
  const [first] = group
  if (first === undefined) return ''
  const by = new Set(group.map(exemptionText))
  const start = `${states[state]}: ${code(shorten(first.rule, 120))}${by.size === 1 ? exemptionText(first) : ''}`
  if (names === 0) return `${start} · ${number(group.length)}`
  const objects = new Map<string, { name: string; targets: string[] }>()
  for (const finding of group) {
    const key = finding.object === undefined ? finding.targets.join('\n') : identityKey(finding.object)
    const entry = objects.get(key) ?? {
      name: finding.object === undefined ? '' : code(displayName(finding.object)),
      targets: [],
    }
    objects.set(key, entry)
    entry.targets.push(...finding.targets.filter((id) => !entry.targets.includes(id)))
  }
  const listed = [...objects.values()].slice(0, names).map(({ name, targets }) => {
    return name === ''
      ? describeApplications(view, targets, text)
      : `${name} (${describePlaces(view, targets, text)})`
  })
  const rest = objects.size > names ? ` and ${number(objects.size - names)} more` : ''
  const same = group.every((finding) => finding.message === first.message)
  const message = ` — ${same ? '' : 'for example '}${text(shorten(first.message, 240))}`
  const place =
    state === 'new' && group.length === 1 && first.location !== undefined
      ? ` · ${fileLink(first.location, view.links, sideOf(view, first))}`
      : ''
  return `${start}${message} · ${listed.join(', ')}${rest}${place}`
}

/** Locations of fixed findings, and of objects that go away, lie in the base tree. */
export function sideOf(view: View, finding: Finding): Side {
  return finding.status === 'fixed' ? 'base' : view.side(finding.object)
}

/** Every line as part of a block quote. */
export function quote(markdown: string): string {
  return markdown
    .split('\n')
    .map((line) => (line === '' ? '>' : `> ${line}`))
    .join('\n')
}
