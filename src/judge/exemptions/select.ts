import { createHash } from 'node:crypto'
import { canonicalJson } from '../../compare/equal.ts'
import { compileGlob, compileNameGlob } from '../../config/glob.ts'
import type { RawFinding } from '../../model/finding.ts'
import { isJsonObject, type JsonObject } from '../../model/json.ts'
import { groupKind, type RenderedObject } from '../../model/object.ts'
import type { Target } from '../../model/target.ts'
import { at } from '../field-steps.ts'
import type { Exemption } from './exemption.ts'

/** What an exemption is asked about. */
export interface Candidate {
  readonly finding: RawFinding
  readonly object: RenderedObject | undefined
  /** The object at base: its labels count, since the head's are the pull request's own (threats.md, T11). */
  readonly before: RenderedObject | undefined
  readonly target: Target | undefined
}

/** An exemption whose globs were compiled. */
export interface Selector {
  readonly exemption: Exemption
  /** Every field of `match` fits. */
  matchesObject(candidate: Omit<Candidate, 'finding'> & { readonly identity: RawFinding['object'] }): boolean
  /** The finding is of one of its policies, validations and elements, on an object that it matches. */
  matches(candidate: Candidate): boolean
}

export function createSelector(exemption: Exemption): Selector {
  const { match, policies, element } = exemption
  const names = (patterns: readonly string[] | undefined): ((values: readonly string[]) => boolean) => {
    if (patterns === undefined) return () => true
    const globs = patterns.map(compileNameGlob)
    return (values) => values.some((value) => globs.some((glob) => glob.matches(value)))
  }
  const kinds = names(match.kinds)
  const namespaces = names(match.namespaces)
  const objects = names(match.names)
  const applications = names(match.applications)
  const clusters = names(match.clusters)
  const environments = names(match.environments)
  const paths = match.paths?.map(compileGlob)
  const rules = policies.map(({ id, validations }) => ({ glob: compileNameGlob(id), validations }))
  const own = (value: string | undefined): readonly string[] =>
    value === undefined || value === '' ? [] : [value]

  const matchesObject: Selector['matchesObject'] = ({ identity, object, before, target }) =>
    kinds(identity === undefined ? [] : [groupKind(identity)]) &&
    namespaces(own(identity?.namespace === '' ? undefined : identity?.namespace)) &&
    objects(own(identity?.name)) &&
    applications(target === undefined ? [] : [target.name, target.id]) &&
    clusters(own(target?.cluster)) &&
    environments(own(target?.environment)) &&
    (paths === undefined ||
      [...own(target?.path), ...own(object?.origin.file)].some((path) =>
        paths.some((glob) => glob.covers(path)),
      )) &&
    hasLabels(before?.object, match.labels)

  return {
    exemption,
    matchesObject,
    matches: ({ finding, object, before, target }) =>
      rules.some(
        ({ glob, validations }) =>
          glob.matches(finding.rule) &&
          (validations === undefined || validations.includes(finding.validation ?? '')),
      ) &&
      (element === undefined || element === finding.part) &&
      matchesObject({ identity: finding.object, object, before, target }) &&
      (exemption.pinnedTo === undefined ||
        (object !== undefined && exemption.pinnedTo === objectHash(object.object))),
  }
}

function hasLabels(
  object: JsonObject | undefined,
  wanted: Readonly<Record<string, string>> | undefined,
): boolean {
  if (wanted === undefined) return true
  const labels = at(object, 'metadata', 'labels')
  return (
    isJsonObject(labels) &&
    Object.entries(wanted).every(([key, value]) => Object.hasOwn(labels, key) && labels[key] === value)
  )
}

/** `sha256:…` of a rendered object, whatever the order of its keys. */
export function objectHash(object: JsonObject): string {
  return `sha256:${createHash('sha256').update(canonicalJson(object)).digest('hex')}`
}
