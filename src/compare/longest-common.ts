import { diffArrays } from 'diff'

/**
 * Entries that may differ before a list is shown as replaced as a whole: the time of Myers' algorithm grows with
 * their number, and nobody reads a list of a thousand edits entry by entry.
 */
const largestEdit = 1000

/** Positions of a longest common subsequence on both sides; undefined when the lists differ too much to say. */
export function longestCommon(
  old: readonly string[],
  next: readonly string[],
): { readonly old: ReadonlySet<number>; readonly new: ReadonlySet<number> } | undefined {
  const parts = diffArrays<string>([...old], [...next], { maxEditLength: largestEdit })
  if (parts === undefined) return undefined
  const common = { old: new Set<number>(), new: new Set<number>() }
  let before = 0
  let after = 0
  for (const { added, removed, value } of parts) {
    if (!added && !removed) {
      for (let i = 0; i < value.length; i += 1) {
        common.old.add(before + i)
        common.new.add(after + i)
      }
    }
    if (!added) before += value.length
    if (!removed) after += value.length
  }
  return common
}
