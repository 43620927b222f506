import { parseImage } from '../compare/image-reference.ts'
import { generatedNames, noiseOf } from '../compare/noise.ts'
import type { Change, Difference } from '../model/change.ts'

/** True when every change only moves the tag or digest of an image, or is noise such as a chart's version label. */
export function onlyVersionsMove(changes: readonly Change[]): boolean {
  const real = changes.filter(({ operation }) => operation !== 'NONE')
  if (real.length === 0) return false
  const names = generatedNames(changes)
  return real.every((change) => {
    if (change.operation !== 'UPDATE') return false
    const rest = change.differences.filter((difference) => !movesVersion(difference))
    // Without generated names noise is judged by the differences given, which are those that no image explains.
    return (
      rest.length === 0 ||
      noiseOf({ ...change, differences: rest }, new Map()) !== null ||
      noiseOf(change, names) !== null
    )
  })
}

/** Another tag or digest of the same repository in a field named `image`. */
function movesVersion({ path, old, new: next }: Difference): boolean {
  if (path.at(-1) !== 'image' || typeof old !== 'string' || typeof next !== 'string') return false
  const before = parseImage(old)
  const after = parseImage(next)
  return before !== undefined && after !== undefined && before.repository === after.repository
}
