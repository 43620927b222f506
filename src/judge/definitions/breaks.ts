import type { Change } from '../../model/change.ts'
import type { RawFinding } from '../../model/finding.ts'
import { displayName } from '../../model/object.ts'
import type { NotChecked } from '../../model/outcome.ts'
import type { JsonObject } from '../../model/json.ts'
import type { RenderedPair } from '../../model/rendering.ts'
import {
  judgeCustomResources,
  type CustomResourceAnswer,
  type CustomResourceQuestion,
} from './custom-resource-judge.ts'
import {
  customResourcesOf,
  definedKind,
  definitionChanges,
  type CustomResource,
  type DefinitionChange,
} from './changes.ts'
import { lostUnconverted, rescoped, unconverted } from './beyond-schema.ts'
import type { TargetOf } from '../environments.ts'
import { fieldSteps } from '../field-steps.ts'
import { fingerprintKey } from '../fingerprint.ts'
import type { Found } from '../judgement.ts'
import { placeOfField, placeOfVersion } from './place.ts'
import type { RepositoryObject, RepositoryObjects } from '../repository-objects.ts'
import type { FoundWithStatus } from '../status.ts'

export interface BreaksInput extends Omit<CustomResourceQuestion, 'kubernetes'> {
  readonly changes: readonly Change[]
  readonly pairs: readonly RenderedPair[]
  readonly repository: RepositoryObjects
  /** Custom resources in files of the head, of the kinds that change. */
  readonly written: readonly RepositoryObject[]
  readonly targetOf: TargetOf
  readonly kubernetes: (change: Change) => string
}

export interface DefinitionBreaks {
  readonly found: readonly FoundWithStatus[]
  readonly notChecked: readonly NotChecked[]
  /** True for a finding on a custom resource that only says again what a finding on its definition says. */
  readonly repeats: (found: FoundWithStatus) => boolean
}

/** One broken resource and why. */
interface Broken {
  readonly resource: CustomResource
  /** Findings that the old definition did not cause; empty for a version that is not served any more. */
  readonly found: readonly Found[]
  /** What is wrong besides; then `found` says nothing of versions. */
  readonly besides?: { readonly said: readonly string[]; readonly path: 'spec.scope' | 'spec.conversion' }
}

/**
 * Changes of CustomResourceDefinitions that break custom resources: what the definition of the base accepts and that of
 * the head refuses, or does not serve any more, or loses fields of, or keeps in another scope. One finding on the definition, however many
 * resources break. A resource that its own edit breaks (the old one would pass the new definition) keeps its finding.
 */
export async function definitionBreaks(input: BreaksInput): Promise<DefinitionBreaks> {
  const edits = definitionChanges(input.changes, input.pairs, input.repository, input.targetOf)
  const found: FoundWithStatus[] = []
  const notChecked: NotChecked[] = []
  const repeated = new Set<string>()
  for (const edit of edits) {
    const { group, kind } = definedKind(edit.old.object)
    const resources = customResourcesOf(new Set([JSON.stringify([group, kind])]), edit.cluster, input)
    const writes = resources.flatMap(({ after, before }) => [
      ...(after === undefined ? [] : [after]),
      ...(before === undefined ? [] : [before]),
    ])
    if (writes.length === 0) continue
    const question = { ...input, kubernetes: input.kubernetes(edit.change) }
    const [was, is] = await Promise.all([
      judgeCustomResources([edit.old.object], writes, question),
      judgeCustomResources(edit.new === undefined ? [] : [edit.new.object], writes, question),
    ])
    if (was === undefined || is === undefined) continue
    notChecked.push(...was.notChecked, ...is.notChecked)
    const scope = rescoped(edit.old.object, edit.new?.object)
    const converted = unconverted(
      edit.old.object,
      edit.new?.object,
      writes.filter((write) => !is.unserved.has(write)),
    )
    const stored =
      converted.size === 0 || edit.new === undefined
        ? undefined
        : await judgeCustomResources([edit.new.object], [...converted.values()], question)
    const broken = resources.flatMap((resource): Broken[] => {
      const bySchema = brokenBy(resource, was, is)
      const { after, before } = resource
      if (bySchema.length > 0 || after === undefined || before === undefined) return bySchema
      if (scope !== undefined)
        return [{ resource, found: [], besides: { said: [scope], path: 'spec.scope' } }]
      const said = stored === undefined ? [] : lostUnconverted(after, converted, stored, is)
      return said.length === 0 ? [] : [{ resource, found: [], besides: { said, path: 'spec.conversion' } }]
    })
    for (const one of broken) for (const { finding } of one.found) repeated.add(fingerprintKey(finding))
    // An old resource that only the new definition refuses was never wrong: it is not fixed by its edit.
    for (const { before } of resources)
      for (const [key] of newlySaid(before, was, is)) repeated.add(`fixed ${key}`)
    if (broken.length > 0) found.push({ ...findingOf(edit, broken), status: 'new', side: sideOf(edit) })
  }
  return {
    found,
    notChecked,
    repeats: ({ finding, status }) =>
      repeated.has(`${status === 'fixed' ? 'fixed ' : ''}${fingerprintKey(finding)}`),
  }
}

