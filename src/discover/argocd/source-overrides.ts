import type { Engines } from '../../engine/engines.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import type { Tree } from '../../model/tree.ts'
import { parseTakingLast } from '../repeated-keys.ts'
import { childOf } from '../paths.ts'

/** Fields of a source that an override in the repository cannot touch. */
const kept = ['repoURL', 'path', 'chart', 'targetRevision'] as const

export interface Overridden {
  readonly source: JsonObject
  /** Files that were looked for; they are inputs even when they are not there yet. */
  readonly files: readonly string[]
  readonly error?: string
}

/** Merges `.argocd-source.yaml` and then `.argocd-source-<application>.yaml` of the path into the source. */
export async function applyOverrides(
  source: JsonObject,
  path: string,
  application: string,
  tree: Tree,
  engines: Engines,
): Promise<Overridden> {
  const files = [childOf(path, '.argocd-source.yaml'), childOf(path, `.argocd-source-${application}.yaml`)]
  const present = files.filter((file) => tree.resolve(file).kind === 'file')
  const parsed = await parseTakingLast(tree, engines, present)
  let merged = source
  for (const file of present) {
    const content = parsed.get(file)
    const document = content?.documents[0]
    const error = content?.error?.message ?? document?.error?.message
    if (error !== undefined) return { source, files, error: `${file}: ${error}` }
    if (document === undefined) return { source, files, error: `${file}: Invalid JSON Patch` }
    if (!isJsonObject(document.value))
      return {
        source,
        files,
        error: `${file}: json: cannot unmarshal into Go value of type v1alpha1.ApplicationSource`,
      }
    merged = decodeInto(merged, mergePatch(merged, document.value))
  }
  const restored: Record<string, Json> = { ...merged }
  for (const key of kept) {
    const value = source[key]
    if (value === undefined) Reflect.deleteProperty(restored, key)
    else restored[key] = value
  }
  return { source: restored, files }
}

/**
 * Argo CD reads the patched source into the old one, as Go's encoding/json does: what is gone stays, and entries of
 * lists keep fields of the entries that stood there. `valuesObject` is raw JSON and is replaced.
 */
function decodeInto(old: JsonObject, patched: JsonObject): JsonObject {
  const result: Record<string, Json> = { ...old }
  for (const [key, value] of Object.entries(patched))
    result[key] = key === 'valuesObject' ? value : decodeValue(old[key], value)
  return result
}

function decodeValue(old: Json | undefined, value: Json): Json {
  if (isJsonObject(old) && isJsonObject(value)) return decodeInto(old, value)
  if (Array.isArray(old) && Array.isArray(value)) {
    const entries = old as readonly Json[]
    return (value as readonly Json[]).map((item, i) => decodeValue(entries[i], item))
  }
  return value
}

/** RFC 7396: maps merge, null removes, everything else replaces. */
export function mergePatch(target: JsonObject, patch: JsonObject): JsonObject {
  const merged: Record<string, Json> = { ...target }
  for (const [key, value] of Object.entries(patch)) {
    if (value === null) Reflect.deleteProperty(merged, key)
    else if (isJsonObject(value)) {
      const old = merged[key]
      merged[key] = mergePatch(isJsonObject(old) ? old : {}, value)
    } else merged[key] = value
  }
  return merged
}
