import semverCompare from 'semver/functions/compare.js'

/**
 * Versions and constraints as Helm, Argo CD and Flux read them: Masterminds/semver v3, whose rules differ from npm's
 * `semver` (`,` means "and", `!=` exists, `1.2` is a range, a prerelease counts only when the constraint has one, and
 * then any does). Only the order of two full versions is npm's: it is that of the specification in both.
 */
interface Version {
  readonly major: number
  readonly minor: number
  readonly patch: number
  readonly pre: string
  /** `1.2.3-pre`, for comparisons. */
  readonly text: string
}

// Masterminds coerces by default: `01.2` is 1.2.0.
const part = '([0-9]+)'
const identifier = '(?:0|[1-9][0-9]*|[0-9]*[a-zA-Z-][0-9a-zA-Z-]*)'
const versionPattern = new RegExp(
  `^v?${part}(?:\\.${part})?(?:\\.${part})?(?:-(${identifier}(?:\\.${identifier})*))?(?:\\+[0-9a-zA-Z-]+(?:\\.[0-9a-zA-Z-]+)*)?$`,
)

/** Reads a version; `v1.2` is 1.2.0. Undefined when it is none. */
function parseVersion(text: string): Version | undefined {
  const match = text.length > 256 ? null : versionPattern.exec(text)
  return match === null ? undefined : makeVersion(match[1], match[2], match[3], match[4])
}

function makeVersion(major = '0', minor = '0', patch = '0', pre = ''): Version | undefined {
  const numbers = [major, minor, patch].map(Number)
  if (numbers.some((number) => !Number.isSafeInteger(number))) return undefined
  // The specification forbids zeros in front of a number, and so does Masterminds for prereleases.
  if (pre.split('.').some((item) => /^0[0-9]+$/.test(item))) return undefined
  const [a = 0, b = 0, c = 0] = numbers
  return { major: a, minor: b, patch: c, pre, text: `${a}.${b}.${c}${pre === '' ? '' : `-${pre}`}` }
}

/** True for what Masterminds' NewVersion reads: `1`, `v1.2` and `1.2.3+a`, but no `1.x`. */
export function isVersion(text: string): boolean {
  return parseVersion(text) !== undefined
}

/** True for exactly one version: all three numbers, nothing around them. Everything else can move. */
export function isExactVersion(text: string): boolean {
  return (
    /^v?[0-9]+\.[0-9]+\.[0-9]+(?:-[0-9A-Za-z.-]+)?(?:\+[0-9A-Za-z.-]+)?$/.test(text) &&
    parseVersion(text) !== undefined
  )
}

/** Orders two versions; what is no version comes first. */
export function compareVersions(a: string, b: string): number {
  const left = parseVersion(a)
  const right = parseVersion(b)
  if (left === undefined || right === undefined)
    return (left === undefined ? 0 : 1) - (right === undefined ? 0 : 1)
  return semverCompare(left.text, right.text)
}

type Check = (version: Version, prereleases: boolean) => boolean

const version =
  'v?([0-9xX*]+)(\\.[0-9xX*]+)?(\\.[0-9xX*]+)?(-[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?(?:\\+[0-9A-Za-z-]+(?:\\.[0-9A-Za-z-]+)*)?'
// Alternatives longest first: Go's leftmost-first search takes `` before any of them only where none fits.
const operators = '=>|=<|>=|<=|!=|~>|=|>|<|~|\\^|'
const one = new RegExp(`^(${operators})\\s*${version}$`)
const hyphen = new RegExp(`(${version})\\s+-\\s+(${version})`, 'g')

/** Compiles a constraint; undefined when it is none, as the empty text. */
export function parseConstraint(text: string): ((candidate: string) => boolean) | undefined {
  if (text.length > 256) return undefined
  const groups: { readonly checks: readonly Check[]; readonly prereleases: boolean }[] = []
  const ranges = text.replace(
    hyphen,
    (_, ...parts: string[]) => `>= ${parts[0] ?? ''}, <= ${parts[5] ?? ''} `,
  )
  for (const group of ranges.split('||')) {
    const items = splitItems(group)
    const checks: Check[] = []
    let prereleases = false
    for (const item of items) {
      const parsed = parseItem(item)
      if (parsed === undefined) return undefined
      checks.push(parsed.check)
      prereleases ||= parsed.pre
    }
    groups.push({ checks, prereleases })
  }
  return (candidate) => {
    const parsed = parseVersion(candidate)
    return (
      parsed !== undefined &&
      groups.some(({ checks, prereleases }) => checks.every((check) => check(parsed, prereleases)))
    )
  }
}