function sideOf(edit: DefinitionChange): 'base' | 'head' {
  return edit.new === undefined ? 'base' : 'head'
}

/** What the new definition says of a write and the old one does not. */
function newlySaid(
  write: CustomResource['before'],
  was: CustomResourceAnswer,
  is: CustomResourceAnswer,
): [string, Found][] {
  if (write === undefined || was.unserved.has(write)) return []
  const before = was.said.get(write)
  return [...(is.said.get(write) ?? [])].filter(([key]) => before?.has(key) !== true)
}

function brokenBy(resource: CustomResource, was: CustomResourceAnswer, is: CustomResourceAnswer): Broken[] {
  const { after, before } = resource
  // What the change itself adds was never accepted by anything; what it takes away does not break.
  if (after === undefined || before === undefined || was.unserved.has(after)) return []
  if (is.unserved.has(after)) return is.unserved.has(before) ? [{ resource, found: [] }] : []
  const inherited = new Set(newlySaid(before, was, is).map(([key]) => key))
  const found = newlySaid(after, was, is).flatMap(([key, one]) => (inherited.has(key) ? [one] : []))
  return found.length === 0 ? [] : [{ resource, found }]
}

function findingOf(edit: DefinitionChange, broken: readonly Broken[]): Found {
  const { change } = edit
  const why = reasons(broken, edit.new?.object)
  const count = `${broken.length} custom ${broken.length === 1 ? 'resource' : 'resources'} of the repository`
  const finding: RawFinding = {
    source: 'safety',
    rule: 'safety/breaks-custom-resources',
    level: 'required',
    severity: 'high',
    object: change.identity,
    target: change.target,
    path: why.path,
    element: 'custom resources',
    message: `${edit.new === undefined ? 'its deletion' : 'the change of the definition'} breaks ${count}: ${why.texts.join('; ')}`,
    remedy:
      'mend the resources in the same change, or keep what they need in the definition until they are mended',
  }
  return { object: edit.new ?? edit.old, finding }
}

/** Reasons that are listed, and resources that are named for each. */
const listed = { reasons: 4, names: 8 }

/** A reason, the resources that it breaks, and where it stands in the new definition. */
interface Reason {
  readonly names: Set<string>
  readonly path: string
}

/** `spec.size: must be at most 50 (Widget shop/a, Widget shop/b)`, most resources first, and where the first of them stands. */
function reasons(
  broken: readonly Broken[],
  definition: JsonObject | undefined,
): { readonly texts: readonly string[]; readonly path: string } {
  const groups = new Map<string, Reason>()
  for (const one of broken) {
    const name = displayName(one.resource.change.identity)
    for (const [text, path] of saidOf(one, definition)) {
      const known = groups.get(text) ?? { names: new Set<string>(), path }
      known.names.add(name)
      groups.set(text, known)
    }
  }
  const sorted = [...groups].sort(([a, x], [b, y]) => y.names.size - x.names.size || (a < b ? -1 : 1))
  const shown = sorted.slice(0, listed.reasons).map(([text, { names }]) => {
    const all = [...names].sort()
    const rest = all.length > listed.names ? ` and ${all.length - listed.names} more` : ''
    return `${text} (${all.slice(0, listed.names).join(', ')}${rest})`
  })
  const more = sorted.length > shown.length ? [`and ${sorted.length - shown.length} further reasons`] : []
  return { texts: [...shown, ...more], path: sorted[0]?.[1].path ?? '' }
}

function saidOf(
  { resource, found, besides }: Broken,
  definition: JsonObject | undefined,
): readonly (readonly [text: string, path: string])[] {
  const { object, apiVersion } = resource.after?.object ?? { object: {}, apiVersion: '' }
  const placed = (place: (head: JsonObject) => string): string =>
    definition === undefined ? '' : place(definition)
  if (besides !== undefined) return besides.said.map((text) => [text, placed(() => besides.path)])
  if (found.length === 0)
    return [[`${apiVersion} is not served any more`, placed((head) => placeOfVersion(head, apiVersion))]]
  return found.map(({ finding: { path, message } }) => [
    path === '' ? message : `${path}: ${message}`,
    placed((head) => placeOfField(head, apiVersion, fieldSteps(object, path))),
  ])
}
