/**
 * Patterns of GitOps tools, matched by running all readings at once: time is proportional to pattern × text, whatever
 * a pull request writes (threats.md T40). No regular expression is made of foreign text.
 */
export interface WildcardRules {
  /** `*` and `?` stop at `/` (path.Match, doublestar) or not (gobwas without separators, git's pathspec). */
  readonly slash: 'separator' | 'ordinary'
  /** `**` between slashes takes any number of directories, none included (doublestar), or crosses them anywhere (gobwas). */
  readonly doubleStar: boolean | 'anywhere'
  /**
   * `{a,b}` are alternatives (gobwas, doublestar). Where doublestar looks for files it never tries an empty last one
   * (glob.go globAlts stops at the closing brace).
   */
  readonly braces: boolean | 'no empty last'
  /** What turns `[…]` round when it stands first. */
  readonly negation: '^' | '!' | '^!'
}

/** Argo CD's directory include and exclude: gobwas/glob without separators. */
export const gobwas: WildcardRules = { slash: 'ordinary', doubleStar: false, braces: true, negation: '!' }
/** The same with `/` as separator: sources of an AppProject. One star stays in a segment, two cross them. */
export const gobwasSegments: WildcardRules = {
  slash: 'separator',
  doubleStar: 'anywhere',
  braces: true,
  negation: '!',
}
/** Go's path.Match: ApplicationSet's git directories. */
export const goPathMatch: WildcardRules = {
  slash: 'separator',
  doubleStar: false,
  braces: false,
  negation: '^',
}
/** git's pathspec, fnmatch without FNM_PATHNAME: ApplicationSet's git files. */
export const gitPathspec: WildcardRules = {
  slash: 'ordinary',
  doubleStar: false,
  braces: false,
  negation: '^!',
}
/** bmatcuk/doublestar's Match. */
export const doublestar: WildcardRules = {
  slash: 'separator',
  doubleStar: true,
  braces: true,
  negation: '^!',
}
/** bmatcuk/doublestar's FilepathGlob: globs in Argo CD's valueFiles. */
export const doublestarGlob: WildcardRules = { ...doublestar, braces: 'no empty last' }

type Token =
  | { readonly kind: 'literal'; readonly character: string }
  | { readonly kind: 'any' }
  | { readonly kind: 'star' }
  /** Whole directories with their slash, any number of them. */
  | { readonly kind: 'directories' }
  | { readonly kind: 'everything' }
  | {
      readonly kind: 'set'
      readonly negated: boolean
      readonly ranges: readonly (readonly [string, string])[]
    }

/** Alternatives that `{a,b}` may come to. Ours: people write a handful. */
const maxAlternatives = 256

/** Compiles a pattern; a malformed one (an open bracket or brace, too many alternatives) matches nothing. */
export function compileWildcard(pattern: string, rules: WildcardRules): (text: string) => boolean {
  const alternatives = rules.braces === false ? [pattern] : expandBraces(pattern, rules.braces)
  const machines = alternatives?.map((alternative) => tokenize(alternative, rules)) ?? []
  return (text) => machines.some((tokens) => tokens !== undefined && run(tokens, text, rules))
}

