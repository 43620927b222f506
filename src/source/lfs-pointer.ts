import { limits } from './limits.ts'

/** First lines by which git-lfs recognises a pointer: the specification's and its two older names. */
const versions = [
  'version https://git-lfs.github.com/spec/v1',
  'version https://hawser.github.com/spec/v1',
  'version http://git-media.io/v/2',
].map((line) => Buffer.from(line))

/** True when the content is a Git LFS pointer: the file itself is not in the repository (git-lfs docs/spec.md). */
export function isLfsPointer(content: Uint8Array): boolean {
  // Every file of a tree comes by here, and hardly any starts with the letter that all three lines start with.
  if (content.length >= limits.lfsPointerBytes || content[0] !== 0x76) return false
  return versions.some(
    (line) => Buffer.compare(content.subarray(0, line.length), line) === 0 && isLineEnd(content[line.length]),
  )
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d
}
