import { groupApplications, namesOf } from './application-groups.ts'
import colors from 'picocolors'
import type { Finding } from '../model/finding.ts'
import { displayName } from '../model/object.ts'
import type { NotChecked } from '../model/outcome.ts'
import type { Report } from '../model/report.ts'
import { groupDifferences, type DifferenceEntry } from './difference-groups.ts'
import { hookText } from './hook-text.ts'
import { alikeFindings } from './alike.ts'
import { visible, visibleLines } from './escape.ts'
import { findingTitle } from './finding-text.ts'
import { headlineOf } from './headline.ts'
import { definitionsText, kubernetesText, webhooksText } from './kubernetes-text.ts'
import { messageUnits } from './limits.ts'
import { groupsByTouch, hasOtherReasons, hostsToAllow, whatOf } from './not-checked-groups.ts'
import { seconds } from './markdown-footer.ts'
import { sentenceLink } from './markdown-destructions.ts'
import { failedTargets } from './markdown-failures.ts'
import { otherState } from './markdown-findings.ts'
import { incompleteHint } from './markdown-not-checked.ts'
import { reference } from './markdown-images.ts'
import { cellText, matrixOf } from './matrix.ts'
import { describeApplications, describePlaces, joinNames } from './places.ts'
import { plural, shorten } from './shorten.ts'
import { exemptionLines, previewLines } from './terminal-policies.ts'
import { plainTable, wrapText } from './terminal-layout.ts'
import { viewOf, type View } from './view.ts'

export interface TerminalOptions {
  readonly colors: boolean
  /** Characters in a line. */
  readonly width: number
}

type Colors = ReturnType<typeof colors.createColors>
/** What every part of the rendering needs. */
interface Page extends TerminalOptions {
  readonly view: View
  readonly paint: Colors
}

