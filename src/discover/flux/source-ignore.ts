import { nameOf } from '../paths.ts'
import { compileWildcard, goPathMatch } from '../wildcard.ts'

/**
 * What source-controller leaves out of every artifact before `.sourceignore` is read (fluxcd/pkg/sourceignore:
 * version control, binaries by extension, CI files, and a few tools' own files).
 */
const defaults = [
  '.git/',
  '.gitignore',
  '.gitmodules',
  '.gitattributes',
  '*.jpg',
  '*.jpeg',
  '*.gif',
  '*.png',
  '*.wmv',
  '*.flv',
  '*.tar.gz',
  '*.zip',
  '.github/',
  '.circleci/',
  '.travis.yml',
  '.gitlab-ci.yml',
  'appveyor.yml',
  '.drone.yml',
  'cloudbuild.yaml',
  'codeship-services.yml',
  'codeship-steps.yml',
  '**/.goreleaser.yml',
  '**/.sops.yaml',
  '**/.flux.yaml',
]

/**
 * The defaults as one question, because every path of a tree is asked about: all of them are for names at any depth, and
 * a folder among them takes what is below it along.
 */
function ignoredByDefault(path: string): boolean {
  const name = nameOf(path)
  if (defaultNames.has(name)) return true
  if (defaultEndings.some((ending) => name.endsWith(ending))) return true
  // Patterns without a slash match folders as well.
  return path.split('/').some((segment, i, all) => i < all.length - 1 && isDefaultFolder(segment))
}

function isDefaultFolder(segment: string): boolean {
  return (
    defaultNames.has(segment) ||
    defaultNames.has(`${segment}/`) ||
    defaultEndings.some((ending) => segment.endsWith(ending))
  )
}

const defaultNames: ReadonlySet<string> = new Set(
  defaults.filter((pattern) => !pattern.startsWith('*.')).map((pattern) => pattern.replace(/^\*\*\//, '')),
)
const defaultEndings = defaults
  .filter((pattern) => pattern.startsWith('*.'))
  .map((pattern) => pattern.slice(1))

interface Rule {
  readonly negated: boolean
  readonly directoryOnly: boolean
  /** Directory of the file that holds the rule. */
  readonly base: string
  readonly segments: readonly Segment[]
}

type Segment =
  | { readonly kind: 'empty' | 'deep' | 'never' }
  | { readonly kind: 'name'; readonly matches: (name: string) => boolean }

/** True for files that the artifact of a Flux source does not hold. */
export type Ignored = (path: string) => boolean

/**
 * Compiles the patterns of a source: the defaults, then those of `spec.ignore` (which replaces `.sourceignore`) or of
 * every `.sourceignore`, given as text by the directory that holds it. The last rule that matches a file or a folder
 * above it decides: other than with git, a file below an ignored folder can come back, since source-controller asks
 * about every file and never leaves a folder out at once.
 */
export function compileSourceIgnore(
  texts: readonly { readonly base: string; readonly text: string }[],
): Ignored {
  const rules = texts
    .flatMap(({ base, text }) => text.split(/\r?\n/).map((line) => compileRule(line, base)))
    .filter((rule) => rule !== undefined)
    .reverse()
  const decide = (path: string): boolean => {
    for (const rule of rules) {
      if (rule.base !== '' && !path.startsWith(`${rule.base}/`)) continue
      const relative = rule.base === '' ? path : path.slice(rule.base.length + 1)
      if (matchesRule(rule, relative.split('/'))) return !rule.negated
    }
    return ignoredByDefault(path)
  }
  const answers = new Map<string, boolean>()
  return (path) => {
    let answer = answers.get(path)
    if (answer === undefined) answers.set(path, (answer = decide(path)))
    return answer
  }
}

function compileRule(line: string, base: string): Rule | undefined {
  if (line.startsWith('#') || line.trim() === '') return undefined
  const negated = line.startsWith('!')
  let pattern = negated ? line.slice(1) : line
  if (!pattern.endsWith('\\ ')) pattern = pattern.replace(/ +$/, '')
  const directoryOnly = pattern.endsWith('/')
  if (directoryOnly) pattern = pattern.slice(0, -1)
  const segments = pattern.split('/').map((segment): Segment => {
    if (segment === '') return { kind: 'empty' }
    if (segment === '**' && pattern.includes('/')) return { kind: 'deep' }
    if (segment.includes('**') && pattern.includes('/')) return { kind: 'never' }
    return { kind: 'name', matches: compileWildcard(segment, goPathMatch) }
  })
  return { negated, directoryOnly, base, segments }
}

/**
 * go-git's gitignore patterns (plumbing/format/gitignore): without a slash for a name anywhere on the path, otherwise
 * segment by segment from the rule's directory. What stands below a match matches, too.
 */
function matchesRule({ segments, directoryOnly }: Rule, path: readonly string[]): boolean {
  const [only, second] = segments
  if (second === undefined) {
    const at = path.findIndex((name) => only?.kind === 'name' && only.matches(name))
    return at >= 0 && !(directoryOnly && at === path.length - 1)
  }
  let rest = path
  let matched = false
  let deep = false
  for (const [i, segment] of segments.entries()) {
    if (segment.kind === 'empty') {
      deep = false
      continue
    }
    if (segment.kind === 'deep') {
      if (i === segments.length - 1) break
      deep = true
      continue
    }
    const [first] = rest
    if (segment.kind !== 'name' || first === undefined) return false
    const { matches } = segment
    const at = deep ? rest.findIndex(matches) : matches(first) ? 0 : -1
    if (at < 0 && !deep) return false
    matched = at >= 0
    rest = at < 0 ? [] : rest.slice(at + 1)
    deep = false
  }
  return matched && !(directoryOnly && rest.length === 0)
}
