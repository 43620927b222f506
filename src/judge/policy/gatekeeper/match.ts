import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { at, textAt } from '../../field-steps.ts'
import { selects } from './selector.ts'
import { group, listAt, textsAt } from './template.ts'

/** What a constraint's match is asked about. */
export interface Matchable {
  readonly object: JsonObject
  /** The Namespace that the object is in, when it is known. */
  readonly namespace?: JsonObject
  /** Made by an expansion template, or by people. */
  readonly source: 'Original' | 'Generated'
  /** gator knows a namespace or does not; a cluster has every one. */
  readonly asGator?: true
}

/** A match that needs to know more than is known: Gatekeeper refuses the object then. */
export class MatchError extends Error {
  override readonly name = 'MatchError'
}

/**
 * gatekeeper pkg/mutation/match: every part that is given must hold; what is not given matches everything. An object in
 * no namespace comes without one, as the webhook and `gator verify` have it; `gator test` gives it an empty Namespace
 * (pkg/gator/expand, NamespaceForResource), so that there no `scope: Cluster` ever matches it.
 * Throws `MatchError` when a namespaceSelector meets an object whose Namespace is not known.
 */
export function matches(match: JsonObject, target: Matchable): boolean {
  return (
    kindMatches(match, target) &&
    scopeMatches(match, target) &&
    namespacesMatch(match, target) &&
    selectorMatches(at(match, 'labelSelector'), target.object) &&
    namespaceSelectorMatches(match, target) &&
    nameMatches(match, target) &&
    sourceMatches(match, target)
  )
}

function kindMatches(match: JsonObject, { object }: Matchable): boolean {
  const kinds = listAt(match, 'kinds')
  const covers = (wanted: readonly string[], value: string): boolean =>
    wanted.length === 0 || wanted.includes('*') || wanted.includes(value)
  return (
    kinds.length === 0 ||
    kinds.some(
      (one) =>
        covers(textsAt(one, 'kinds'), textAt(object, 'kind') ?? '') &&
        covers(textsAt(one, 'apiGroups'), group(object)),
    )
  )
}

function scopeMatches(match: JsonObject, { object, namespace }: Matchable): boolean {
  const inNamespace = namespaceOf(object) !== '' || namespace !== undefined
  switch (textAt(match, 'scope')) {
    case 'Cluster':
      return isNamespace(object) || !inNamespace
    case 'Namespaced':
      return !isNamespace(object) && inNamespace
    default:
      return true
  }
}

function namespacesMatch(match: JsonObject, target: Matchable): boolean {
  const name = namespaceName(target)
  // What is in no namespace cannot be disqualified by one.
  if (name === '') return true
  const wanted = textsAt(match, 'namespaces')
  const excluded = textsAt(match, 'excludedNamespaces')
  return (
    (wanted.length === 0 || wanted.some((pattern) => globMatches(pattern, name))) &&
    !excluded.some((pattern) => globMatches(pattern, name))
  )
}

/** A Namespace counts as being in itself. */
function namespaceName({ object, namespace }: Matchable): string {
  if (isNamespace(object)) return textAt(object, 'metadata', 'name') ?? ''
  return textAt(namespace, 'metadata', 'name') ?? namespaceOf(object)
}

function namespaceSelectorMatches(match: JsonObject, { object, namespace, asGator }: Matchable): boolean {
  const selector = at(match, 'namespaceSelector')
  if (!isJsonObject(selector)) return true
  if (isNamespace(object)) return selectorMatches(selector, object)
  if (namespace !== undefined) return selectorMatches(selector, namespace)
  const name = namespaceOf(object)
  if (name === '') return true
  // Every namespace carries this label, so no other one needs to be known.
  const own: JsonObject = { metadata: { labels: { [nameLabel]: name } } }
  if (asGator !== true && selectsOnlyBy(selector, nameLabel)) return selectorMatches(selector, own)
  throw new MatchError(`the labels of the namespace ${name} are not known, and its match selects by them`)
}

const nameLabel = 'kubernetes.io/metadata.name'

function selectsOnlyBy(selector: JsonObject, label: string): boolean {
  const { matchLabels } = selector
  return (
    Object.keys(isJsonObject(matchLabels) ? matchLabels : {}).every((key) => key === label) &&
    listAt(selector, 'matchExpressions').every((one) => textAt(one, 'key') === label)
  )
}

function selectorMatches(selector: Json | undefined, object: JsonObject): boolean {
  return selects(selector, at(object, 'metadata', 'labels'))
}

function nameMatches(match: JsonObject, { object }: Matchable): boolean {
  const pattern = textAt(match, 'name') ?? ''
  if (pattern === '') return true
  const generated = textAt(object, 'metadata', 'generateName') ?? ''
  return (
    globMatches(pattern, textAt(object, 'metadata', 'name') ?? '') ||
    (pattern.endsWith('*') && globMatches(pattern, generated))
  )
}

function sourceMatches(match: JsonObject, { source }: Matchable): boolean {
  const wanted = textAt(match, 'source') ?? ''
  if (!['', 'All', 'Generated', 'Original'].includes(wanted))
    throw new MatchError(`its match has the source ${wanted}, which is none of All, Generated, Original`)
  return wanted === '' || wanted === 'All' || wanted === source
}

/** A star at the front, at the end, or at both (gatekeeper pkg/wildcard). */
export function globMatches(pattern: string, value: string): boolean {
  const front = pattern.startsWith('*')
  const end = pattern.endsWith('*')
  if (front && end) return value.includes(pattern.slice(1).replace(/\*$/, ''))
  if (front) return value.endsWith(pattern.slice(1))
  if (end) return value.startsWith(pattern.slice(0, -1))
  return pattern === value
}

export function isNamespace(object: JsonObject): boolean {
  return object['kind'] === 'Namespace' && group(object) === ''
}

function namespaceOf(object: JsonObject): string {
  return textAt(object, 'metadata', 'namespace') ?? ''
}
