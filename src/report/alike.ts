import type { Finding } from '../model/finding.ts'
import { identityKey } from '../model/object.ts'
import type { ReportDestruction } from '../model/report.ts'

/** The first of several that say the same of the same object, with the targets of all. */
export interface Alike<T> {
  readonly item: T
  /** Places besides that of the first: every cluster keeps its own copy of the file. */
  readonly morePlaces: number
}

export function alikeFindings(findings: readonly Finding[]): readonly Alike<Finding>[] {
  return alike(
    findings,
    ({ status, rule, object, path, message }) => [status, rule, object && identityKey(object), path, message],
    ({ location }) => location,
  )
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
