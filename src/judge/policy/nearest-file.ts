import { closest, distance } from 'fastest-levenshtein'
import type { Tree } from '../../model/tree.ts'
import { isManifest } from './set.ts'

/** Letters that differ between a name and a misspelt one at most. */
const typingErrors = 4

/** The file that may have been meant, as an end of a sentence. */
export function nearestFile(file: string, tree: Tree): string {
  const files = tree.entries().flatMap(({ kind, path }) => (kind === 'file' ? [path] : []))
  const name = file.slice(file.lastIndexOf('/') + 1)
  const moved = files.filter((path) => path === name || path.endsWith(`/${name}`))
  const near = files.filter((path) => distance(path, file) <= typingErrors)
  const [best] = near.length > 0 ? [closest(file, near)] : moved
  return best === undefined ? '' : `; did you mean ${best}?`
}

/** Why an entry of a set found no policy, as a clause. */
export function whyNone(path: string, tree: Tree): string {
  const { kind } = tree.resolve(path)
  if (kind !== 'file' && kind !== 'directory') return `${path} is not in the set${nearestFile(path, tree)}`
  if (kind === 'file' && path.endsWith('.rego'))
    return `${path} holds no rule named deny, violation or warn, or one of these with _name behind it`
  if (kind === 'file' && !isManifest(path))
    return `${path} is no policy: files of policies end in .yaml, .yml, .json or .rego`
  return `${path} holds no policy`
}
