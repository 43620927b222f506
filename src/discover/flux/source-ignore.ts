import { nameOf } from '../paths.ts'
import { compileWildcard, type WildcardRules } from '../wildcard.ts'

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

/** gitignore's wildcards: `*` stays in a directory, `**` crosses them. */
const rules: WildcardRules = { slash: 'separator', doubleStar: true, braces: false }

/** The defaults as one question: every path of a tree is asked about, and all of them are for names at any depth. */
function ignoredByDefault(path: string, directory: boolean): boolean {
  const name = nameOf(path)
  if (defaultNames.has(name)) return true
  if (directory && defaultNames.has(`${name}/`)) return true
  return defaultEndings.some((ending) => name.endsWith(ending))
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
  readonly matches: (relative: string) => boolean
}

/** True for paths that the artifact of a Flux source does not hold. */
export type Ignored = (path: string) => boolean

/**
 * Compiles the patterns of a source: the defaults, then those of `spec.ignore` (which replaces `.sourceignore`) or of
 * every `.sourceignore`, given as text by the directory that holds it. The last rule that matches decides; below an
 * ignored directory nothing comes back.
 */
export function compileSourceIgnore(
  texts: readonly { readonly base: string; readonly text: string }[],
): Ignored {
  const compiled: Rule[] = texts
    .flatMap(({ base, text }) => text.split(/\r?\n/).map((pattern) => compileRule(pattern, base)))
    .filter((rule) => rule !== undefined)

  const decide = (path: string, directory: boolean): boolean => {
    for (let i = compiled.length - 1; i >= 0; i--) {
      const rule = compiled[i]
      if (rule === undefined || (rule.directoryOnly && !directory)) continue
      if (rule.base !== '' && !path.startsWith(`${rule.base}/`)) continue
      if (rule.matches(rule.base === '' ? path : path.slice(rule.base.length + 1))) return !rule.negated
    }
    return ignoredByDefault(path, directory)
  }
  const known = new Map<string, boolean>()
  const directoryIgnored = (directory: string): boolean => {
    let answer = known.get(directory)
    if (answer === undefined) {
      const slash = directory.lastIndexOf('/')
      answer = (slash >= 0 && directoryIgnored(directory.slice(0, slash))) || decide(directory, true)
      known.set(directory, answer)
    }
    return answer
  }
  const answers = new Map<string, boolean>()
  return (path) => {
    let answer = answers.get(path)
    if (answer === undefined) {
      const slash = path.lastIndexOf('/')
      answer = (slash >= 0 && directoryIgnored(path.slice(0, slash))) || decide(path, false)
      answers.set(path, answer)
    }
    return answer
  }
}

/** A pattern for the last component. Most are plain names or endings, and every path of a tree is asked about. */
function matchName(pattern: string): (path: string) => boolean {
  const ending = pattern.startsWith('*') ? pattern.slice(1) : pattern
  if (/[*?[\\]/.test(ending)) {
    const matches = compileWildcard(pattern, rules)
    return (path) => matches(nameOf(path))
  }
  return pattern === ending
    ? (path) => nameOf(path) === pattern
    : (path) => path.endsWith(ending) && nameOf(path).length >= ending.length
}

function compileRule(line: string, base: string): Rule | undefined {
  let pattern = line.replace(/(?<!\\)\s+$/, '')
  if (pattern === '' || pattern.startsWith('#')) return undefined
  const negated = pattern.startsWith('!')
  if (negated) pattern = pattern.slice(1)
  const directoryOnly = pattern.endsWith('/')
  if (directoryOnly) pattern = pattern.slice(0, -1)
  // A slash at the start or inside anchors the pattern; without one it matches a name at any depth.
  const matches = pattern.includes('/')
    ? compileWildcard(pattern.replace(/^\//, ''), rules)
    : matchName(pattern)
  return { negated, directoryOnly, base, matches }
}
