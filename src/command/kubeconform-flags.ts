/**
 * kubeconform's flags (v0.8, pkg/config) on the command line of `preadmit validate`: with one dash or two, with or
 * without `=`, as Go's flag package reads them. What cannot mean the same here is an error that says what to use.
 */
import { CommandError } from './errors.ts'

/** Flags that stand alone; `-strict=false` switches one off. */
const switches = new Set(['strict', 'summary', 'verbose', 'exit-on-error', 'ignore-missing-schemas'])

const withValue = new Set([
  'skip',
  'reject',
  'ignore-filename-pattern',
  'kubernetes-version',
  'schema-location',
  'output',
  'n',
])

/** Ours, which people who are used to one dash will write so too. */
const own = new Set(['old', 'crds', 'kubernetes', 'format'])

const refused: Readonly<Record<string, string>> = {
  cache: 'nothing is downloaded, so nothing has to be cached: leave the flag out',
  'insecure-skip-tls-verify': 'nothing is downloaded: leave the flag out',
  debug: 'use -verbose to see what was accepted too',
}

/** Go's strconv.ParseBool. */
const yes = new Set(['1', 't', 'T', 'true', 'TRUE', 'True'])
const no = new Set(['0', 'f', 'F', 'false', 'FALSE', 'False'])

/**
 * Rewrites the arguments after `validate` to what the command line's parser takes: two dashes, a value of its own.
 * `--crds` takes one path, or all that follow it when paths to validate stand before it.
 * @throws CommandError `unsupported-flag` or `bad-flag`
 */
export function translateFlags(argv: readonly string[]): string[] {
  const out: string[] = []
  let paths = 0
  for (let i = 0; i < argv.length; i++) {
    const argument = argv[i] ?? ''
    if (argument === '--') return [...out, ...argv.slice(i)]
    const match = /^--?([a-z][a-z-]*)(?:=(.*))?$/s.exec(argument)
    const [, name = '', value] = match ?? []
    if (Object.hasOwn(refused, name))
      throw new CommandError('unsupported-flag', `-${name} has no meaning here: ${refused[name] ?? ''}`)
    if (switches.has(name)) out.push(...switched(name, value))
    else if (withValue.has(name) || own.has(name)) {
      const given = value ?? argv[++i]
      if (given === undefined) throw new CommandError('bad-flag', `-${name} needs a value`)
      out.push(`${name === 'n' ? '-' : '--'}${name}`, given)
      while (name === 'crds' && paths > 0 && isPath(argv[i + 1])) out.push('--crds', argv[++i] ?? '')
    } else {
      out.push(unknown(argument))
      if (isPath(argument)) paths++
    }
  }
  return out
}

/** kubeconform's -v is its version; what nobody knows gets two dashes, so that the parser can name the nearest. */
function unknown(argument: string): string {
  if (argument === '-v') return '--version'
  return /^-[a-z][a-z-]+/.test(argument) ? `-${argument}` : argument
}

function switched(name: string, value: string | undefined): string[] {
  if (value === undefined || yes.has(value)) return [`--${name}`]
  if (no.has(value)) return []
  throw new CommandError('bad-flag', `-${name}=${value}: write true or false, or the flag alone`)
}

function isPath(argument: string | undefined): boolean {
  return argument !== undefined && (argument === '-' || !argument.startsWith('-'))
}

/** Kinds of a comma-separated list. */
export function kindsOfFlag(text: string): ReadonlySet<string> {
  return new Set(
    text
      .split(',')
      .map((kind) => kind.trim())
      .filter((kind) => kind !== ''),
  )
}

/** A minor, from `1.33`, `v1.33`, `1.33.2` or kubeconform's `master`. */
export function minorOf(version: string, newest: string): string {
  if (version === 'master') return newest
  const minor = /^v?(1\.\d{1,3})(?:\.\d{1,3})?$/.exec(version)?.[1]
  if (minor !== undefined) return minor
  throw new CommandError(
    'bad-flag',
    `"${version}" is no Kubernetes version: write a minor such as ${newest}, a full version such as ${newest}.0, or master`,
  )
}

/** Go's regular expressions and JavaScript's agree on all that file names need. */
export function patternOf(text: string): RegExp {
  try {
    return new RegExp(text, 'u')
  } catch (error) {
    const cause = error instanceof Error ? error.message : String(error)
    throw new CommandError('bad-flag', `-ignore-filename-pattern ${text}: ${cause}`)
  }
}
