import { displayName } from '../model/object.ts'
import type { ReportDestruction } from '../model/report.ts'
import { alikeDestructions, type Alike } from './alike.ts'
import { code, text } from './escape.ts'
import { messageUnits } from './limits.ts'
import { fileLink } from './links.ts'
import { quote } from './markdown-findings.ts'
import { describePlaces } from './places.ts'
import type { Section } from './section.ts'
import { plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

/** What gets deleted or recreated, and what that means at the sync. */
export function destructionsSection(view: View): Section {
  const destructions = alikeDestructions(view.report.destructions)
  if (destructions.length === 0) return { share: 0, sizes: [() => ''] }
  const alert = (lines: readonly string[]): string =>
    quote(['[!WARNING]', '**Deleted or recreated**', ...lines.map((line) => `- ${line}`)].join('\n'))
  const full = ({ item, morePlaces }: Alike<ReportDestruction>): string => {
    const more = morePlaces === 0 ? '' : ` and ${plural(morePlaces, 'more place')}`
    const place =
      item.location === null ? '' : ` · ${fileLink(item.location, view.links, view.side(item.object))}${more}`
    return `${code(displayName(item.object))} (${describePlaces(view, item.targets, text)})${sentenceLink(item.sentence)}${text(shorten(item.sentence, messageUnits))}${place}`
  }
  const short = ({ item }: Alike<ReportDestruction>): string => code(shorten(displayName(item.object), 120))
  const capped = (count: number): readonly string[] => [
    ...destructions.slice(0, count).map(short),
    ...(destructions.length > count ? [`and ${plural(destructions.length - count, 'more', 'more')}`] : []),
  ]
  return {
    share: 0.08,
    sizes: [
      () => alert(destructions.map(full)),
      () => alert(destructions.map(short)),
      () => alert(capped(20)),
    ],
  }
}

/** A sentence that goes on from the object's name follows it; one of its own stands behind a colon. */
export function sentenceLink(sentence: string): ' ' | ': ' {
  return /^[a-z]/.test(sentence) ? ' ' : ': '
}
