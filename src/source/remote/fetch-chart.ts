import { shownUrl } from './access.ts'
import { chartFiles, unpackArchive } from './archive.ts'
import { RemoteError } from './errors.ts'
import type { Fetching } from './fetching.ts'
import { chartVersions, selectVersion } from './helm-index.ts'
import { parseUrl } from './http.ts'
import { emptyLock, type LockEntry, type LockKey } from './lock.ts'
import { checkConstraint, contradiction, needPin } from './pins.ts'
import type { FetchedFiles, Provenance, Remote } from './remote.ts'
import { isExactVersion } from './version-constraint.ts'

/** Charts of HTTP repositories: by their index, or without it when the lock file and the cache know the archive. */
export function chartFetcher(fetching: Fetching, always: boolean): Remote['fetchChart'] {
  const { access, cache, http, limits, needOnline, once, download } = fetching
  const indexOf = (
    repository: string,
  ): Promise<{ readonly body: Uint8Array; readonly url: URL; readonly base: URL }> =>
    once(['index', repository], async () => {
      const base = parseUrl(repository)
      if (base === undefined)
        throw new RemoteError(
          'refused',
          shownUrl(repository),
          `${shownUrl(repository)} is no URL of a chart repository`,
        )
      const url = resolveUrl(base, 'index.yaml')
      if (url === undefined)
        throw new RemoteError('refused', shownUrl(repository), `${shownUrl(repository)} has no index`)
      access.check(url)
      needOnline(url.href)
      return { body: (await http.body(url)).body, url, base }
    })

  const fetchChart: Remote['fetchChart'] = (
    { repository, name, version },
    { lock = emptyLock, refresh = always } = {},
  ) => {
    const key: LockKey = { kind: 'chart', url: repository, name, wanted: version }
    const locked = refresh ? undefined : lock.find(key)
    return once(['chart', key, locked, refresh], async () => {
      checkName(name, repository)
      const base = parseUrl(repository)
      if (base !== undefined) access.check(base)
      needPin(
        key,
        locked,
        refresh,
        `${name} ${version || 'without a version'} of ${shownUrl(repository)}`,
        isExactVersion(version),
      )
      checkConstraint(locked, version, shownUrl(repository))
      const source = `chart ${name} ${locked?.resolved ?? version} of ${shownUrl(repository)}`
      // What is locked and kept needs no index.
      const kept = locked === undefined ? undefined : await cache.get(locked.digest)
      if (locked !== undefined && kept !== undefined) return await chartOf(kept, source, locked, 'locked')
      const index = await indexOf(repository)
      const found = selectVersion(
        chartVersions(index.body, name, shownUrl(index.url)),
        locked?.resolved ?? version,
      )
      if (found === undefined)
        throw new RemoteError(
          'not-found',
          shownUrl(index.url),
          `${shownUrl(index.url)} has no version ${version || '(any)'} of chart ${name}`,
        )
      const url = found.urls[0] === undefined ? undefined : resolveUrl(index.base, found.urls[0])
      if (url === undefined)
        throw new RemoteError(
          'bad-answer',
          shownUrl(index.url),
          `${shownUrl(index.url)} names no URL for chart ${name} ${found.version}`,
        )
      if (locked !== undefined && found.digest !== undefined && found.digest !== locked.digest)
        throw contradiction(source, locked.digest, found.digest)
      const { content, digest } = await download(url, locked?.digest ?? found.digest, source)
      return await chartOf(
        content,
        source,
        { ...key, resolved: found.version, digest },
        locked === undefined ? 'unrecorded' : 'locked',
      )
    })
  }
  const chartOf = async (
    content: Uint8Array,
    source: string,
    entry: LockEntry,
    pin: Provenance['pin'],
  ): Promise<FetchedFiles> => ({
    files: chartFiles(await unpackArchive(content, source, limits), source),
    entry,
    pin,
  })
  return fetchChart
}

/**
 * A URL of an index as Helm reads it (pkg/repo ResolveReferenceURL): relative to the repository as a folder, with the
 * repository's own query.
 */
export function resolveUrl(repository: URL, reference: string): URL | undefined {
  const absolute = parseUrl(reference)
  if (absolute !== undefined) return absolute
  const folder = new URL(repository.href)
  folder.pathname = `${folder.pathname.replace(/\/+$/, '')}/`
  const url = parseUrl(reference, folder)
  if (url !== undefined) url.search = repository.search
  return url
}

/** Chart names are path segments of URLs and files: never a dash in front, never a dot alone (threats.md T15, P13). */
function checkName(name: string, url: string): void {
  if (!/^[A-Za-z0-9][A-Za-z0-9._-]{0,249}$/.test(name))
    throw new RemoteError(
      'refused',
      shownUrl(url),
      `${JSON.stringify(name.slice(0, 100))} is no name of a chart`,
    )
}