/** The report for a terminal: the order of the comment, nothing left out, every control character shown. */
export function renderTerminal(report: Report, options: TerminalOptions): string {
  const page: Page = {
    colors: options.colors,
    width: Math.max(40, options.width),
    view: viewOf(report),
    paint: colors.createColors(options.colors),
  }
  const blocks = [
    headline(page),
    notices(page),
    findings(page, page.view.blocking, true),
    destructions(page),
    failures(page),
    applications(page),
    matrix(page),
    images(page),
    findings(page, page.view.others, false),
    differences(page),
    list(page, 'Takes effect after the merge', previewLines(page.view)),
    list(page, 'Exemptions', exemptionLines(report)),
    notChecked(page),
    footer(page),
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

function headline({ view, paint, width }: Page): string {
  const { mark, parts } = headlineOf(view)
  const color = { '✅': paint.green, '❌': paint.red, '⚠️': paint.yellow }[mark]
  return wrapText(`${mark} ${parts.join(' · ')}`, width, '   ')
    .split('\n')
    .map((line) => paint.bold(color(line)))
    .join('\n')
}

function notices({ view, width }: Page): string {
  return view.report.notices.map((notice) => wrapText(`! ${visible(notice)}`, width, '  ')).join('\n')
}

function findings(page: Page, list: readonly Finding[], blocking: boolean): string {
  const { view, paint, width } = page
  if (list.length === 0) return ''
  const items = alikeFindings(list).map(({ item: finding, objects, morePlaces }, i) => {
    const where = describePlaces(view, finding.targets, visible)
    const state = blocking && finding.status === 'new' ? '' : `${stateName(finding)}: `
    const start = blocking ? `${i + 1}. ` : '- '
    const title = `${start}${state}${findingTitle(finding, describeApplications(view, finding.targets, visible), visible, objects)}${finding.object === undefined ? '' : ` — ${where}`}`
    const indent = ' '.repeat(start.length)
    const message =
      finding.path === '' || finding.message.startsWith(finding.path)
        ? finding.message
        : `${finding.path}: ${finding.message}`
    const place = finding.location
    const lines = [
      wrapText(title, width, indent)
        .split('\n')
        .map((line) => (blocking ? paint.bold(line) : line))
        .join('\n'),
      ...(finding.status === 'fixed'
        ? []
        : [wrapText(`${indent}${visible(shorten(message, messageUnits))}`, width, indent)]),
      ...(place === undefined
        ? []
        : [
            `${indent}${paint.cyan(visible(place.line === undefined ? place.file : `${place.file}:${place.line}`))}${morePlaces === 0 ? '' : ` and ${plural(morePlaces, 'more place')}`}`,
          ]),
      ...(finding.remedy === undefined || finding.status === 'fixed'
        ? []
        : [wrapText(`${indent}→ ${visible(shorten(finding.remedy, messageUnits))}`, width, `${indent}  `)]),
    ]
    return lines.join('\n')
  })
  return blocking ? items.join('\n\n') : section(page, 'Findings that do not block', items.join('\n'))
}

function stateName(finding: Finding): string {
  const state = otherState(finding)
  if (state === 'exempt')
    return `exempt by ${visible(finding.exemption?.native ?? finding.exemption?.id ?? '')}`
  return state === 'new' ? 'advisory' : state
}

function destructions(page: Page): string {
  const lines = page.view.report.destructions.map((item) =>
    wrapText(
      `- ${visible(displayName(item.object))} (${describePlaces(page.view, item.targets, visible)})${sentenceLink(item.sentence)}${visible(shorten(item.sentence, messageUnits))}`,
      page.width,
      '  ',
    ),
  )
  return lines.length === 0 ? '' : section(page, 'Deleted or recreated', lines.join('\n'))
}

function failures(page: Page): string {
  const lines = failedTargets(page.view).map((target) =>
    wrapText(
      `- ${target.brokenBefore ? 'still' : 'newly'} broken: ${visible(target.id)}: ${visible(shorten(target.reason ?? 'no reason known', messageUnits))}`,
      page.width,
      '  ',
    ),
  )
  return lines.length === 0 ? '' : section(page, 'Does not render', lines.join('\n'))
}

function applications(page: Page): string {
  const lines = groupApplications(page.view.report.applications).map(({ targets, sentence }) =>
    wrapText(`- ${visible(namesOf(targets))} ${visible(shorten(sentence, messageUnits))}`, page.width, '  '),
  )
  return lines.length === 0 ? '' : section(page, 'Applications', lines.join('\n'))
}

function matrix({ view, paint, width }: Page): string {
  const made = matrixOf(view)
  if (made === null) return ''
  const table =
    made.rows.length === 0
      ? []
      : [
          plainTable(
            [
              ['APPLICATION', ...made.columns.map((column) => visible(column).toUpperCase())],
              ...made.rows.map(({ application, cells }) => [visible(application), ...cells.map(cellText)]),
            ],
            paint.dim,
          ),
        ]
  const idle =
    made.notRendered.length === 0
      ? []
      : [wrapText(`⚠️ Not rendered: ${joinNames(made.notRendered, visible)}`, width, '')]
  return [...table, ...idle].join('\n\n')
}

function images({ view, paint }: Page): string {
  if (view.report.images.length === 0) return ''
  return plainTable(
    [
      ['IMAGE', 'FROM', 'TO', 'IN'],
      ...view.report.images.map(({ image, from, to, targets }) => [
        visible(image),
        from === null ? 'new' : visible(reference(from)),
        to === null ? 'gone' : visible(reference(to)),
        describePlaces(view, targets, visible),
      ]),
    ],
    paint.dim,
  )
}

function differences(page: Page): string {
  const { entries, noise } = groupDifferences(page.view)
  if (entries.length === 0 && noise.length === 0) return ''
  const quiet = noise.map(({ noise: sentence, objects }) =>
    wrapText(
      `${plural(objects.length, 'object')} ${objects.length === 1 ? 'differs' : 'differ'} in ${visible(sentence)}`,
      page.width,
      '  ',
    ),
  )
  return section(
    page,
    'Differences',
    [...entries.map((entry) => difference(page, entry)), ...quiet].join('\n\n'),
  )
}

const verbs = { CREATE: ', new', UPDATE: '', DELETE: ', deleted' } as const

function difference({ view, paint }: Page, entry: DifferenceEntry): string {
  const names = entry.objects.map(({ identity, renamedFrom, hook }) => {
    const was = renamedFrom === null ? '' : ` (was ${visible(renamedFrom.name)})`
    return `${[visible(displayName(identity)), visible(hookText({ ...entry, hook }))].join(' ').trim()}${was}`
  })
  const lines = names.slice(0, -1).map((name) => paint.bold(name))
  const [first] = entry.parts
  const where = describePlaces(view, first?.targets ?? entry.targets, visible)
  lines.push(`${paint.bold(names.at(-1) ?? '')} — ${where}${verbs[entry.operation]}`)
  for (const [i, part] of entry.parts.entries()) {
    if (i > 0) lines.push(paint.dim(`… and in ${describePlaces(view, part.targets, visible)}`))
    for (const { key, change } of part.secretKeys) lines.push(`  ${visible(key)}: ${change}`)
    // Of a deleted object the heading says all there is to know; its body is in the base.
    if (entry.operation === 'DELETE') continue
    for (const hunk of part.hunks) for (const line of hunk.split('\n')) lines.push(paintLine(paint, line))
  }
  return lines.join('\n')
}

function paintLine(paint: Colors, line: string): string {
  const shown = visibleLines(line)
  if (line.startsWith('+')) return paint.green(shown)
  if (line.startsWith('-')) return paint.red(shown)
  return line.startsWith('@@') ? paint.cyan(shown) : shown
}

function notChecked(page: Page): string {
  const { near, elsewhere } = groupsByTouch(page.view.report.notChecked)
  const linesOf = (groups: readonly (readonly NotChecked[])[]): readonly string[] =>
    groups.flatMap((group) =>
      group.slice(0, 1).map((entry) => {
        const reason = visible(shorten(entry.reason, messageUnits))
        const one = hasOtherReasons(group) ? 'the first because ' : ''
        return wrapText(`- ${whatOf(group, visible)}: ${one}${reason} (${entry.code})`, page.width, '  ')
      }),
    )
  const lines = [
    ...linesOf(near),
    ...(elsewhere.length === 0 ? [] : ['Not touched by this change:']),
    ...linesOf(elsewhere),
  ]
  const hosts = hostsToAllow(page.view.report.notChecked)
  if (hosts.length > 0)
    lines.push(
      wrapText(
        `To see what these render, add to remote.allow in .preadmit.yaml of the base branch: ${joinNames(hosts, visible)}`,
        page.width,
        '',
      ),
    )
  if (page.view.report.verdict === 'incomplete')
    lines.push(
      wrapText(
        incompleteHint((name) => name),
        page.width,
        '',
      ),
    )
  return lines.length === 0 ? '' : section(page, 'Not looked at', lines.join('\n'))
}

function footer({ view, paint, width }: Page): string {
  const { report } = view
  const duration = Object.values(report.durations).reduce((sum, value) => sum + value, 0)
  const side = (part: Report['base']): string => part.commit?.slice(0, 7) ?? visible(part.label)
  const parts = [
    `${side(report.base)} → ${side(report.head)}`,
    plural(report.policies.length, 'policy', 'policies'),
    ...report.kubernetes.map((entry) => `Kubernetes ${kubernetesText(entry, visible)}`),
    definitionsText(report, visible),
    webhooksText(report),
    `${plural(report.counts.targets, 'application')}, ${report.counts.rendered} rendered`,
    ...(duration === 0 ? [] : [seconds(duration)]),
  ]
  return wrapText(parts.filter((part) => part !== '').join(' · '), width, '')
    .split('\n')
    .map((line) => paint.dim(line))
    .join('\n')
}

function list(page: Page, title: string, lines: readonly string[]): string {
  const items = lines.map((line) => wrapText(`- ${line}`, page.width, '  '))
  return items.length === 0 ? '' : section(page, title, items.join('\n'))
}

function section({ paint }: Page, title: string, body: string): string {
  return `${paint.bold(title)}\n${body}`
}
