import { parseFiles } from '../discover/documents.ts'
import { textAt } from '../discover/fields.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { splitApiVersion } from '../model/object.ts'
import { memoryTree } from '../source/memory-tree.ts'
import type { RenderContext } from './context.ts'

/** A patch that only sets fields, of every object that its target names. */
export interface PlainPatch {
  readonly target: Readonly<Record<string, RegExp>>
  readonly fields: JsonObject
}

/** Targets that kustomize reads as regular expressions and that mean the same here. */
const plainPattern = /^[A-Za-z0-9.-]+$/
const targetKeys = new Set(['group', 'version', 'kind', 'name'])

/**
 * The patches of a kustomization, when all that they do is to set fields to words and numbers: the one kind that Flux's
 * repositories hand down to every release. Undefined for lists, which kustomize merges by keys, for deletions,
 * directives, JSON patches, files, options and patches without a target.
 */
export async function readPlainPatches(
  patches: Json | undefined,
  { engines }: Pick<RenderContext, 'engines'>,
): Promise<readonly PlainPatch[] | undefined> {
  if (patches === undefined) return []
  if (!Array.isArray(patches)) return undefined
  const read: PlainPatch[] = []
  for (const entry of patches as readonly Json[]) {
    const target = isJsonObject(entry) ? targetOf(entry['target']) : undefined
    const text = isJsonObject(entry) ? entry['patch'] : undefined
    if (!isJsonObject(entry) || Object.keys(entry).length !== 2) return undefined
    if (target === undefined || typeof text !== 'string') return undefined
    const file = 'patch.yaml'
    const parsed = (await parseFiles(memoryTree({ [file]: text }, { time: 0 }), engines, [file])).get(file)
    const [document, ...others] = parsed?.documents ?? []
    if (parsed?.error !== undefined || document?.error !== undefined || others.length > 0) return undefined
    const fields = document?.value
    if (!isJsonObject(fields) || !onlySets(fields)) return undefined
    const { metadata, ...rest } = fields
    // kustomize keeps the object's own name.
    if (!isJsonObject(metadata) || Object.keys(metadata).some((key) => key !== 'name')) return undefined
    if (textAt(fields, 'apiVersion') === undefined || textAt(fields, 'kind') === undefined) return undefined
    read.push({ target, fields: rest })
  }
  return read
}

/** The object with a patch that names it; undefined when kustomize might make something else of it. */
export function applyPlainPatch(object: JsonObject, { target, fields }: PlainPatch): JsonObject | undefined {
  const { group, version } = splitApiVersion(textAt(object, 'apiVersion') ?? '')
  const said: Readonly<Record<string, string>> = {
    group,
    version,
    kind: textAt(object, 'kind') ?? '',
    name: textAt(object, 'metadata', 'name') ?? '',
  }
  if (Object.entries(target).some(([key, pattern]) => !pattern.test(said[key] ?? ''))) return object
  // Lists of built-in kinds and their defaults are another matter: custom resources only.
  if (!group.includes('.') || group.endsWith('.k8s.io')) return undefined
  if (fields['apiVersion'] !== object['apiVersion'] || fields['kind'] !== object['kind']) return undefined
  // A merge takes away what is null, wherever it stands.
  return holdsNull(object) ? undefined : merge(object, fields)
}

function holdsNull(value: Json): boolean {
  if (value === null) return true
  return (
    typeof value === 'object' &&
    Object.values(value).some((one: Json | undefined) => one === undefined || holdsNull(one))
  )
}

function targetOf(target: Json | undefined): PlainPatch['target'] | undefined {
  if (!isJsonObject(target) || target['kind'] === undefined) return undefined
  const patterns: Record<string, RegExp> = {}
  for (const [key, value] of Object.entries(target)) {
    if (!targetKeys.has(key) || typeof value !== 'string' || !plainPattern.test(value)) return undefined
    patterns[key] = new RegExp(`^${value}$`)
  }
  return patterns
}

function onlySets(value: Json | undefined): boolean {
  if (value === undefined || value === null || Array.isArray(value)) return false
  if (!isJsonObject(value)) return true
  const entries = Object.entries(value)
  return entries.length > 0 && entries.every(([key, one]) => !key.startsWith('$') && onlySets(one))
}

function merge(old: JsonObject, fields: JsonObject): JsonObject | undefined {
  const merged: Record<string, Json> = { ...old }
  for (const [key, value] of Object.entries(fields)) {
    const before = Object.hasOwn(old, key) ? old[key] : undefined
    if (before === undefined) merged[key] = value
    else if (Array.isArray(before) || isJsonObject(before) !== isJsonObject(value)) return undefined
    else if (isJsonObject(before) && isJsonObject(value)) {
      const inner = merge(before, value)
      if (inner === undefined) return undefined
      merged[key] = inner
    } else merged[key] = value
  }
  return merged
}
