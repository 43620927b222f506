/**
 * Shorter values are masked in their Secret only: masking `true` or `8080` everywhere would hide the report. The
 * number is the design's.
 */
const shortest = 6

/**
 * The forms in which a secret value turns up elsewhere: as it is, trimmed, as JSON and YAML quote it, percent-encoded,
 * base64 (at each of the three alignments, so that it is found within a longer encoded text).
 */
export function formsOf(value: string): readonly string[] {
  const plain = [value, value.trim()]
  const quoted = plain.map((text) => JSON.stringify(text).slice(1, -1))
  const twice = quoted.map((text) => JSON.stringify(text).slice(1, -1))
  const all = [...plain, ...quoted, ...twice, percentEncoded(value.trim()), ...plain.flatMap(base64Forms)]
  return [...new Set(all)].filter((form) => form.length >= shortest)
}

/** The bytes of base64 as text, when the value is base64 of UTF-8. */
export function decodeBase64(value: string): string | undefined {
  const compact = value.replace(/\s/g, '')
  if (compact.length === 0 || compact.length % 4 !== 0 || !/^[A-Za-z0-9+/]*={0,2}$/.test(compact))
    return undefined
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(compact, 'base64'))
  } catch {
    return undefined
  }
}

function base64Forms(text: string): string[] {
  const bytes = Buffer.from(text)
  if (bytes.length < shortest) return []
  const forms = [bytes.toString('base64')]
  for (const offset of [0, 1, 2]) {
    const shifted = Buffer.concat([Buffer.alloc(offset), bytes])
    // Characters that also hold bits of what stands before and after are left out.
    const first = Math.ceil((offset * 8) / 6)
    const last = Math.floor((shifted.length * 8) / 6)
    const middle = shifted.toString('base64').slice(first, last)
    forms.push(middle, middle.replaceAll('+', '-').replaceAll('/', '_'))
  }
  return forms
}

function percentEncoded(text: string): string {
  try {
    return encodeURIComponent(text)
  } catch {
    // A lone surrogate has no percent-encoding.
    return text
  }
}
