import { parse } from 'yaml'
import { RemoteError } from './errors.ts'
import { compareVersions, isVersion, parseConstraint } from './version-constraint.ts'

/** One version of a chart in a repository's index. */
export interface IndexEntry {
  readonly version: string
  readonly urls: readonly string[]
  /** `sha256:…`; undefined where the index names none. */
  readonly digest?: string
  /** When it was published, in milliseconds; 0 where the index does not say. */
  readonly created: number
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
  if (text.trim() === '')
    throw new RemoteError('bad-answer', url, `${url} is no index of charts: the file is empty`)
  const json = /^\s*\{/.test(text)
  const block = json ? undefined : cut(text, name)
  const versions = block === undefined ? inWhole(text, name, url) : read(block, url)
  if (!Array.isArray(versions)) throw new RemoteError('not-found', url, `${url} holds no chart ${name}`)
  return versions.flatMap((entry: unknown) => (isMap(entry) ? entryOf(entry, json, url) : []))
}

function inWhole(text: string, name: string, url: string): unknown {
  const value = read(text, url)
  if (!isMap(value) || !isMap(value['entries']))
    throw new RemoteError('bad-answer', url, `${url} is no index of charts`)
  if (value['apiVersion'] === undefined || value['apiVersion'] === '')
    throw new RemoteError('bad-answer', url, `${url} is no index of charts: no API version specified`)
  return Object.hasOwn(value['entries'], name) ? value['entries'][name] : undefined
}

/**
 * What Helm takes (repo.IndexFile.Get): the version as it is written, else the newest that the constraint allows. Of
 * versions that differ by build metadata alone source-controller takes the one published last, and Helm any.
 */
export function selectVersion(versions: readonly IndexEntry[], wanted: string): IndexEntry | undefined {
  const allows = parseConstraint(wanted || '*')
  if (allows === undefined) return undefined
  const exact = wanted === '' ? undefined : versions.find(({ version }) => version === wanted)
  if (exact !== undefined) return exact
  return [...versions]
    .sort((a, b) => compareVersions(b.version, a.version) || b.created - a.created)
    .find(({ version }) => allows(version))
}

/** Fields of an entry: Helm's chart metadata, and what an index adds (pkg/chart/v2 Metadata, pkg/repo ChartVersion). */
const entryFields = new Set(
  (
    'name home sources version description keywords maintainers icon apiVersion condition tags appVersion deprecated ' +
    'annotations kubeVersion dependencies type urls created removed digest checksum engine tillerVersion url'
  )
    .toLowerCase()
    .split(/\s+/),
)

const textFields = [
  'name',
  'version',
  'appVersion',
  'type',
  'apiVersion',
  'kubeVersion',
  'description',
  'digest',
]

/**
 * One entry as Helm loads it (pkg/repo loadIndex): an unknown field of a YAML index or a value of another type spoils all
 * of it, an entry without a name or a valid version is left out. Only entries of the chart that is asked for are looked at.
 */
function entryOf(entry: Readonly<Record<string, unknown>>, json: boolean, url: string): IndexEntry[] {
  const { name, version, type, urls, digest, created } = entry
  const unknown = Object.keys(entry).find((key) => !entryFields.has(key.toLowerCase()))
  if (unknown !== undefined && !json)
    throw new RemoteError(
      'bad-answer',
      url,
      `${url} is no index of charts: unknown field ${JSON.stringify(unknown)}`,
    )
  const odd = textFields.find((key) => !['string', 'undefined'].includes(typeof (entry[key] ?? undefined)))
  if (odd !== undefined)
    throw new RemoteError(
      'bad-answer',
      url,
      `${url} is no index of charts: ${odd} of ${JSON.stringify(name)} is no text`,
    )
  if (typeof name !== 'string' || name === '' || typeof version !== 'string' || !isVersion(version)) return []
  if (!['', 'application', 'library'].includes(typeof type === 'string' ? type : '')) return []
  const hex = typeof digest === 'string' ? /^(?:sha256:)?([0-9a-f]{64})$/i.exec(digest)?.[1] : undefined
  const time = typeof created === 'string' ? Date.parse(created) : Number.NaN
  return [
    {
      version,
      urls: Array.isArray(urls) ? urls.filter((item): item is string => typeof item === 'string') : [],
      created: Number.isNaN(time) ? 0 : time,
      ...(hex === undefined ? {} : { digest: `sha256:${hex.toLowerCase()}` }),
    },
  ]
}

/** The list below `  name:` of `entries:`, without that line; undefined where that is not plain to see. */
function cut(text: string, name: string): string | undefined {
  if (!/^[A-Za-z0-9._-]+$/.test(name) || !/^apiVersion:[ \t]*\S/m.test(text)) return undefined
  const entries = /^entries:[ \t]*\r?$/m.exec(text)
  if (entries === null) return undefined
  const below = text.slice(entries.index)
  const starts = [...below.matchAll(new RegExp(`^  ${name.replaceAll('.', '\\.')}:[ \\t]*\\r?$`, 'gm'))]
  const [found, again] = starts
  // A chart that stands twice is a fault of the index; or the second is a text in another chart.
  if (found === undefined || again !== undefined) return undefined
  const rest = below.slice(found.index + found[0].length)
  const end = /^(?:[^\s#-]|  ?[^\s#-])/m.exec(rest)
  return end === null ? rest : rest.slice(0, end.index)
}

function read(text: string, url: string): unknown {
  try {
    return parse(text, {
      schema: 'core',
      maxAliasCount: 0,
      logLevel: 'error',
      // A key that stands twice is refused in YAML (UnmarshalStrict), and the last one counts in JSON.
      uniqueKeys: !/^\s*\{/.test(text),
      prettyErrors: false,
    })
  } catch (error) {
    throw new RemoteError('bad-answer', url, `${url} is no index of charts: it is no YAML`, { cause: error })
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
