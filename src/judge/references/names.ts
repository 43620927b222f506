import { withoutHashSuffix } from '../../compare/hash-suffix.ts'
import { nearestName } from '../schema/messages.ts'

/**
 * The name of an object that was probably meant. Names that differ only by the hash of a kustomize generator are the
 * same; names that differ only in digits (`db-1`, `db-2`) or by a few letters of a short name are siblings, not slips.
 */
export function similarName(name: string, candidates: readonly string[]): string | undefined {
  const base = withoutHashSuffix(name) ?? name
  const generated = candidates.filter((candidate) => withoutHashSuffix(candidate) === base)
  if (generated.length === 1) return generated[0]
  if (candidates.includes(base)) return base
  // The shortest name in which one wrong letter is more likely than another word.
  if (name.length < 5) return undefined
  const shape = digitless(name)
  return nearestName(
    name,
    candidates.filter((candidate) => candidate.length >= 5 && digitless(candidate) !== shape),
  )
}

function digitless(name: string): string {
  return name.replace(/[0-9]+/g, '#')
}
