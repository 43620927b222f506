/** `{name}` in a path pattern or in a text that it fills. */
const capture = /\{(?<name>[A-Za-z_][A-Za-z0-9_]*)\}/g

/** Captures in one directory's name. Ours: more only burn time, since each may end anywhere. */
const maxCaptures = 4

/**
 * Values that a directory gives to the captures of an ArtifactGenerator's pathPattern (`apps/{app}/envs/{env}`), each at
 * least one character of one directory's name and as long as possible; undefined when it does not match.
 */
export function matchPathPattern(pattern: string, directory: string): Record<string, string> | undefined {
  const [parts, names] = [pattern.split('/'), directory.split('/')]
  if (parts.length !== names.length) return undefined
  const found: Record<string, string> = {}
  for (const [i, part] of parts.entries()) {
    const tokens = part.split(/(\{[A-Za-z_][A-Za-z0-9_]*\})/).filter((token) => token !== '')
    if (tokens.filter((token) => token.startsWith('{')).length > maxCaptures) return undefined
    if (!matchTokens(tokens, names[i] ?? '', found)) return undefined
  }
  return found
}

function matchTokens(tokens: readonly string[], text: string, found: Record<string, string>): boolean {
  const [first, ...rest] = tokens
  if (first === undefined) return text === ''
  if (!first.startsWith('{'))
    return text.startsWith(first) && matchTokens(rest, text.slice(first.length), found)
  for (let end = text.length; end > 0; end--) {
    if (!matchTokens(rest, text.slice(end), found)) continue
    found[first.slice(1, -1)] = text.slice(0, end)
    return true
  }
  return false
}

/** Fills captures; undefined when the text names one that the pattern does not have. */
export function fillCaptures(text: string, values: Readonly<Record<string, string>>): string | undefined {
  const unknown = [...text.matchAll(capture)].some(
    (match) => !Object.hasOwn(values, match.groups?.['name'] ?? ''),
  )
  return unknown ? undefined : text.replaceAll(capture, (_, name: string) => values[name] ?? '')
}
