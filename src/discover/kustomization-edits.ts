import type { JsonObject } from '../model/json.ts'
import { textAt } from './fields.ts'

/** An entry of a kustomization's `images`. */
export interface ImageEdit {
  readonly name: string
  readonly newName?: string
  readonly newTag?: string
  readonly digest?: string
}

/**
 * Reads what `kustomize edit set image` takes: `name=new:tag`, `name=new@digest`, `name:tag`, `name@digest`,
 * `name=:tag`. A star for the new name or tag keeps the old one.
 */
export function parseImage(argument: string): ImageEdit {
  const equals = argument.indexOf('=')
  if (equals >= 0) {
    const name = argument.slice(0, equals)
    const image = splitImage(argument.slice(equals + 1))
    return {
      name,
      ...(image.name === '' || image.name === name ? {} : { newName: image.name }),
      ...image.version,
    }
  }
  const image = splitImage(argument)
  return { name: image.name, ...image.version }
}

function splitImage(text: string): { name: string; version: Pick<ImageEdit, 'newTag' | 'digest'> } {
  const at = text.indexOf('@')
  if (at >= 0) {
    // `name:tag@digest`: kustomize keeps both.
    const before = splitImage(text.slice(0, at))
    return { name: before.name, version: { ...before.version, digest: text.slice(at + 1) } }
  }
  // A colon in front of a slash belongs to the registry's port.
  const colon = text.lastIndexOf(':')
  if (colon < 0 || text.indexOf('/', colon) >= 0) return { name: text, version: {} }
  return { name: text.slice(0, colon), version: { newTag: text.slice(colon + 1) } }
}

/** Entries of the same name are edited, others are appended; the list is sorted by name as kustomize writes it. */
export function editImages(existing: readonly JsonObject[], edits: readonly ImageEdit[]): JsonObject[] {
  const byName = new Map<string, JsonObject>()
  for (const entry of existing) byName.set(textAt(entry, 'name') ?? '', entry)
  for (const edit of edits) {
    const old = byName.get(edit.name)
    const newName = edit.newName === '*' ? textAt(old, 'newName') : (edit.newName ?? textAt(old, 'newName'))
    const newTag = edit.newTag === '*' ? textAt(old, 'newTag') : edit.newTag
    const given = newTag !== undefined || edit.digest !== undefined
    byName.set(edit.name, {
      name: edit.name,
      ...(newName === undefined ? {} : { newName }),
      ...imageVersion(given ? newTag : textAt(old, 'newTag'), given ? edit.digest : textAt(old, 'digest')),
    })
  }
  return [...byName.values()].sort((a, b) => ((textAt(a, 'name') ?? '') < (textAt(b, 'name') ?? '') ? -1 : 1))
}

function imageVersion(newTag: string | undefined, digest: string | undefined): JsonObject {
  return { ...(newTag === undefined ? {} : { newTag }), ...(digest === undefined ? {} : { digest }) }
}
