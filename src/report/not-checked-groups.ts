import type { NotChecked } from '../model/outcome.ts'
import type { ReportNotChecked } from '../model/report.ts'
import { number } from './shorten.ts'

/** Targets that one line gives before it counts: the same reason leaves out hundreds of them. */
const namedTargets = 3

/** Kinds and policies that one line gives: people copy them into the configuration. */
const namedThings = 12

/**
 * Joins what was not looked at for one reason: thirty sets that ask Argo CD for its clusters are one thing to mend, and so
 * is a release that five clusters share, or all policies that cannot read one object. What concerns other targets, or
 * stands in another place, stays apart, since that says where.
 */
export function groupNotChecked(entries: readonly NotChecked[]): readonly (readonly NotChecked[])[] {
  const groups = new Map<string, NotChecked[]>()
  for (const entry of entries) {
    const where = namesItself(entry) ? [] : entry.targets
    const key = JSON.stringify([entry.code, entry.reason, entry.location, where])
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [entry])
    else group.push(entry)
  }
  return [...groups.values()]
}

/** Groups of what a change touches, and of the rest. */
export interface NotCheckedGroups {
  readonly near: readonly (readonly NotChecked[])[]
  /** A repository can have hundreds of these, the same on every pull request: one group for each reason code. */
  readonly elsewhere: readonly (readonly NotChecked[])[]
}

export function groupsByTouch(entries: readonly ReportNotChecked[]): NotCheckedGroups {
  return {
    near: groupNotChecked(entries.filter(({ untouched }) => untouched !== true)),
    elsewhere: groupByCode(entries.filter(({ untouched }) => untouched === true)),
  }
}

/** One group for each reason code that has more than a few. */
export function groupByCode(entries: readonly NotChecked[]): readonly (readonly NotChecked[])[] {
  const byCode = new Map<string, NotChecked[]>()
  for (const entry of entries) {
    const group = byCode.get(entry.code)
    if (group === undefined) byCode.set(entry.code, [entry])
    else group.push(entry)
  }
  return [...byCode.values()].flatMap((group) => {
    const alike = groupNotChecked(group)
    return alike.length > namedTargets ? [group] : alike
  })
}

/** True where a group's entries have reasons of their own, of which a line has room for one. */
export function hasOtherReasons([first, ...rest]: readonly NotChecked[]): boolean {
  return rest.some(({ reason }) => reason !== first?.reason)
}

/** What `remote.allow` would have to name so that nothing of this is left out for its host; sorted. */
export function hostsToAllow(entries: readonly NotChecked[]): readonly string[] {
  const hosts = new Set(entries.flatMap(({ allow }) => allow ?? []))
  // GitHub's registry sends everybody there for its layers (docs/remote-sources.md).
  if ([...hosts].some((host) => host.startsWith('ghcr.io/')))
    hosts.add('pkg-containers.githubusercontent.com')
  return [...hosts].sort()
}

/** True when the entry's name says already which target it is about, or when it is about none. */
export function namesItself(entry: NotChecked): boolean {
  return entry.targets.length === 0 || (entry.targets.length === 1 && entry.targets[0] === entry.what)
}

/** `a, b ×2, c and 20 more`. */
export function whatOf(group: readonly NotChecked[], show: (name: string) => string): string {
  const named = group.every(namesItself) || hasOtherReasons(group) ? namedTargets : namedThings
  const more = group.length - named
  const list = group
    .slice(0, named)
    .map(({ what, count }) => `${show(what)}${count > 1 ? ` ×${number(count)}` : ''}`)
    .join(', ')
  return more > 0 ? `${list} and ${more} more` : list
}