/** `>= 1.2, < 3 !=2.1` → three items: an operator may stand apart from its version. */
function splitItems(group: string): readonly string[] {
  const trimmed = group.trim()
  return trimmed
    .replace(/\s*,\s*/g, ' ')
    .replace(/(=>|=<|>=|<=|!=|~>|=|>|<|~|\^)\s+/g, '$1')
    .split(/\s+/)
}

function parseItem(item: string): { readonly check: Check; readonly pre: boolean } | undefined {
  const match = one.exec(item)
  if (match === null) return undefined
  const [, operator = '', major = '', minorPart, patchPart, prePart] = match
  const minor = minorPart?.slice(1)
  const patch = patchPart?.slice(1)
  const anyMajor = isWild(major)
  const anyMinor = !anyMajor && (minor === undefined || isWild(minor))
  const anyPatch = !anyMajor && !anyMinor && (patch === undefined || isWild(patch))
  const wanted = makeVersion(
    anyMajor ? '0' : major,
    anyMajor || anyMinor ? '0' : minor,
    anyMajor || anyMinor || anyPatch ? '0' : patch,
    prePart?.slice(1) ?? '',
  )
  if (wanted === undefined) return undefined
  const dirty = anyMajor || anyMinor || anyPatch
  const compare = semverCompare
  const order = (candidate: Version): number => compare(candidate.text, wanted.text)
  const bound =
    (check: (candidate: Version) => boolean): Check =>
    (candidate, prereleases) =>
      (candidate.pre === '' || prereleases) && check(candidate)

  const tilde = (candidate: Version): boolean => {
    if (order(candidate) < 0) return false
    if (wanted.major === 0 && wanted.minor === 0 && wanted.patch === 0 && !anyMinor && !anyPatch) return true
    return candidate.major === wanted.major && (candidate.minor === wanted.minor || anyMinor)
  }
  const checks: Readonly<Record<string, (candidate: Version) => boolean>> = {
    '': dirty ? tilde : (candidate) => order(candidate) === 0,
    '=': dirty ? tilde : (candidate) => order(candidate) === 0,
    '!=': (candidate) => {
      if (!dirty) return order(candidate) !== 0
      if (candidate.major !== wanted.major) return true
      if (anyMinor) return false
      if (candidate.minor !== wanted.minor) return true
      if (anyPatch) return candidate.pre !== wanted.pre
      return order(candidate) !== 0
    },
    '>': (candidate) => {
      if (!dirty) return order(candidate) > 0
      if (candidate.major !== wanted.major) return candidate.major > wanted.major
      if (anyMinor) return false
      if (anyPatch) return candidate.minor > wanted.minor
      return order(candidate) > 0
    },
    '<': (candidate) => order(candidate) < 0,
    '>=': (candidate) => order(candidate) >= 0,
    '<=': (candidate) => {
      if (!dirty) return order(candidate) <= 0
      if (candidate.major > wanted.major) return false
      return !(candidate.major === wanted.major && candidate.minor > wanted.minor && !anyMinor)
    },
    '~': tilde,
    '^': (candidate) => {
      if (order(candidate) < 0) return false
      if (wanted.major > 0 || anyMinor) return candidate.major === wanted.major
      if (candidate.major > 0) return false
      if (wanted.minor > 0 || anyPatch) return candidate.minor === wanted.minor
      if (candidate.minor > 0) return false
      return candidate.patch === wanted.patch
    },
  }
  const alias: Readonly<Record<string, string>> = { '=>': '>=', '=<': '<=', '~>': '~' }
  const check = checks[alias[operator] ?? operator]
  return check === undefined ? undefined : { check: bound(check), pre: wanted.pre !== '' }
}

function isWild(text: string): boolean {
  return text === 'x' || text === 'X' || text === '*'
}
