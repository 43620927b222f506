import type { Finding } from '../model/finding.ts'
import { identityKey, type ObjectIdentity } from '../model/object.ts'
import type { ReportDestruction } from '../model/report.ts'

/** The first of several that say the same of the same object, with the targets of all. */
export interface Alike<T> {
  readonly item: T
  /** Places besides that of the first: every cluster keeps its own copy of the file. */
  readonly morePlaces: number
}

/** Findings that have one cause. */
export interface AlikeFindings extends Alike<Finding> {
  /** More than one where one line makes all of them what they are: a base that fourteen overlays build on. */
  readonly objects: readonly ObjectIdentity[]
}

/** Findings on one object are one wherever they stand, and those of one line are one whatever object they are on. */
export function alikeFindings(findings: readonly Finding[]): readonly AlikeFindings[] {
  return joinLines(
    alike(
      findings,
      (finding) => [...saying(finding), finding.object && identityKey(finding.object)],
      ({ location }) => location,
    ),
  )
}

/** Findings of one line only: every place is there. */
export function findingsByLine(findings: readonly Finding[]): readonly AlikeFindings[] {
  return joinLines(findings.map((item) => ({ item, morePlaces: 0 })))
}

function joinLines(findings: readonly Alike<Finding>[]): readonly AlikeFindings[] {
  const groups = new Map<string, Alike<Finding>[]>()
  for (const one of findings) {
    const { object, remedy, location } = one.item
    const apart = location?.line === undefined || one.morePlaces > 0
    const cause = apart ? groups.size : [...saying(one.item), object?.kind, remedy, location]
    const key = JSON.stringify(cause)
    groups.set(key, [...(groups.get(key) ?? []), one])
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const targets = [...new Set(group.flatMap(({ item }) => item.targets))]
    return [
      {
        ...first,
        item: { ...first.item, targets },
        objects: group.flatMap(({ item }) => item.object ?? []),
      },
    ]
  })
}

function saying({ status, level, rule, path, message, exemption }: Finding): readonly unknown[] {
  return [status, level, rule, path, message, exemption?.id]
}

export function alikeDestructions(
  destructions: readonly ReportDestruction[],
): readonly Alike<ReportDestruction>[] {
  return alike(
    destructions,
    ({ object, sentence }) => [identityKey(object), sentence],
    ({ location }) => location,
  )
}

function alike<T extends { readonly targets: readonly string[] }>(
  items: readonly T[],
  identify: (item: T) => readonly unknown[],
  locate: (item: T) => unknown,
): readonly Alike<T>[] {
  const groups = new Map<string, T[]>()
  for (const item of items) {
    const key = JSON.stringify(identify(item))
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [item])
    else group.push(item)
  }
  return [...groups.values()].flatMap((group) => {
    const [first] = group
    if (first === undefined) return []
    const targets = [...new Set(group.flatMap((one) => one.targets))]
    const places = new Set(group.map((one) => JSON.stringify(locate(one))))
    return [{ item: { ...first, targets }, morePlaces: places.size - 1 }]
  })
}
