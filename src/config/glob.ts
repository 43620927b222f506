/**
 * Globs of the configuration. Paths from a pull request are matched by a set of states in time proportional to
 * pattern × path, whatever both hold: no regular expression and no backtracking (threats.md T40).
 *
 * `?` one character, `*` any number of them, both within one path segment; `**` as a whole segment any number of
 * segments; `{a,b}` alternatives, which may nest; `\` takes the next character as it is. Case counts.
 */
export interface Glob {
  /** As written, without a leading `./` and trailing slashes. */
  readonly pattern: string
  /** True when the whole path matches. */
  matches(path: string): boolean
  /** True when the path or a directory above it matches: `apps/*` covers `apps/web/a.yaml`. */
  covers(path: string): boolean
}

/** Longest pattern and most alternatives that `{a,b}` may come to. Ours: people write tens of characters. */
const limits = { characters: 1024, alternatives: 64 }

/**
 * Compiles a glob for paths of a tree.
 * @throws RangeError when {@link globProblem} has something to say; the configuration's globs were checked when it was
 * read.
 */
export function compileGlob(pattern: string): Glob {
  return build(normalisePath(pattern), globProblem(pattern), false)
}

/** As {@link compileGlob} for names (clusters, environments), where a slash is a character like any other. */
export function compileNameGlob(pattern: string): Glob {
  return build(pattern, nameGlobProblem(pattern), true)
}

/** One function for a list of globs: true when any of them covers the path. */
export function coveredByAny(patterns: readonly string[]): (path: string) => boolean {
  const globs = patterns.map(compileGlob)
  return (path) => globs.some((glob) => glob.covers(path))
}

/** One function for a list of globs: true when any of them matches the name. */
export function namedByAny(patterns: readonly string[]): (name: string) => boolean {
  const globs = patterns.map(compileNameGlob)
  return (name) => globs.some((glob) => glob.matches(name))
}

/** What is wrong with a glob for paths, as a clause that follows its name; undefined when it is valid. */
export function globProblem(pattern: string): string | undefined {
  const problem = pathProblem(pattern) ?? syntaxProblem(pattern)
  if (problem !== undefined) return problem
  for (const alternative of expandBraces(normalisePath(pattern))) {
    const segments = alternative.split('/')
    if (segments.includes('..')) return 'leaves the repository'
    // Braces may hold a slash, so that both sides of it are seen only now.
    if (segments.some((segment) => endsEscaping(segment))) return 'has \\ before a slash'
    if (segments.some((segment) => segment !== '**' && segment.includes('**')))
      return 'has ** inside a name: ** stands alone between slashes'
  }
  return undefined
}

/** What is wrong with a glob for names, as a clause that follows its name; undefined when it is valid. */
export function nameGlobProblem(pattern: string): string | undefined {
  return pattern === '' ? 'is empty' : syntaxProblem(pattern)
}

function syntaxProblem(pattern: string): string | undefined {
  if (pattern.length > limits.characters) return `is longer than ${limits.characters} characters`
  if (endsEscaping(pattern)) return 'ends in a lone \\'
  if (/(?<!\\)[[\]]/.test(pattern)) return 'uses [ ]: write ? or {a,b} instead, or \\[ for the character'
  const alternatives = expandBraces(pattern)
  if (alternatives.length === 0) return 'has a { without its }, or a } without its {'
  if (alternatives.length > limits.alternatives)
    return `has more than ${limits.alternatives} alternatives: split it`
  return undefined
}

/** True when the last backslash has nothing to escape. */
function endsEscaping(text: string): boolean {
  let backslashes = 0
  while (text[text.length - 1 - backslashes] === '\\') backslashes += 1
  return backslashes % 2 === 1
}

function build(pattern: string, problem: string | undefined, names: boolean): Glob {
  if (problem !== undefined) throw new RangeError(`glob ${JSON.stringify(pattern)} ${problem}`)
  const machines = expandBraces(pattern).map((alternative) =>
    names ? compileSegment(alternative, true) : compile(alternative),
  )
  return {
    pattern,
    matches: (path) => machines.some((steps) => run(steps, path, false)),
    covers: (path) => pattern === '' || machines.some((steps) => run(steps, path, true)),
  }
}

/** What is wrong with a path of the repository, as a clause that follows its name; undefined when it is valid. */
export function pathProblem(path: string): string | undefined {
  if (path === '') return 'is empty: write . for the whole repository'
  if (path.startsWith('/')) return 'starts with /: paths are relative to the root of the repository'
  if (path.split('/').includes('..')) return 'leaves the repository'
  return undefined
}

