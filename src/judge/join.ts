import type { Finding, FindingStatus, RawFinding } from '../model/finding.ts'
import { identityKey } from '../model/object.ts'
import { fingerprint } from './fingerprint.ts'

/** A finding of one target whose status and location are known. */
export interface Settled {
  readonly finding: RawFinding
  readonly status: FindingStatus
}

const statusOrder: Readonly<Record<FindingStatus, number>> = { new: 0, existing: 1, fixed: 2 }

/**
 * Joins what is equal in several targets into one finding, sorted. Its fingerprint is that of its first target, so that
 * it is unique, and stays when further targets join.
 */
export function joinFindings(settled: readonly Settled[]): readonly Finding[] {
  const groups = new Map<string, [Settled, ...Settled[]]>()
  for (const one of settled) {
    const key = joinKey(one)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [one])
    else group.push(one)
  }
  return [...groups.values()].map(joined).sort(compareFindings)
}

function joinKey({ finding, status }: Settled): string {
  const { rule, object, element, path, message, location, level, exemption } = finding
  return JSON.stringify([
    status,
    level,
    rule,
    object === undefined ? '' : identityKey(object),
    element,
    path,
    message,
    location?.file ?? '',
    location?.line ?? 0,
    exemption?.id ?? '',
  ])
}

function joined(group: readonly [Settled, ...Settled[]]): Finding {
  const targets = [...new Set(group.map(({ finding }) => finding.target))].sort()
  const { target, element, ...finding } = group[0].finding
  return {
    ...finding,
    fingerprint: fingerprint({ ...finding, element, target: targets[0] ?? target }),
    status: group[0].status,
    targets,
  }
}

function compareFindings(a: Finding, b: Finding): number {
  const key = (finding: Finding): string =>
    [
      statusOrder[finding.status],
      finding.rule,
      finding.object === undefined ? '' : identityKey(finding.object),
      finding.path,
      finding.fingerprint,
      finding.message,
      ...finding.targets,
    ].join('\n')
  const [left, right] = [key(a), key(b)]
  return left < right ? -1 : left > right ? 1 : 0
}