/** True for what Argo CD takes for a glob among valueFiles (reposerver isGlobPath): braces alone make none. */
export function isValueFileGlob(text: string): boolean {
  return /[*?[]/.test(text)
}

/** True when the text holds a character that patterns give a meaning. */
export function hasWildcard(text: string): boolean {
  return /[*?[{]/.test(text)
}

function expandBraces(pattern: string, braces: true | 'no empty last'): string[] | undefined {
  const done: string[] = []
  const open = [pattern]
  for (let at = open.pop(); at !== undefined; at = open.pop()) {
    const brace = innermost(at)
    if (brace === undefined) done.push(at)
    else if (brace === 'unbalanced') return undefined
    else
      for (const [i, part] of brace.parts.entries()) {
        const isLast = i === brace.parts.length - 1
        if (part === '' && isLast && braces !== true) continue
        open.push(at.slice(0, brace.start) + part + at.slice(brace.end + 1))
      }
    if (done.length + open.length > maxAlternatives) return undefined
  }
  return done
}

function innermost(
  pattern: string,
): { start: number; end: number; parts: readonly string[] } | 'unbalanced' | undefined {
  let start = -1
  let cuts: number[] = []
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]
    if (character === '\\') i++
    else if (character === '{') {
      start = i
      cuts = []
    } else if (character === ',' && start >= 0) cuts.push(i)
    else if (character === '}' && start >= 0) {
      const edges = [start, ...cuts, i]
      return {
        start,
        end: i,
        parts: edges.slice(1).map((edge, n) => pattern.slice((edges[n] ?? 0) + 1, edge)),
      }
    }
  }
  return start >= 0 ? 'unbalanced' : undefined
}

function tokenize(pattern: string, rules: WildcardRules): readonly Token[] | undefined {
  const tokens: Token[] = []
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i] ?? ''
    if (character === '\\') {
      i++
      tokens.push({ kind: 'literal', character: pattern[i] ?? '\\' })
    } else if (character === '?') tokens.push({ kind: 'any' })
    else if (character === '[') {
      const set = readSet(pattern, i, rules)
      if (set === undefined) return undefined
      tokens.push(set.token)
      i = set.end
    } else if (character === '*') {
      let stars = 1
      while (pattern[i + stars] === '*') stars++
      const startsSegment = i === 0 || pattern[i - 1] === '/'
      const after = pattern[i + stars]
      if (rules.doubleStar === 'anywhere' && stars > 1) {
        tokens.push({ kind: 'everything' })
        i += stars - 1
      } else if (rules.doubleStar === true && stars === 2 && startsSegment && after === '/') {
        tokens.push({ kind: 'directories' })
        i += stars
      } else if (rules.doubleStar === true && stars === 2 && startsSegment && after === undefined) {
        tokens.push({ kind: 'everything' })
        i += stars - 1
      } else {
        tokens.push({ kind: 'star' })
        i += stars - 1
      }
    } else tokens.push({ kind: 'literal', character })
  }
  return tokens
}

function readSet(
  pattern: string,
  open: number,
  { negation }: WildcardRules,
): { token: Token; end: number } | undefined {
  let i = open + 1
  const negated = pattern[i] !== undefined && negation.includes(pattern[i] ?? '')
  if (negated) i++
  const ranges: [string, string][] = []
  for (let first = true; first || pattern[i] !== ']'; first = false) {
    if (pattern[i] === '\\') i++
    const from = pattern[i]
    if (from === undefined) return undefined
    i++
    if (pattern[i] === '-' && pattern[i + 1] !== ']' && pattern[i + 1] !== undefined) {
      ranges.push([from, pattern[i + 1] ?? from])
      i += 2
    } else ranges.push([from, from])
  }
  return { token: { kind: 'set', negated, ranges }, end: i }
}

/** State 2n stands before token n, state 2n+1 inside a directory that token n passes over. */
function run(tokens: readonly Token[], text: string, rules: WildcardRules): boolean {
  const end = 2 * tokens.length
  let active = new Uint8Array(end + 2)
  const enter = (states: Uint8Array, from: number): void => {
    for (let state = from; states[state] === 0; state += 2) {
      states[state] = 1
      const kind = tokens[state / 2]?.kind
      if (kind !== 'star' && kind !== 'directories' && kind !== 'everything') return
    }
  }
  enter(active, 0)
  for (const character of text) {
    const next = new Uint8Array(end + 2)
    const crosses = rules.slash === 'ordinary' || character !== '/'
    for (let state = 0; state < end; state++) {
      if (active[state] === 0) continue
      const token = tokens[state >> 1]
      if (token === undefined) continue
      if (state % 2 === 1) enter(next, character === '/' ? state - 1 : state)
      else if (token.kind === 'everything') enter(next, state)
      else if (token.kind === 'directories') enter(next, character === '/' ? state : state + 1)
      else if (token.kind === 'star') {
        if (crosses) enter(next, state)
      } else if (accepts(token, character, crosses)) enter(next, state + 2)
    }
    active = next
  }
  return active[end] === 1
}

function accepts(token: Token, character: string, crosses: boolean): boolean {
  switch (token.kind) {
    case 'literal':
      return token.character === character
    case 'any':
      return crosses
    case 'set':
      return (
        crosses && token.ranges.some(([from, to]) => character >= from && character <= to) !== token.negated
      )
    default:
      return false
  }
}
