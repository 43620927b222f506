import type { Report } from '../model/report.ts'
import { commentUnits, differenceLineUnits, summaryBytes } from './limits.ts'
import { headlineOf } from './headline.ts'
import { link, type LinkContext } from './links.ts'
import { applicationsSection } from './markdown-applications.ts'
import { destructionsSection } from './markdown-destructions.ts'
import { differencesPart } from './markdown-differences.ts'
import { failuresSection } from './markdown-failures.ts'
import { blockingSection, otherFindingsSection } from './markdown-findings.ts'
import { footerSection, noticesSection } from './markdown-footer.ts'
import { imagesSection } from './markdown-images.ts'
import { matrixSection } from './markdown-matrix.ts'
import { notCheckedSection } from './markdown-not-checked.ts'
import { exemptionsSection, previewSection } from './markdown-policies.ts'
import { fitSections, type Measure, type Section } from './section.ts'
import { viewOf, type View } from './view.ts'

export interface MarkdownOptions {
  /** Where links lead; without it files are named and not linked. */
  readonly links?: LinkContext
  /** First line, such as a hidden marker; counts against the budget. */
  readonly firstLine?: string
  /** UTF-16 units; {@link commentUnits} when absent. */
  readonly budget?: number
}

/** The comment: the verdict first, everything escaped, never over its budget. */
export function renderMarkdown(report: Report, options: MarkdownOptions = {}): string {
  return renderDocument(report, {
    links: options.links,
    firstLine: options.firstLine,
    budget: options.budget ?? commentUnits,
    measure: (text) => text.length,
    lineUnits: differenceLineUnits,
    deletedBodies: false,
    elsewhere: options.links?.run ?? null,
  })
}

/** The job summary: the same document with room for almost everything. */
export function renderSummary(report: Report, options: { readonly links?: LinkContext } = {}): string {
  return renderDocument(report, {
    links: options.links,
    firstLine: undefined,
    budget: summaryBytes,
    measure: utf8Bytes,
    lineUnits: differenceLineUnits * 10,
    deletedBodies: true,
    elsewhere: null,
  })
}

interface DocumentOptions {
  readonly links: LinkContext | undefined
  readonly firstLine: string | undefined
  readonly budget: number
  readonly measure: Measure
  readonly lineUnits: number
  readonly deletedBodies: boolean
  /** Page that holds more than this document; null when there is none. */
  readonly elsewhere: string | null
}

/** Of the budget: kept for differences before any list grows beyond its own share. */
const differencesShare = 0.2

function renderDocument(report: Report, options: DocumentOptions): string {
  const { measure } = options
  const view = viewOf(report, options.links)
  const headline = headlineMarkdown(view)
  const differences = differencesPart(view, options)
  const before: readonly Section[] = [
    noticesSection(view),
    blockingSection(view),
    destructionsSection(view),
    failuresSection(view),
    applicationsSection(view),
    matrixSection(view),
    imagesSection(view),
  ]
  const after: readonly Section[] = [
    otherFindingsSection(view),
    previewSection(view),
    exemptionsSection(view),
    notCheckedSection(view),
    footerSection(view),
  ]
  const sections = [...before, differences.list, ...after]
  const blanks = 2 * (sections.length + 3)
  const fixed =
    measure(options.firstLine ?? '') + measure(headline) + measure(overflowNote(options.elsewhere)) + blanks
  const fitted = fitSections(sections, options.budget - fixed, options.budget * differencesShare, measure)
  const others = fitted.filter((_, i) => i !== before.length)
  const used = others.reduce((sum, { text }) => sum + measure(text), 0)
  const filled = differences.fill(options.budget - fixed - used)
  const reduced = filled.reduced || others.some((section) => section.reduced)
  const parts = [
    options.firstLine ?? '',
    headline,
    ...fitted.slice(0, before.length).map(({ text }) => text),
    filled.text,
    reduced ? overflowNote(options.elsewhere) : '',
    ...fitted.slice(before.length + 1).map(({ text }) => text),
  ]
  return `${parts.filter((part) => part !== '').join('\n\n')}\n`
}

function headlineMarkdown(view: View): string {
  const { mark, parts } = headlineOf(view)
  return `### ${[`${mark} ${parts[0] ?? ''}`, ...parts.slice(1)].join(' · ')}`
}

function overflowNote(elsewhere: string | null): string {
  const where =
    elsewhere === null
      ? 'The JSON report has all.'
      : `${link('The job summary', elsewhere)} shows more, the JSON report all.`
  return `*Shortened to fit: every finding and every changed object is counted above.* ${where}`
}

/** Length in UTF-8, as GitHub measures job summaries. A lone surrogate becomes three bytes, as when it is written. */
function utf8Bytes(text: string): number {
  let bytes = 0
  for (const character of text) {
    const point = character.codePointAt(0) ?? 0
    bytes += point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x1_0000 ? 3 : 4
  }
  return bytes
}
