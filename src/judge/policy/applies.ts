import { compileGlob, compileNameGlob } from '../../config/glob.ts'
import type { Change } from '../../model/change.ts'
import { groupKind, identityKey, type RenderedObject } from '../../model/object.ts'
import type { AppliesTo, Policy } from '../../model/policy.ts'
import type { RenderedPair } from '../../model/rendering.ts'
import type { Target } from '../../model/target.ts'
import type { TargetOf } from '../environments.ts'
import type { ChangeWrite } from '../writes.ts'
import type { Found } from '../judgement.ts'
import type { Evaluated } from './evaluator.ts'
import type { PolicySource } from './source.ts'
import { withParts } from './part.ts'
import { placedKey } from '../placed-key.ts'

/**
 * What evaluators said, without what policies say outside of where they apply, and with the part of the object that each
 * message names. Evaluators know nothing of targets: a set that applies to one cluster is compiled like any other.
 */
export function applicable(
  { found, notChecked, matched, unanswered = [] }: Evaluated,
  {
    policies,
    targetOf,
    writes,
    pairs,
  }: {
    readonly policies: PolicySource
    readonly targetOf: TargetOf
    readonly writes: readonly ChangeWrite[]
    readonly pairs: readonly RenderedPair[]
  },
): Evaluated {
  const byId = new Map([...policies.policies.values()].map((policy) => [policy.id, policy]))
  const applies = createApplies()
  const before = placesBefore(pairs)
  const paired = new Set(
    writes.flatMap(({ change: { old, target, identity } }) =>
      old === undefined ? [] : [placedKey(target, identity)],
    ),
  )
  return {
    matched,
    unanswered,
    found: found
      .flatMap((one): Found[] => {
        const { finding, object } = one
        const policy = byId.get(finding.rule)
        if (policy === undefined || finding.object === undefined) return [one]
        const target = targetOf(finding.target)
        if (applies(policy.appliesTo, placeOf(finding.object, object), target)) return [one]
        // What was under a policy stays under it until the pull request that moves it is merged (threats.md, T11).
        const was = before(finding.object).find(
          (one) => one.target.cluster === target?.cluster && applies(policy.appliesTo, one.place, one.target),
        )
        if (was === undefined) return []
        // An object that went to another application is compared with itself where it was.
        return [
          paired.has(placedKey(finding.target, finding.object))
            ? one
            : { ...one, finding: { ...finding, target: was.target.id } },
        ]
      })
      .map(withParts),
    notChecked: notChecked.flatMap((entry) => {
      const policy = byId.get(entry.what)
      if (policy === undefined || entry.targets.length === 0) return [entry]
      // What cannot block when it is known does not block when it is not; it stays listed.
      if (policy.level === 'advisory' && entry.code === 'not-evaluable') return [{ ...entry, targets: [] }]
      const targets = entry.targets.filter((id) => appliesSomewhere(policy, targetOf(id), applies))
      return targets.length === 0 ? [] : [{ ...entry, targets }]
    }),
  }
}

interface PlaceBefore {
  readonly place: Place
  readonly target: Target
}

/** Where objects stood at base, by identity; collected when somebody asks. */
function placesBefore(
  pairs: readonly RenderedPair[],
): (identity: Change['identity']) => readonly PlaceBefore[] {
  let places: Map<string, PlaceBefore[]> | undefined
  return (identity) => {
    if (places === undefined) {
      places = new Map()
      for (const { base } of pairs) {
        if (base?.state !== 'rendered') continue
        for (const object of base.objects) {
          const key = identityKey(object.identity)
          const known = places.get(key)
          const found = { place: placeOf(object.identity, object), target: base.target }
          if (known === undefined) places.set(key, [found])
          else known.push(found)
        }
      }
    }
    return places.get(identityKey(identity)) ?? []
  }
}

function placeOf(identity: Change['identity'], object: RenderedObject | undefined): Place {
  const file = object?.origin.file
  return { identity, ...(file === undefined ? {} : { file }) }
}

/** Objects that the answer is asked about: in which file they stand, when that is known. */
export interface Place {
  readonly identity: Change['identity']
  readonly file?: string
}

/** True when every one of the restrictions holds. Globs are compiled once for a run. */
export function createApplies(): (
  restrictions: readonly AppliesTo[],
  place: Place | undefined,
  target: Target | undefined,
) => boolean {
  const compiled = new Map<string, (value: string) => boolean>()
  const matcher = (pattern: string, paths: boolean): ((value: string) => boolean) => {
    const key = `${paths} ${pattern}`
    const known = compiled.get(key)
    if (known !== undefined) return known
    const glob = paths ? compileGlob(pattern) : compileNameGlob(pattern)
    const made = (value: string): boolean => (paths ? glob.covers(value) : glob.matches(value))
    compiled.set(key, made)
    return made
  }
  const holds = (patterns: readonly string[], values: readonly string[], paths = false): boolean => {
    if (patterns.length === 0) return true
    const some = (pattern: string): boolean => values.some(matcher(pattern, paths))
    const denied = patterns.filter((pattern) => pattern.startsWith('!'))
    const allowed = patterns.filter((pattern) => !pattern.startsWith('!'))
    return (allowed.length === 0 || allowed.some(some)) && !denied.some((pattern) => some(pattern.slice(1)))
  }
  return (restrictions, place, target) =>
    restrictions.every((to) => {
      const own = (value: string | undefined): readonly string[] => (value === undefined ? [] : [value])
      return (
        holds(to.clusters, own(target?.cluster)) &&
        holds(to.environments, own(target?.environment)) &&
        holds(to.applications, target === undefined ? [] : [target.name, target.id]) &&
        (place === undefined ||
          (holds(to.paths, [...own(target?.path), ...own(place.file)], true) &&
            holds(to.kinds, [groupKind(place.identity)]) &&
            holds(to.namespaces, own(place.identity.namespace || target?.namespace))))
      )
    })
}

function appliesSomewhere(
  { appliesTo }: Policy,
  target: Target | undefined,
  applies: ReturnType<typeof createApplies>,
): boolean {
  return applies(appliesTo, undefined, target)
}
