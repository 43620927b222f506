import { parse } from 'yaml'
import { RemoteError } from './errors.ts'
import { compareVersions, parseConstraint } from './version-constraint.ts'

/** One version of a chart in a repository's index. */
export interface IndexEntry {
  readonly version: string
  readonly urls: readonly string[]
  /** `sha256:…`; undefined where the index names none. */
  readonly digest?: string
}

/**
 * The versions of one chart in an `index.yaml`. Indexes are written by machines, sorted and in one style, so that the
 * block of one chart can be cut out before it is parsed: 10,000 entries cost what one chart's do. Whatever does not look
 * so is parsed whole. It is a third party's data and no manifest: nothing of it is rendered.
 *
 * @throws RemoteError `bad-answer`, `not-found`
 */
export function chartVersions(body: Uint8Array, name: string, url: string): readonly IndexEntry[] {
  let text: string
  try {
    text = new TextDecoder('utf-8', { fatal: true }).decode(body)
  } catch (error) {
    throw new RemoteError('bad-answer', url, `${url} is no index of charts: it is not UTF-8`, {
      cause: error,
    })
  }
  const whole = (): unknown => {
    const value = read(text, url)
    if (!isMap(value) || !isMap(value['entries']))
      throw new RemoteError('bad-answer', url, `${url} is no index of charts`)
    return Object.hasOwn(value['entries'], name) ? value['entries'][name] : undefined
  }
  const block = /^\s*\{/.test(text) ? undefined : cut(text, name)
  const versions = block === undefined ? whole() : read(block, url)
  if (!Array.isArray(versions)) throw new RemoteError('not-found', url, `${url} holds no chart ${name}`)
  return versions.flatMap((entry: unknown) => (isMap(entry) ? entryOf(entry) : []))
}

/**
 * What Helm takes (repo.IndexFile.Get): the version as it is written, else the newest that the constraint allows; an
 * index is sorted newest first, after it was loaded.
 */
export function selectVersion(versions: readonly IndexEntry[], wanted: string): IndexEntry | undefined {
  const exact = wanted === '' ? undefined : versions.find(({ version }) => version === wanted)
  if (exact !== undefined) return exact
  const allows = parseConstraint(wanted || '*')
  if (allows === undefined) return undefined
  return [...versions]
    .sort((a, b) => compareVersions(b.version, a.version))
    .find(({ version }) => allows(version))
}

function entryOf(entry: Readonly<Record<string, unknown>>): IndexEntry[] {
  const { version, urls, digest } = entry
  if (typeof version !== 'string' && typeof version !== 'number') return []
  const hex = typeof digest === 'string' ? /^(?:sha256:)?([0-9a-f]{64})$/i.exec(digest)?.[1] : undefined
  return [
    {
      version: String(version),
      urls: Array.isArray(urls) ? urls.filter((item): item is string => typeof item === 'string') : [],
      ...(hex === undefined ? {} : { digest: `sha256:${hex.toLowerCase()}` }),
    },
  ]
}

/** The list below `  name:` of `entries:`, without that line. */
function cut(text: string, name: string): string | undefined {
  if (!/^[A-Za-z0-9._-]+$/.test(name)) return undefined
  const entries = /^entries:[ \t]*\r?$/m.exec(text)
  if (entries === null) return undefined
  const start = new RegExp(`^  ${name.replaceAll('.', '\\.')}:[ \\t]*\\r?$`, 'm')
  const found = start.exec(text.slice(entries.index))
  if (found === null) return undefined
  const rest = text.slice(entries.index + found.index + found[0].length)
  const end = /^(?:[^\s#-]|  ?[^\s#-])/m.exec(rest)
  return end === null ? rest : rest.slice(0, end.index)
}

function read(text: string, url: string): unknown {
  try {
    return parse(text, {
      schema: 'core',
      maxAliasCount: 0,
      logLevel: 'silent',
      uniqueKeys: false,
      prettyErrors: false,
    })
  } catch (error) {
    throw new RemoteError('bad-answer', url, `${url} is no index of charts: it is no YAML`, { cause: error })
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
