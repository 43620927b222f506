import colors from 'picocolors'
import type { ValidatedDocument, Validation, ValidationFinding } from '../model/validation.ts'
import { visible } from './escape.ts'
import { messageUnits } from './limits.ts'
import { number, plural, shorten } from './shorten.ts'
import { wrapText } from './terminal-layout.ts'
import { documentName, findingSentence, rejections, warnings } from './validation-text.ts'
import type { ValidationOptions } from './validation.ts'

type Colors = ReturnType<typeof colors.createColors>
interface Page {
  readonly paint: Colors
  readonly width: number
}

/** For a terminal: what is rejected first, then what could not be checked, what only warns, and the verdict last. */
export function renderValidationTerminal(validation: Validation, options: ValidationOptions): string {
  const page: Page = { paint: colors.createColors(options.colors), width: Math.max(40, options.width) }
  const { documents } = validation
  const only = (wanted: (document: ValidatedDocument) => boolean): readonly ValidatedDocument[] =>
    documents.filter(wanted)
  const blocks = [
    ...only(({ verdict }) => verdict === 'rejected').map((one) => findings(page, one, rejections(one))),
    section(
      page,
      'Could not check',
      reasons(
        page,
        only(({ verdict, skipped }) => verdict === 'unknown' && !skipped),
        options.verbose,
      ),
    ),
    section(
      page,
      'Skipped',
      reasons(
        page,
        only(({ skipped }) => skipped),
        options.verbose,
      ),
    ),
    section(
      page,
      'Warnings',
      only((one) => warnings(one).length > 0).map((one) => findings(page, one, warnings(one))),
    ),
    options.verbose
      ? section(
          page,
          'Accepted',
          only(({ verdict }) => verdict === 'accepted').map((one) => `- ${heading(one)}`),
        )
      : '',
    headline(page, validation),
  ]
  return `${blocks.filter((block) => block !== '').join('\n\n')}\n`
}

function findings(
  { paint, width }: Page,
  document: ValidatedDocument,
  list: readonly ValidationFinding[],
): string {
  const lines = list.flatMap((finding) => {
    const { location, remedy, level } = finding
    const mark = level === 'advisory' ? paint.yellow('!') : paint.red('✗')
    const place =
      location?.line === undefined ? '' : `${paint.cyan(`${visible(location.file)}:${location.line}`)} `
    return [
      `  ${mark} ${place}${visible(shorten(findingSentence(finding), messageUnits))}`,
      ...(remedy === undefined
        ? []
        : [wrapText(`    → ${visible(shorten(remedy, messageUnits))}`, width, '      ')]),
    ]
  })
  const more = document.omitted > 0 ? [`  … and ${plural(document.omitted, 'finding')} more`] : []
  return [paint.bold(heading(document)), ...lines, ...more].join('\n')
}

/** Documents that are named below one reason; more are a number. */
const namesShown = 10

/** One entry per reason: a folder has dozens of kustomizations and values. */
function reasons(
  { width }: Page,
  documents: readonly ValidatedDocument[],
  verbose: boolean,
): readonly string[] {
  const groups = new Map<string, ValidatedDocument[]>()
  for (const document of documents) {
    const message = document.reason?.message ?? ''
    const group = groups.get(message)
    if (group === undefined) groups.set(message, [document])
    else group.push(document)
  }
  return [...groups].map(([message, group]) => {
    const shown = verbose ? group : group.slice(0, namesShown)
    const more = group.length - shown.length
    return [
      wrapText(`- ${visible(shorten(message, messageUnits))}`, width, '  '),
      ...shown.map((one) => `    ${heading(one)}`),
      ...(more > 0 ? [`    and ${number(more)} more (--verbose names them)`] : []),
    ].join('\n')
  })
}

function heading(document: ValidatedDocument): string {
  return `${visible(document.file)}: ${visible(documentName(document))}`
}

const marks = { pass: '✅', fail: '❌', incomplete: '⚠️' } as const

function headline({ paint, width }: Page, { verdict, counts, kubernetes }: Validation): string {
  const color = { pass: paint.green, fail: paint.red, incomplete: paint.yellow }[verdict]
  const { declared, judgedBy } = kubernetes
  const parts = [
    `${number(counts.rejected)} of ${plural(counts.documents, 'document')} rejected`,
    `${number(counts.accepted)} accepted`,
    ...(counts.unknown > 0 ? [`${number(counts.unknown)} could not be checked`] : []),
    ...(counts.skipped > 0 ? [`${number(counts.skipped)} skipped`] : []),
    `Kubernetes ${declared}${judgedBy === declared ? '' : ` (rules of ${judgedBy})`}`,
  ]
  return color(wrapText(`${marks[verdict]} ${parts.join(' · ')}`, width, '   '))
}

function section({ paint }: Page, title: string, entries: readonly string[]): string {
  return entries.length === 0 ? '' : [paint.bold(title), ...entries].join('\n')
}
