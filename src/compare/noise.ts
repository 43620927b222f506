import type { Change, Difference, FieldStep } from '../model/change.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import { differences } from './difference.ts'
import { objectOf } from './equal.ts'
import { withoutHashSuffix } from './hash-suffix.ts'

/** Old name → new name of the objects of one target whose names differ only by a generated hash. */
export type GeneratedNames = ReadonlyMap<string, ReadonlyMap<string, string>>

/** Target → generated names, as pairing found them. */
export function generatedNames(changes: readonly Change[]): GeneratedNames {
  const names = new Map<string, Map<string, string>>()
  for (const { target, renamedFrom, identity } of changes) {
    if (renamedFrom === undefined) continue
    const known = names.get(target) ?? new Map<string, string>()
    known.set(renamedFrom.name, identity.name)
    names.set(target, known)
  }
  return names
}

/** Labels that charts write anew with each version (Helm's and Kubernetes' recommended labels). */
const versionLabels: ReadonlySet<string> = new Set(['helm.sh/chart', 'app.kubernetes.io/version', 'chart'])

/** Metadata whose labels select nothing: of the object, and of the pods that it makes. */
const metadataPaths: ReadonlySet<string> = new Set([
  'metadata',
  'spec.template.metadata',
  'spec.jobTemplate.metadata',
  'spec.jobTemplate.spec.template.metadata',
])

/**
 * One sentence when an update is only noise: labels of the chart's version, checksum annotations, generated names.
 * Null when anything else differs, and for everything that is no update.
 */
export function noiseOf(change: Change, names: GeneratedNames): string | null {
  const { old, new: next } = change
  if (change.operation !== 'UPDATE' || old === undefined || next === undefined) return null
  const known = names.get(change.target)
  const renamed = new Set<string>()
  const before = known === undefined ? old.object : renameIn(old.object, known, renamed)
  const rest = known === undefined ? change.differences : differences(before, next.object)
  const phrases = new Set<string>()
  for (const difference of rest) {
    const phrase = phraseOf(difference)
    if (phrase === undefined) return null
    phrases.add(phrase)
  }
  for (const name of renamed) phrases.add(`the generated name of ${withoutHashSuffix(name) ?? name}`)
  if (phrases.size === 0) return null
  return `only ${[...phrases].sort().join(' and ')}`
}

function phraseOf({ path, old, new: next }: Difference): string | undefined {
  const map = path.at(-2)
  const key = path.at(-1)
  if (typeof key !== 'string' || (map !== 'labels' && map !== 'annotations')) return undefined
  if (!metadataPaths.has(plainPath(path.slice(0, -2)))) return undefined
  if (map === 'labels' && versionLabels.has(key)) {
    const move = moveOf(key, old, next)
    return move === undefined ? undefined : `the label ${key} ${move}`
  }
  if (map === 'annotations' && /^checksum[/-]/.test(key) && old !== undefined && next !== undefined)
    return `the annotation ${key}`
  return undefined
}

/** `4.11.2 → 4.12.0`, without the chart's name when both sides share it. */
function moveOf(key: string, old: Json | undefined, next: Json | undefined): string | undefined {
  if (typeof old !== 'string' || typeof next !== 'string') return undefined
  if (key === 'app.kubernetes.io/version') return `${old} → ${next}`
  const [before, after] = [splitVersion(old), splitVersion(next)]
  return before.name === after.name ? `${before.version} → ${after.version}` : `${old} → ${next}`
}

function splitVersion(label: string): { name: string; version: string } {
  const match = /-v?\d/.exec(label)
  return match === null
    ? { name: '', version: label }
    : { name: label.slice(0, match.index), version: label.slice(match.index + 1) }
}

function plainPath(path: readonly FieldStep[]): string {
  return path.every((step) => typeof step === 'string') ? path.join('.') : ''
}

/** Replaces old generated names by new ones, wherever a text is exactly such a name; notes which ones it met. */
function renameIn<Value extends Json>(
  value: Value,
  names: ReadonlyMap<string, string>,
  met: Set<string>,
): Value
function renameIn(value: Json, names: ReadonlyMap<string, string>, met: Set<string>): Json {
  if (typeof value === 'string') {
    const next = names.get(value)
    if (next !== undefined) met.add(value)
    return next ?? value
  }
  if (Array.isArray(value)) return (value as readonly Json[]).map((entry) => renameIn(entry, names, met))
  if (!isJsonObject(value)) return value
  return objectOf(Object.entries(value).map(([key, entry]) => [key, renameIn(entry, names, met)]))
}
