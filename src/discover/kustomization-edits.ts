import type { JsonObject } from '../model/json.ts'
import { textAt } from './fields.ts'
import { compareText } from './paths.ts'

/** An entry of a kustomization's `images`. */
export interface ImageEdit {
  readonly name: string
  readonly newName?: string
  readonly newTag?: string
  readonly digest?: string
}

/**
 * Reads what `kustomize edit set image` takes: `name=new:tag`, `name=new@digest`, `name:tag`, `name@digest`,
 * `name=:tag`. A star for the new name or tag keeps the old one. Undefined for a bare name, which it refuses.
 */
export function parseImage(argument: string): ImageEdit | undefined {
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
  return image.name === argument ? undefined : { name: image.name, ...image.version }
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

/**
 * As `kustomize edit set image`: the last edit of a name replaces the entry of that name as a whole, a star takes a
 * part over from it, and the list is sorted by name.
 */
export function editImages(existing: readonly JsonObject[], edits: readonly ImageEdit[]): JsonObject[] {
  const old = new Map(existing.map((entry) => [textAt(entry, 'name') ?? '', entry]))
  const byName = new Map(old)
  for (const edit of edits) {
    const part = (key: 'newName' | 'newTag' | 'digest'): JsonObject => {
      const value = edit[key] === '*' ? textAt(old.get(edit.name), key) : edit[key]
      return value === undefined || value === '' ? {} : { [key]: value }
    }
    byName.set(edit.name, { name: edit.name, ...part('newName'), ...part('newTag'), ...part('digest') })
  }
  return [...byName.values()].sort((a, b) => compareText(textAt(a, 'name') ?? '', textAt(b, 'name') ?? ''))
}
