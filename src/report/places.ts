import { plural } from './shorten.ts'
import { compareRanks, type View } from './view.ts'

/** An application with the environments or clusters in question; none when it has no such name. */
export interface Place {
  readonly application: string
  readonly labels: readonly string[]
}

/** Where targets stand, grouped by application, in the order of the ids. Unknown ids stand for themselves. */
export function placesOf(view: View, ids: readonly string[]): readonly Place[] {
  const places = new Map<string, Set<string>>()
  for (const id of ids) {
    const target = view.target(id)
    const application = target === undefined ? id : view.nameOf(target).name
    const labels = places.get(application) ?? new Set<string>()
    places.set(application, labels)
    const label = target === undefined ? null : view.place(target)
    if (label !== null) labels.add(label)
  }
  return [...places].map(([application, labels]) => ({
    application,
    labels: [...labels].sort((a, b) => compareLabels(view, a, b)),
  }))
}

/** Production last, as changes travel; else by name. */
export function compareLabels({ production }: View, a: string, b: string): number {
  return compareRanks([production.has(a) ? 1 : 0, a], [production.has(b) ? 1 : 0, b])
}

/** Most names that are listed before the rest is counted; a line that wraps three times is not read. */
const listed = 8

/**
 * `prod-eu, prod-us` for one application, `payments (dev, staging), web` for several; long lists end in a count.
 * `escape` makes each name safe for the place it goes to.
 */
export function describePlaces(view: View, ids: readonly string[], escape: (name: string) => string): string {
  const places = placesOf(view, ids)
  const [only] = places
  if (only === undefined) return ''
  if (places.length === 1) return joinNames(only.labels.length > 0 ? only.labels : [only.application], escape)
  return describeApplications(view, ids, escape)
}

/** The same with the application's name always there, for findings that name no object. */
export function describeApplications(
  view: View,
  ids: readonly string[],
  escape: (name: string) => string,
): string {
  return joinNames(
    placesOf(view, ids).map(({ application, labels }) =>
      labels.length === 0 ? escape(application) : `${escape(application)} (${joinNames(labels, escape)})`,
    ),
    (name) => name,
  )
}

/** Names with commas; of more than nine the first eight and a count. */
export function joinNames(names: readonly string[], escape: (name: string) => string): string {
  if (names.length <= listed + 1) return names.map(escape).join(', ')
  return `${names.slice(0, listed).map(escape).join(', ')} and ${plural(names.length - listed, 'more', 'more')}`
}
