/**
 * The one point of redaction (threats.md, I6): every value and every text that leaves compare and judge goes through
 * a vault that knows the values of all Secrets of both sides.
 */
import type { Change, Difference, FieldStep } from '../model/change.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import type { RenderedObject } from '../model/object.ts'
import type { RenderedPair } from '../model/rendering.ts'
import type { ReportChange } from '../model/report.ts'
import { equalJson, objectOf } from './equal.ts'
import { carryExact } from '../model/exact-numbers.ts'
import { isSecretLike, isValueField, secretsIn, secretValues } from './secret-objects.ts'
import { isIdentifying, isOrdinary } from './ordinary-words.ts'
import { decodeBase64, formsOf } from './secret-forms.ts'
import { mask, maskShapes } from './secret-text.ts'
import { TextSet } from './text-set.ts'

export interface SecretVault {
  /** Masks values of Secrets within, and copies of known values in every other text and key. */
  mask(value: Json): Json
  /** Masks a whole object, but not what names it; a ConfigMap that was a Secret on the other side is masked like one. */
  maskObject(object: JsonObject): JsonObject
  maskText(text: string): string
  /** A path as people write it; names of fields stay. */
  maskPath(path: string): string
  /** The differences of a change; that a value changed stays visible when both sides are masked. */
  maskDifferences(change: Change): readonly Difference[]
  /** Whether the values of this object are secret as a whole: such objects are shown by their keys only. */
  isSecret(object: JsonObject): boolean
}

/**
 * Names of fields, which schemas publish and no Secret can make secret: a value that happens to be one of them must not
 * make paths illegible, and masking it there would only tell what the value is.
 */
export interface FieldNames {
  readonly fields: ReadonlySet<string>
  /** Fields below which people choose the names: labels, annotations, data. */
  readonly maps: ReadonlySet<string>
}

/** Asked for when a name looks like a Secret's value, which is seldom. */
export type FieldNamesOf = () => FieldNames

const noNames: FieldNamesOf = () => ({ fields: new Set(), maps: new Set() })

/** Marks the new side where both sides look alike once they are masked (threats.md, T51). */
export const changedMark = ' (changed)'

/** A vault that knows all Secrets of all targets on both sides. */
export function vaultOf(pairs: readonly RenderedPair[], names: FieldNamesOf = noNames): SecretVault {
  const known = new TextSet()
  const sides = { base: new Map<string, Set<string>>(), head: new Map<string, Set<string>>() }
  for (const pair of pairs) {
    for (const side of ['base', 'head'] as const) {
      const rendering = pair[side]
      if (rendering?.state !== 'rendered') continue
      for (const rendered of rendering.objects) {
        for (const secret of secretsIn(rendered.object)) register(known, secret)
        noteKind(sides[side], rendered)
      }
    }
  }
  return createVault(known, exchangedKinds(sides.base, sides.head), names)
}

/** A vault that knows the Secrets among some objects. */
export function vaultOfObjects(objects: Iterable<JsonObject>, names: FieldNamesOf = noNames): SecretVault {
  const known = new TextSet()
  for (const object of objects) for (const secret of secretsIn(object)) register(known, secret)
  return createVault(known, new Set(), names)
}

/** Keys of a Secret that were added, removed or changed; empty for other objects and for unchanged ones. */
export function secretKeys(change: Change, vault: SecretVault): ReportChange['secretKeys'] {
  const { old, new: next } = change
  const object = next?.object ?? old?.object
  if (object === undefined || !vault.isSecret(object)) return []
  const before = old === undefined ? new Map<string, Json>() : secretValues(old.object)
  const after = next === undefined ? new Map<string, Json>() : secretValues(next.object)
  return [...new Set([...before.keys(), ...after.keys()])]
    .sort()
    .flatMap((key): ReportChange['secretKeys'] => {
      if (!before.has(key)) return [{ key, change: 'added' }]
      if (!after.has(key)) return [{ key, change: 'removed' }]
      return equalJson(before.get(key), after.get(key)) ? [] : [{ key, change: 'changed' }]
    })
}

