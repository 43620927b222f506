import type { YamlDocument } from '../engine/api.ts'

/**
 * Cuts a file where Go's reader does (engines/render/internal/yamlfile/split.go): at lines of `---`, also when something
 * follows after a blank. Each piece is a file of its own to that reader, with the same document in it. Nothing else of
 * YAML is read here.
 *
 * @returns undefined for files that are not worth it or not that simple: one document, `...` at the start of a line, a
 *   byte order mark, more documents than the reader takes
 */
export function cut(content: Uint8Array): readonly Uint8Array[] | undefined {
  const bytes = Buffer.from(content.buffer, content.byteOffset, content.byteLength)
  // Marks (EF BB BF, FE FF, FF FE) mean something at the start of a file only.
  if ((bytes[0] ?? 0) >= 0xef || startsWith(bytes, '...') || bytes.includes('\n...')) return undefined
  const dashes = separators(bytes)
  if (dashes.length === 0 || dashes.length >= mostDocuments) return undefined
  // What stands behind the dashes belongs to the document.
  return [
    bytes.subarray(0, dashes[0]),
    ...dashes.map((at, i) => bytes.subarray(at + separator.length, dashes[i + 1])),
  ]
}

/** engines/render/internal/yamlfile/limits.go */
const mostDocuments = 20_000

const separator = '---'
/** What may stand behind it: tab, end of line, carriage return, blank. */
const blanks = new Set([0x09, 0x0a, 0x0d, 0x20])

/** Positions of the dashes between documents. */
function separators(bytes: Buffer): readonly number[] {
  const found: number[] = []
  const note = (at: number): void => {
    const behind = bytes[at + separator.length]
    if (behind === undefined || blanks.has(behind)) found.push(at)
  }
  if (startsWith(bytes, separator)) note(0)
  for (let at = bytes.indexOf('\n---'); at >= 0; at = bytes.indexOf('\n---', at + 1)) note(at + 1)
  return found
}

function startsWith(bytes: Buffer, text: string): boolean {
  return bytes.subarray(0, text.length).equals(Buffer.from(text))
}

/** How many lines end in a text. */
export function endsOfLines(text: Uint8Array): number {
  let count = 0
  for (let at = text.indexOf(0x0a); at >= 0; at = text.indexOf(0x0a, at + 1)) count++
  return count
}

/** The documents of a file, from those of its pieces as if each were a file. @param pieces with the lines that end in each */
export function joinParts(
  pieces: readonly { readonly documents: readonly YamlDocument[]; readonly lines: number }[],
): readonly YamlDocument[] {
  const joined: YamlDocument[] = []
  let before = 0
  for (const { documents, lines } of pieces) {
    for (const document of documents)
      joined.push({ ...document, line: document.line + before, index: joined.length })
    before += lines
  }
  return joined
}
