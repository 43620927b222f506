import type { ReportTarget } from '../model/report.ts'
import { code, text } from './escape.ts'
import { messageUnits } from './limits.ts'
import { fileLink } from './links.ts'
import { quote } from './markdown-findings.ts'
import type { Section } from './section.ts'
import { plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

/** Applications that do not render, newly broken before still broken. */
export function failuresSection(view: View): Section {
  const failures = failedTargets(view)
  if (failures.length === 0) return { share: 0, sizes: [() => ''] }
  const alert = (lines: readonly string[]): string =>
    quote(['[!WARNING]', '**Does not render**', ...lines.map((line) => `- ${line}`)].join('\n'))
  const full = (target: ReportTarget): string => {
    const place = target.definition === null ? '' : ` · ${fileLink(target.definition, view.links, 'head')}`
    return `${stateOf(target)}: ${code(target.id)}: ${code(shorten(target.reason ?? 'no reason known', messageUnits))}${place}`
  }
  const short = (target: ReportTarget): string => `${stateOf(target)}: ${code(shorten(target.id, 120))}`
  const capped = (count: number): readonly string[] => [
    ...failures.slice(0, count).map(short),
    ...(failures.length > count ? [`and ${plural(failures.length - count, 'more', 'more')}`] : []),
  ]
  return {
    share: 0.08,
    sizes: [() => alert(failures.map(full)), () => alert(failures.map(short)), () => alert(capped(20))],
  }
}

/**
 * Targets that fail at head, newly broken first. A newly broken one whose finding blocks is told there already, with
 * line and remedy: here only the others.
 */
export function failedTargets(view: View): readonly ReportTarget[] {
  const told = new Set(
    view.blocking.filter((finding) => finding.source === 'render').flatMap((finding) => finding.targets),
  )
  const failures = view.report.targets.filter((target) => target.brokenAfter && !told.has(target.id))
  return [
    ...failures.filter((target) => !target.brokenBefore),
    ...failures.filter((target) => target.brokenBefore),
  ]
}

/** `newly broken` or `still broken`. */
export function stateOf(target: ReportTarget): string {
  return text(target.brokenBefore ? 'still broken' : 'newly broken')
}
