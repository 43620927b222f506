/**
 * Paths as strings. Git and Linux name files by bytes, most of which are UTF-8. A byte that is not part of valid UTF-8
 * becomes the lone surrogate U+DC80 to U+DCFF (Python's "surrogateescape"): two different names never become one
 * string, and the bytes can be had back. No YAML file can name such a path, because YAML is UTF-8; it can only be
 * listed, and a report shows it escaped.
 */

// The byte order mark is a part of a name like any other, hence ignoreBOM.
const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })
const encoder = new TextEncoder()
const loneSurrogate = /\p{Surrogate}/u

/** The string of a path's bytes; reversible by {@link encodePath}. */
export function decodePath(bytes: Uint8Array): string {
  return decodeUtf8(bytes) ?? decodeEscaping(bytes)
}

/** The bytes of a path's string. */
export function encodePath(path: string): Uint8Array {
  if (!loneSurrogate.test(path)) return encoder.encode(path)
  const parts: number[] = []
  for (const character of path) {
    const unit = character.length === 1 ? character.charCodeAt(0) : 0
    if (unit >= 0xdc80 && unit <= 0xdcff) parts.push(unit - 0xdc00)
    else parts.push(...encoder.encode(character))
  }
  return Uint8Array.from(parts)
}

/** Orders paths by their bytes, as git does. Negative, zero or positive. */
export function comparePaths(a: string, b: string): number {
  const shorter = Math.min(a.length, b.length)
  for (let i = 0; i < shorter; i++) {
    const left = a.charCodeAt(i)
    const right = b.charCodeAt(i)
    if (left === right) continue
    // Below the surrogates the order of UTF-16 units is that of UTF-8 bytes; above it is not.
    if (left < 0xd800 && right < 0xd800) return left - right
    return Buffer.compare(encodePath(a), encodePath(b))
  }
  return a.length - b.length
}

function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return strict.decode(bytes)
  } catch {
    return undefined
  }
}

function decodeEscaping(bytes: Uint8Array): string {
  let text = ''
  for (let i = 0; i < bytes.length;) {
    const first = bytes[i] ?? 0
    const length = sequenceLength(first)
    const character = decodeUtf8(bytes.subarray(i, i + length))
    if (character === undefined) {
      text += String.fromCharCode(0xdc00 + first)
      i += 1
    } else {
      text += character
      i += length
    }
  }
  return text
}

/** Bytes of the UTF-8 sequence that starts with this byte; 1 for bytes that start none. */
function sequenceLength(first: number): number {
  if (first >= 0xf0) return 4
  if (first >= 0xe0) return 3
  if (first >= 0xc0) return 2
  return 1
}
