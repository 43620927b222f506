import { isCommitId } from '../commit-object.ts'

/**
 * The lock file, `.preadmit.lock`: what each remote source was when somebody last looked. One line for one source, the
 * lines sorted, so that a tool for updates changes one line and a merge conflict is rare:
 *
 *     chart https://charts.example.com podinfo ^6.5 6.5.4 sha256:…
 *     oci oci://ghcr.io/acme/charts/podinfo 6.5.4 6.5.4 sha256:…
 *     git https://github.com/acme/base main 0123…
 *     file https://raw.example.com/crds.yaml sha256:…
 *
 * Words are what the definition asks for; the last one or two are what that was. A word with a space stands in quotes
 * as in JSON.
 */
export const lockPath = '.preadmit.lock'

/** What a definition asks for. `wanted` is a version, constraint, tag, digest, branch or commit; empty for files. */
export type LockKey =
  | { readonly kind: 'chart'; readonly url: string; readonly name: string; readonly wanted: string }
  | { readonly kind: 'oci' | 'git'; readonly url: string; readonly wanted: string }
  | { readonly kind: 'file'; readonly url: string }

export type LockEntry = LockKey & {
  /** Exact version or tag; a commit for git; empty for files. */
  readonly resolved: string
  /** `sha256:…` of the archive, manifest or file; empty for git, whose commit is one. */
  readonly digest: string
}

export interface Lock {
  readonly entries: readonly LockEntry[]
  find(key: LockKey): LockEntry | undefined
}

export interface LockProblem {
  readonly line: number
  readonly message: string
}

export const emptyLock: Lock = lockOf([])

const header = '# What remote sources were when `preadmit lock --update` last looked. One line each, sorted.'

/** Reads a lock file. Lines that are none are problems, and the rest counts: nothing is lost. */
export function parseLock(text: string): { readonly lock: Lock; readonly problems: readonly LockProblem[] } {
  const entries: LockEntry[] = []
  const problems: LockProblem[] = []
  const seen = new Set<string>()
  text.split(/\r?\n/).forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return
    const words = wordsOf(line)
    const entry = words === undefined ? undefined : entryOf(words)
    if (entry === undefined) problems.push({ line: i + 1, message: 'is no entry of a lock file' })
    else if (seen.has(lockKey(entry))) problems.push({ line: i + 1, message: 'locks a source a second time' })
    else {
      seen.add(lockKey(entry))
      entries.push(entry)
    }
  })
  return { lock: lockOf(entries), problems }
}

/** The text of a lock file, sorted. */
export function printLock(entries: readonly LockEntry[]): string {
  const lines = [...new Set(entries.map(lineOf))].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0))
  return `${[header, ...lines].join('\n')}\n`
}

export function lockOf(entries: readonly LockEntry[]): Lock {
  const byKey = new Map(entries.map((entry) => [lockKey(entry), entry]))
  return { entries, find: (key) => byKey.get(lockKey(key)) }
}

/** Equal for the same question, however its URL is written. */
export function lockKey(key: LockKey): string {
  return JSON.stringify([
    key.kind,
    normalUrl(key.url),
    key.kind === 'chart' ? key.name : '',
    key.kind === 'file' ? '' : key.wanted,
  ])
}

export function lineOf(entry: LockEntry): string {
  const words =
    entry.kind === 'chart'
      ? [entry.kind, normalUrl(entry.url), entry.name, entry.wanted, entry.resolved, entry.digest]
      : entry.kind === 'oci'
        ? [entry.kind, normalUrl(entry.url), entry.wanted, entry.resolved, entry.digest]
        : entry.kind === 'git'
          ? [entry.kind, normalUrl(entry.url), entry.wanted, entry.resolved]
          : [entry.kind, normalUrl(entry.url), entry.digest]
  return words.map(quote).join(' ')
}

/** `https://h/r/` and `https://H/r` are one source. */
function normalUrl(url: string): string {
  const match = /^([a-z][a-z0-9+.-]*:\/\/)([^/]*)(.*)$/i.exec(url.trim())
  if (match === null) return url.trim()
  const [, scheme = '', host = '', path = ''] = match
  return `${scheme.toLowerCase()}${host.toLowerCase()}${path.replace(/\/+$/, '')}`
}

function entryOf(words: readonly string[]): LockEntry | undefined {
  const [kind, url = '', ...rest] = words
  const digest = rest.at(-1) ?? ''
  const hashed = /^sha256:[0-9a-f]{64}$/.test(digest)
  if (kind === 'chart' && rest.length === 4 && hashed) {
    const [name = '', wanted = '', resolved = ''] = rest
    return { kind, url, name, wanted, resolved, digest }
  }
  if (kind === 'oci' && rest.length === 3 && hashed) {
    const [wanted = '', resolved = ''] = rest
    return { kind, url, wanted, resolved, digest }
  }
  if (kind === 'git' && rest.length === 2 && isCommitId(digest))
    return { kind, url, wanted: rest[0] ?? '', resolved: digest, digest: '' }
  if (kind === 'file' && rest.length === 1 && hashed) return { kind, url, resolved: '', digest }
  return undefined
}

function quote(word: string): string {
  return word !== '' && /^[^\s"#\\]+$/.test(word) ? word : JSON.stringify(word)
}

function wordsOf(line: string): readonly string[] | undefined {
  const words: string[] = []
  const pattern = /\s*(?:("(?:[^"\\]|\\.)*")|([^\s"]+))(?=\s|$)/gy
  let at = 0
  for (let match = pattern.exec(line); match !== null; match = pattern.exec(line)) {
    at = pattern.lastIndex
    try {
      words.push(match[1] === undefined ? (match[2] ?? '') : String(JSON.parse(match[1])))
    } catch {
      return undefined
    }
  }
  return line.slice(at).trim() === '' ? words : undefined
}
