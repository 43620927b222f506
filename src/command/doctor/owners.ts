import { compileGlob } from '../../config/glob.ts'

/** Where GitHub looks for the file; the first one that is there counts. */
export const ownersPaths = ['.github/CODEOWNERS', 'CODEOWNERS', 'docs/CODEOWNERS'] as const

/**
 * Who owns a path by the text of a CODEOWNERS file: the last line that matches wins, and one without owners takes them
 * away. Patterns are those of gitignore without `!` and `[]`; a line that cannot be read matches nothing, as on GitHub.
 */
export function ownersOf(text: string): (path: string) => readonly string[] {
  const lines = text.split(/\r?\n/).flatMap((line) => {
    const [pattern = '', ...owners] = line
      .replace(/(?:^|\s)#.*$/, '')
      .trim()
      .split(/\s+/)
    const matches = pattern === '' ? undefined : matcher(pattern)
    return matches === undefined ? [] : [{ matches, owners }]
  })
  return (path) => lines.findLast(({ matches }) => matches(path))?.owners ?? []
}

function matcher(pattern: string): ((path: string) => boolean) | undefined {
  const plain = pattern.replace(/^\/+|\/+$/g, '')
  if (/[[\]!]/.test(plain)) return undefined
  const anchored = pattern.startsWith('/') || plain.includes('/')
  try {
    const glob = compileGlob(anchored ? plain : `**/${plain}`)
    // `docs/*` is what lies in the directory itself, and not below another one.
    return plain.endsWith('/*') ? (path) => glob.matches(path) : (path) => glob.covers(path)
  } catch (error) {
    if (error instanceof RangeError) return undefined
    throw error
  }
}
