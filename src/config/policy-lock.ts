import coerce from 'semver/functions/coerce.js'
import compare from 'semver/functions/compare.js'
import valid from 'semver/functions/valid.js'

/**
 * The lock of policy sets: one line for each source, `name:tag@digest`, sorted, so that a tool for updates changes one
 * line (docs/policy-sets.md). Charts and other remote sources have a lock of their own.
 */
export const policyLockPath = '.preadmit.policies.lock'

/** Which version of a source is used. */
export interface LockedSet {
  /** `https://…` for git, `oci://…` for a registry. */
  readonly source: string
  readonly tag: string
  /** Commit (40 or 64 hex digits) or `sha256:…` of the manifest. */
  readonly digest: string
  /** One-based; 0 where it stands in no file. */
  readonly line: number
}

/**
 * True for two spellings of one repository or image: no host of either cares about case, nor git hosts about `.git`, a
 * slash at the end or plain HTTP.
 */
export function isSameSource(one: string, other: string): boolean {
  return plain(one) === plain(other)
}

function plain(source: string): string {
  return source
    .toLowerCase()
    .replace(/^http:/, 'https:')
    .replace(/\/+$/, '')
    .replace(/\.git$/, '')
}

export interface LockProblem {
  readonly line: number
  readonly message: string
}

const header = '# Versions of policy sets, one line each: name:tag@digest. Written by `preadmit policy lock`.'

export function parsePolicyLock(text: string): {
  readonly sets: readonly LockedSet[]
  readonly problems: readonly LockProblem[]
} {
  const sets: LockedSet[] = []
  const problems: LockProblem[] = []
  text.split(/\r?\n/).forEach((content, n) => {
    const line = n + 1
    if (content.trim() === '' || content.trimStart().startsWith('#')) return
    const set = parseLockedSet(content.trim())
    if (set === undefined) problems.push({ line, message: 'is no name:tag@digest' })
    else if (sets.some(({ source }) => source === set.source))
      problems.push({ line, message: `locks ${set.source} a second time` })
    else sets.push({ ...set, line })
  })
  return { sets, problems }
}

/** One `name:tag@digest`, as in the lock and in the input `policy-sets`; undefined when it is none. */
export function parseLockedSet(text: string): LockedSet | undefined {
  const at = text.lastIndexOf('@')
  const name = text.slice(0, Math.max(at, 0))
  const digest = text.slice(at + 1)
  const colon = name.lastIndexOf(':')
  const source = name.slice(0, Math.max(colon, 0))
  const tag = name.slice(colon + 1)
  const hash = source.startsWith('oci://')
    ? /^sha256:[0-9a-f]{64}$/
    : source.startsWith('https://') || source.startsWith('http://')
      ? /^(?:[0-9a-f]{40}|[0-9a-f]{64})$/
      : undefined
  // A tag is one word of what git and registries both take.
  if (hash?.test(digest) !== true || !/^[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}$/.test(tag)) return undefined
  if (/\s/.test(source)) return undefined
  return { source, tag, digest, line: 0 }
}

export function printPolicyLock(sets: readonly Omit<LockedSet, 'line'>[]): string {
  const lines = sets.map(({ source, tag, digest }) => `${source}:${tag}@${digest}`).sort()
  return `${[header, ...lines].join('\n')}\n`
}

/** The version that a tag names, `v1.3.0` → `1.3.0`; undefined for tags that are none. */
export function versionOfTag(tag: string): string | undefined {
  return valid(tag) ?? undefined
}

/**
 * What a move from one pin to another does (threats.md, T80): `back` to a lower version, `swapped` bytes under the same
 * one, from a version to a tag that is none and could be any (`unordered`), or undefined when it may be made. Between two
 * tags that are no versions only equal ones count.
 */
export function moveProblem(from: LockedSet, to: LockedSet): 'back' | 'swapped' | 'unordered' | undefined {
  if (from.digest === to.digest && from.tag === to.tag) return undefined
  if (from.tag === to.tag) return 'swapped'
  // Of a tag that is no version nothing holds the set's own version against it either.
  if (valid(from.tag) !== null && valid(to.tag) === null) return 'unordered'
  const [before, after] = [from.tag, to.tag].map((tag) => valid(tag) ?? coerce(tag)?.version)
  if (before === undefined || after === undefined) return undefined
  const order = compare(after, before)
  return order < 0 ? 'back' : order === 0 && from.digest !== to.digest ? 'swapped' : undefined
}