function createVault(texts: TextSet, exchanged: ReadonlySet<string>, namesOf: FieldNamesOf): SecretVault {
  const isSecret = (object: JsonObject): boolean => isSecretLike(object) || exchanged.has(nameKey(object))
  const maskText = (text: string): string => texts.replaceIn(maskShapes(text), mask)

  let names: FieldNames | undefined

  function isName(text: string, parent: string | undefined): boolean {
    names ??= namesOf()
    return names.fields.has(text) && (parent === undefined || !names.maps.has(parent))
  }

  function maskKey(key: string, parent: string | undefined): string {
    const masked = maskText(key)
    return masked === key || isName(key, parent) ? key : masked
  }

  /** Names of fields are taken out while the rest is masked as one text: a value may stretch over several keys. */
  function maskPath(path: string): string {
    if (maskText(path) === path) return path
    const kept: string[] = []
    let parent: string | undefined
    const marked = path.replace(/\[[^\]]*\]?|[^.[\]]+/g, (step) => {
      if (step.startsWith('[')) return step
      const keep = isName(step, parent)
      parent = step
      return keep ? `\0${kept.push(step) - 1}\0` : step
    })
    return maskText(marked).replace(/\0(\d+)\0/g, (_, index: string) => kept[Number(index)] ?? mask)
  }

  function maskAny(value: Json, parent?: string): Json {
    if (typeof value === 'string') return maskText(value)
    if (Array.isArray(value))
      return carryExact(
        value,
        (value as readonly Json[]).map((entry) => maskAny(entry, parent)),
      )
    if (!isJsonObject(value)) return value
    const secret = isSecret(value)
    return carryExact(
      value,
      objectOf(
        Object.entries(value).map(([key, entry]) => [
          maskKey(key, parent),
          secret && isValueField(key) ? maskValues(entry) : maskAny(entry, key),
        ]),
      ),
    )
  }

  function maskSteps(path: readonly FieldStep[]): readonly FieldStep[] {
    return path.map((step, depth) => {
      if (typeof step === 'string') return maskKey(step, nameAbove(path, depth))
      if (typeof step === 'number') return step
      return { ...step, keys: maskAny(step.keys) as JsonObject }
    })
  }

  function maskDifference(secret: boolean, { path, old, new: next }: Difference): Difference {
    const parent = nameAbove(path, path.length)
    const hide = secret && isValueField(path[0]) ? maskValues : (value: Json): Json => maskAny(value, parent)
    const before = old === undefined ? undefined : hide(old)
    const after = next === undefined ? undefined : hide(next)
    const hidden = before !== undefined && after !== undefined && equalJson(before, after)
    return {
      path: maskSteps(path),
      ...(before === undefined ? {} : { old: before }),
      ...(after === undefined ? {} : { new: hidden ? markChanged(after) : after }),
    }
  }

  return {
    mask: (value) => maskAny(value),
    maskObject: (object) => keepIdentity(maskAny(object) as JsonObject, object),
    maskText,
    maskPath,
    maskDifferences(change) {
      const secret = [change.old, change.new].some((side) => side !== undefined && isSecret(side.object))
      return change.differences.map((difference) => maskDifference(secret, difference))
    },
    isSecret,
  }
}

/** The last name before a depth; positions in lists have none. */
function nameAbove(path: readonly FieldStep[], depth: number): string | undefined {
  return path.slice(0, depth).findLast((step) => typeof step === 'string')
}

/** A secret value such as `default` must not make an object unrecognisable: reports name objects anyway. */
function keepIdentity(masked: JsonObject, { apiVersion, kind, metadata }: JsonObject): JsonObject {
  const named = isJsonObject(metadata) ? pick(metadata, ['name', 'namespace']) : {}
  return {
    ...masked,
    ...(apiVersion === undefined ? {} : { apiVersion }),
    ...(kind === undefined ? {} : { kind }),
    ...(isJsonObject(masked['metadata']) ? { metadata: { ...masked['metadata'], ...named } } : {}),
  }
}

function pick(object: JsonObject, keys: readonly string[]): JsonObject {
  return objectOf(
    keys.flatMap((key) => {
      const value = object[key]
      return value === undefined ? [] : [[key, value] as const]
    }),
  )
}

function markChanged(value: Json): Json {
  return typeof value === 'string' ? value + changedMark : mask + changedMark
}

/** Every leaf; the keys stay. */
function maskValues(value: Json): Json {
  if (!isJsonObject(value)) return mask
  return objectOf(Object.keys(value).map((key) => [key, mask]))
}

/** `data` is base64 of the value, `stringData` the value. SOPS' ciphertext is no secret, and is masked in place. */
function register(texts: TextSet, secret: JsonObject): void {
  for (const [key, value] of secretValues(secret)) {
    if (typeof value !== 'string' && typeof value !== 'number') continue
    const text = String(value)
    if (text.startsWith('ENC[')) continue
    const decoded = decodeBase64(text)
    const isWord = [text, decoded?.trim()].some((form) => form !== undefined && isOrdinary(form))
    if (isWord && isIdentifying(key)) continue
    for (const form of [...formsOf(text), ...(decoded === undefined ? [] : formsOf(decoded))]) texts.add(form)
  }
}

function noteKind(kinds: Map<string, Set<string>>, { object, identity }: RenderedObject): void {
  const kind = isSecretLike(object) ? 'secret' : identity.kind === 'ConfigMap' ? 'map' : undefined
  if (kind === undefined) return
  const key = nameKey(object)
  const known = kinds.get(key) ?? new Set()
  known.add(kind)
  kinds.set(key, known)
}

/** ConfigMaps that take the place of a Secret, or give it to one: their short values are secret too (K14). */
function exchangedKinds(
  base: ReadonlyMap<string, ReadonlySet<string>>,
  head: ReadonlyMap<string, ReadonlySet<string>>,
): ReadonlySet<string> {
  const only = (side: ReadonlyMap<string, ReadonlySet<string>>, key: string, kind: string): boolean =>
    side.get(key)?.size === 1 && side.get(key)?.has(kind) === true
  const exchanged = new Set<string>()
  for (const key of base.keys()) {
    const secretFirst = only(base, key, 'secret') && only(head, key, 'map')
    if (secretFirst || (only(base, key, 'map') && only(head, key, 'secret'))) exchanged.add(key)
  }
  return exchanged
}

/** Namespace and name of a ConfigMap or Secret; the empty text for anything else. */
function nameKey(object: JsonObject): string {
  const metadata = object['metadata']
  const kind = object['kind']
  if (!isJsonObject(metadata) || typeof kind !== 'string' || !/(?:configmap|secret)$/i.test(kind)) return ''
  return JSON.stringify([metadata['namespace'] ?? '', metadata['name'] ?? ''])
}
