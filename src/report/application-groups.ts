import type { ReportApplication } from '../model/report.ts'

/** Applications of which one sentence is true: a set says the same of each that it generates. */
export interface ApplicationGroup extends Omit<ReportApplication, 'target'> {
  readonly targets: readonly string[]
}

/** Names that a line gives before it counts. */
const named = 4

/** Joins what is told of several applications of one file with the same words; the order is that of the first. */
export function groupApplications(applications: readonly ReportApplication[]): readonly ApplicationGroup[] {
  const groups = new Map<string, ReportApplication & { targets: string[] }>()
  for (const item of applications) {
    const key = JSON.stringify([item.change, item.sentence, item.location])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, { ...item, targets: [item.target] })
    else group.targets.push(item.target)
  }
  return [...groups.values()]
}

/** `a, b and 3 more, each`: goes on with the group's sentence. */
export function namesOf(targets: readonly string[], show = (name: string): string => name): string {
  const shown = targets.slice(0, named).map(show)
  const more = targets.length - shown.length
  const list = shown.join(', ')
  if (more > 0) return `${list} and ${more} more, each`
  return shown.length > 1 ? `${list}, each` : list
}
