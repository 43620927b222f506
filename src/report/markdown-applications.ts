import type { ReportApplication } from '../model/report.ts'
import { groupApplications, namesOf, type ApplicationGroup } from './application-groups.ts'
import { code, text } from './escape.ts'
import { messageUnits } from './limits.ts'
import { fileLink } from './links.ts'
import type { Section } from './section.ts'
import { plural, shorten } from './shorten.ts'
import type { View } from './view.ts'

/** Applications that come, go or change themselves. */
export function applicationsSection(view: View): Section {
  const applications = groupApplications(view.report.applications)
  if (applications.length === 0) return { share: 0, sizes: [() => ''] }
  const list = (lines: readonly string[]): string =>
    ['**Applications**', '', ...lines.map((line) => `- ${line}`)].join('\n')
  const full = (item: ApplicationGroup): string => {
    const side = item.change === 'deleted' ? 'base' : 'head'
    const place = item.location === null ? '' : ` · ${fileLink(item.location, view.links, side)}`
    return `${names(item)} ${text(shorten(item.sentence, messageUnits))}${place}`
  }
  const names = ({ targets }: ApplicationGroup): string =>
    namesOf(targets, (name) => code(shorten(name, 120)))
  const short = (item: ApplicationGroup): string => `${names(item)}: ${applicationChangeName(item)}`
  const capped = (count: number): readonly string[] => [
    ...applications.slice(0, count).map(short),
    ...(applications.length > count ? [`and ${plural(applications.length - count, 'more', 'more')}`] : []),
  ]
  return {
    share: 0.06,
    sizes: [() => list(applications.map(full)), () => list(applications.map(short)), () => list(capped(20))],
  }
}

/** The kind of change in two words. */
export function applicationChangeName({ change }: Pick<ReportApplication, 'change'>): string {
  const names: Readonly<Record<ReportApplication['change'], string>> = {
    created: 'created',
    deleted: 'deleted',
    retargeted: 'retargeted',
    project: 'project changed',
    suspended: 'suspended',
    resumed: 'resumed',
    sync: 'sync policy changed',
    ignored: 'ignored differences changed',
    dependencies: 'dependencies changed',
    definition: 'definition changed',
    'held-back': 'held back',
  }
  return names[change]
}