/** A path of the configuration as trees name it: no `./`, no trailing slash, the root is empty. */
export function normalisePath(path: string): string {
  return path
    .split('/')
    .filter((segment) => segment !== '' && segment !== '.')
    .join('/')
}

/** The patterns without braces that a pattern stands for; none when braces do not match, too many are cut short. */
function expandBraces(pattern: string): readonly string[] {
  const done = new Set<string>()
  const open = [pattern]
  while (open.length > 0) {
    const next = open.pop() ?? ''
    const brace = innermostBrace(next)
    if (brace === 'unbalanced') return []
    if (brace === undefined) done.add(next)
    else
      for (const part of brace.parts) open.push(next.slice(0, brace.start) + part + next.slice(brace.end + 1))
    if (done.size + open.length > limits.alternatives) return [...done, ...open]
  }
  return [...done]
}

/** The first pair of braces that holds no other, with its parts. */
function innermostBrace(
  pattern: string,
): { start: number; end: number; parts: readonly string[] } | 'unbalanced' | undefined {
  let start = -1
  let commas: number[] = []
  for (let i = 0; i < pattern.length; i++) {
    const character = pattern[i]
    if (character === '\\') i += 1
    else if (character === '{') {
      start = i
      commas = []
    } else if (character === ',' && start >= 0) commas.push(i)
    else if (character === '}') {
      if (start < 0) return 'unbalanced'
      const edges = [start, ...commas, i]
      const parts = edges.slice(1).map((edge, n) => pattern.slice((edges[n] ?? 0) + 1, edge))
      return { start, end: i, parts }
    }
  }
  return start < 0 ? undefined : 'unbalanced'
}

/** `star`: any characters of a segment; `segments`: any number of whole segments with their slash; `rest`: anything. */
type Step = { readonly character: string } | 'any' | 'anything' | 'star' | 'segments' | 'rest'

function compile(pattern: string): readonly Step[] {
  const segments = pattern.split('/')
  return segments.flatMap((segment, n): readonly Step[] => {
    const last = n === segments.length - 1
    if (segment === '**') return [last ? 'rest' : 'segments']
    const steps = compileSegment(segment, false)
    return last ? steps : [...steps, { character: '/' }]
  })
}

function compileSegment(segment: string, slashes: boolean): readonly Step[] {
  const steps: Step[] = []
  let escaped = false
  for (const character of segment) {
    if (escaped) {
      steps.push({ character })
      escaped = false
    } else if (character === '\\') escaped = true
    else if (character === '*') steps.push(slashes ? 'rest' : 'star')
    else if (character === '?') steps.push(slashes ? 'anything' : 'any')
    else steps.push({ character })
  }
  return steps
}

/**
 * Runs all readings of the pattern at once. State 2n stands before step n; state 2n+1 stands inside a segment that
 * step n (`segments`) is passing.
 */
function run(steps: readonly Step[], path: string, ancestors: boolean): boolean {
  const end = 2 * steps.length
  let active = new Uint8Array(end + 2)
  let following = new Uint8Array(end + 2)
  const enter = (states: Uint8Array, state: number): void => {
    for (let at = state; states[at] === 0; at += 2) {
      states[at] = 1
      const step = at % 2 === 0 ? steps[at / 2] : undefined
      if (step !== 'star' && step !== 'segments' && step !== 'rest') return
    }
  }
  enter(active, 0)
  for (const character of path) {
    if (ancestors && character === '/' && active[end] === 1) return true
    following.fill(0)
    for (let state = 0; state < end; state++) {
      if (active[state] === 1)
        advance(steps, state, character, (next) => {
          enter(following, next)
        })
    }
    const spent = active
    active = following
    following = spent
  }
  return active[end] === 1
}

function advance(
  steps: readonly Step[],
  state: number,
  character: string,
  enter: (state: number) => void,
): void {
  const slash = character === '/'
  if (state % 2 === 1) {
    enter(slash ? state - 1 : state)
    return
  }
  const step = steps[state / 2]
  switch (step) {
    case undefined:
      return
    case 'any':
      if (!slash) enter(state + 2)
      return
    case 'anything':
      enter(state + 2)
      return
    case 'star':
      if (!slash) enter(state)
      return
    case 'segments':
      if (!slash) enter(state + 1)
      return
    case 'rest':
      enter(state)
      return
    default:
      if (step.character === character) enter(state + 2)
  }
}
