import { isDeepStrictEqual } from 'node:util'
import { isJsonObject, type Json, type JsonObject } from '../../src/model/json.ts'
import type { Answer } from './case.ts'

/** `same-error`: both refuse for what reads like one cause; `other-error`: both refuse, and the texts share little. */
export type Comparison =
  | { readonly result: 'equal' | 'same-error' | 'other-error' }
  | { readonly result: 'unknown'; readonly reason: string }
  | {
      readonly result: 'different'
      readonly lacking: readonly JsonObject[]
      readonly extra: readonly JsonObject[]
    }

/** Compares what the judge says with what we say, object by object. */
export function compareAnswers(judge: Answer, ours: Answer): Comparison {
  if (judge.error !== null && ours.error !== null)
    return { result: alike(judge.error, ours.error) ? 'same-error' : 'other-error' }
  if (ours.unknown !== undefined && (ours.error === null || judge.error !== null))
    return { result: 'unknown', reason: ours.unknown }
  const wanted = judge.objects.map(comparable)
  const got = ours.objects.map(comparable)
  const lacking = without(wanted, got)
  const extra = without(got, wanted)
  if (judge.error === ours.error && lacking.length === 0 && extra.length === 0) return { result: 'equal' }
  return { result: 'different', lacking, extra }
}

/** What both sides write but no rule of GitOps decides. */
function comparable(object: JsonObject): JsonObject {
  const copy = JSON.parse(JSON.stringify(object)) as Record<string, Record<string, Json> | string | null>
  const metadata = copy['metadata']
  if (object['kind'] === 'Application') return withoutEmptyTexts(copy) as JsonObject
  // The Go type prints empty maps; the API server drops them.
  if (typeof metadata === 'object' && metadata !== null)
    for (const key of ['labels', 'annotations', 'creationTimestamp'])
      if (metadata[key] === null || isDeepStrictEqual(metadata[key], {}))
        Reflect.deleteProperty(metadata, key)
  // A helm that was built without its version says 4.2; releases and our library say which.
  const { data } = copy
  if (isJsonObject(data))
    for (const [key, value] of Object.entries(data)) if (value === 'v4.2') data[key] = 'v4.2.4'
  return copy
}

/** Maps of texts, which Go leaves out when they are empty; other empty objects are pointers, and stay. */
const textMaps = ['labels', 'annotations', 'commonLabels', 'commonAnnotations', 'options']

/** Go leaves empty texts and maps of an Application out when it prints one (omitempty). */
function withoutEmptyTexts(value: Json): Json {
  if (Array.isArray(value)) return (value as readonly Json[]).map(withoutEmptyTexts)
  if (!isJsonObject(value)) return value
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, item]) => item !== '' && !(textMaps.includes(key) && isDeepStrictEqual(item, {})))
      .map(([key, item]) => [key, withoutEmptyTexts(item)]),
  )
}

function without(from: readonly JsonObject[], others: readonly JsonObject[]): JsonObject[] {
  const left = [...others]
  return from.filter((object) => {
    const at = left.findIndex((other) => isDeepStrictEqual(object, other))
    if (at < 0) return true
    left.splice(at, 1)
    return false
  })
}

/**
 * Error texts need not be equal, the cause must be: the last clause of one stands in the other, or they share at
 * least half of the telling words (paths, names, quoted text) of the shorter one.
 */
function alike(a: string, b: string): boolean {
  const [x, y] = [plain(innermost(a)), plain(innermost(b))]
  if (x.includes(lastClause(y)) || y.includes(lastClause(x))) return true
  const [p, q] = [words(x), words(y)]
  // Both name the same file.
  if ([...p].some((word) => /\.(?:ya?ml|json|tpl|jsonnet)$/.test(word) && q.has(word))) return true
  const shared = [...p].filter((word) => q.has(word)).length
  return shared >= Math.min(p.size, q.size) / 2
}

/** The judge's message without the command line and its throw-away folders. */
function innermost(text: string): string {
  const at = text.lastIndexOf('Error: ')
  return (at < 0 ? text : text.slice(at)).replaceAll(/\/_argocd-repo\/[0-9a-f-]+\//g, '')
}

function plain(text: string): string {
  return text.toLowerCase().replaceAll(/\s+/g, ' ').replaceAll(/["'`]/g, '').trim()
}

function lastClause(text: string): string {
  return text.split(': ').at(-1) ?? text
}

function words(text: string): Set<string> {
  return new Set(text.split(/[^a-z0-9_./-]+/).filter((word) => word.length > 3))
}
