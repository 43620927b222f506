import type { Tree } from '../../model/tree.ts'
import type { Environment } from '../git-environment.ts'
import { createAccess, shownUrl, type AccessOptions } from './access.ts'
import { chartFiles, unpackArchive } from './archive.ts'
import { digestOf, memoryCache, type ContentCache } from './cache.ts'
import { RemoteError } from './errors.ts'
import { gitUrl, isCommit } from './git-url.ts'
import { chartVersions, selectVersion } from './helm-index.ts'
import { createHttp, parseUrl } from './http.ts'
import { defaultRemoteLimits, type RemoteLimits } from './limits.ts'
import { emptyLock, type Lock, type LockEntry, type LockKey } from './lock.ts'
import {
  createOciClient,
  parseManifest,
  parseOci,
  type OciLayer,
  type OciManifest,
  type OciRepository,
} from './oci.ts'
import { createRemoteGit } from './remote-git.ts'
import { compareVersions, isExactVersion, parseConstraint } from './version-constraint.ts'

/** What was asked for and what it is: the line of a lock file, whether there is one already, and what to tell. */
export interface Provenance {
  readonly entry: LockEntry
  /** `locked`: as the lock file says. `immutable`: a commit or digest. `unrecorded`: a version or tag of today. */
  readonly pin: 'locked' | 'immutable' | 'unrecorded'
}

export interface FetchedFiles extends Provenance {
  readonly files: ReadonlyMap<string, Uint8Array>
}
export interface FetchedTree extends Provenance {
  readonly tree: Tree
  readonly commit: string
}
export interface FetchedFile extends Provenance {
  readonly content: Uint8Array
}

/** How one question is answered. */
export interface FetchOptions {
  /** Of the side that asks; without one nothing floating is fetched. */
  readonly lock?: Lock
  /** Asks what a range, branch or tag means now and forgets what the lock says: for writing a lock file. */
  readonly refresh?: boolean
}

/** Layer of an OCI artifact: Flux's `layerSelector.mediaType`; without one the first of a chart or the first at all. */
export interface LayerChoice {
  readonly mediaType?: string
}

/**
 * Everything that comes from elsewhere. Allowed by the base configuration, pinned by commit, digest, or version and
 * recorded digest, kept by content, inside of limits; every failure is a RemoteError. Equal questions are asked once.
 */
export interface Remote {
  /** A chart of an HTTP repository. @param version exact, a constraint (only with the lock) or empty */
  fetchChart(
    source: { readonly repository: string; readonly name: string; readonly version: string },
    options?: FetchOptions,
  ): Promise<FetchedFiles>
  /** A chart in a registry: files without the first folder. @param reference tag or version, digest, constraint */
  fetchOciChart(
    source: { readonly url: string; readonly reference: string },
    options?: FetchOptions,
  ): Promise<FetchedFiles>
  /** Any artifact whose layer is a gzipped tar (Flux's, policy sets). @param reference tag or version, digest, constraint */
  fetchOci(
    source: { readonly url: string; readonly reference: string; readonly layer?: LayerChoice },
    options?: FetchOptions,
  ): Promise<FetchedFiles>
  /** @param revision full commit id; tag; branch, constraint or empty (`HEAD`) only with the lock */
  fetchGit(
    source: { readonly url: string; readonly revision: string },
    options?: FetchOptions,
  ): Promise<FetchedTree>
  /** One file over https. */
  fetchFile(source: { readonly url: string }, options?: FetchOptions): Promise<FetchedFile>
  /** The configuration names hosts: without any, nothing is asked for. */
  readonly configured: boolean
  /** Why the configuration forbids to ask; undefined when it allows it. Says nothing of whether it is there. */
  refusal(url: string, kind: SourceKind): RemoteError | undefined
  /** Sentences about the run: cache entries that were corrupt. */
  notes(): readonly string[]
  /** Values to mask in every text. */
  secrets(): readonly string[]
  close(): void
}

export type SourceKind = 'chart' | 'oci-chart' | 'oci' | 'git' | 'file'

export interface RemoteOptions {
  readonly access: AccessOptions
  readonly cache?: ContentCache
  readonly limits?: Partial<RemoteLimits>
  /** Nothing is asked for; what the lock file pins and the cache holds is there. */
  readonly offline?: boolean
  /** As {@link FetchOptions.refresh}, for every question. */
  readonly refresh?: boolean
  /** For git: PATH, certificates. */
  readonly environment: Environment
}

const chartLayer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'

export function createRemote(options: RemoteOptions): Remote {
  const limits = { ...defaultRemoteLimits, ...options.limits }
  const access = createAccess(options.access)
  const cache = options.cache ?? memoryCache()
  const http = createHttp(access, limits)
  const oci = createOciClient(http, access)
  const git = createRemoteGit({
    access,
    limits,
    directory: cache.directory,
    environment: options.environment,
  })
  const online = options.offline !== true
  const always = options.refresh === true
  const known = new Map<string, Promise<unknown>>()

  /** One question, one answer, for both sides and every target. */
  const once = <T>(key: readonly unknown[], work: () => Promise<T>): Promise<T> => {
    const text = JSON.stringify(key)
    let answer = known.get(text) as Promise<T> | undefined
    if (answer === undefined) known.set(text, (answer = work()))
    return answer
  }
  const needOnline = (url: string): void => {
    if (!online)
      throw new RemoteError(
        'offline',
        shownUrl(url),
        `${shownUrl(url)} is not in the cache, and nothing is fetched`,
      )
  }

  /** The archive or file behind a URL, held against a digest that is known before. */
  const download = async (
    url: URL,
    expected: string | undefined,
    source: string,
  ): Promise<{ content: Uint8Array; digest: string }> => {
    access.check(url)
    const cached = expected === undefined ? undefined : await cache.get(expected)
    if (expected !== undefined && cached !== undefined) return { content: cached, digest: expected }
    needOnline(url.href)
    const { body } = await once(['get', url.href], () => http.body(url))
    const digest = digestOf(body)
    if (expected !== undefined && digest !== expected) throw contradiction(source, expected, digest)
    await cache.put(digest, body)
    return { content: body, digest }
  }

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
      base.pathname = `${base.pathname.replace(/\/+$/, '')}/`
      const url = new URL(`index.yaml${base.search}`, base)
      access.check(url)
      needOnline(url.href)
      return { body: (await http.body(url)).body, url, base }
    })

  const urlOf = (text: string, kind: SourceKind): URL => {
    if (kind === 'git') return gitUrl(text)
    if (kind === 'oci' || kind === 'oci-chart') return parseOci(text, access).origin
    const url = parseUrl(text)
    if (url !== undefined) return url
    throw new RemoteError('refused', shownUrl(text), `${shownUrl(text)} is no URL`)
  }

  const remote: Remote = {
    configured: options.access.allow.length > 0,
    refusal(text, kind) {
      try {
        access.check(urlOf(text, kind))
        return undefined
      } catch (error) {
        if (error instanceof RemoteError) return error
        throw error
      }
    },
    notes: () => cache.notes(),
    secrets: () => access.secrets(),
    close: () => {
      git.close()
    },

    fetchChart: ({ repository, name, version }, { lock = emptyLock, refresh = always } = {}) => {
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
        const url = found.urls[0] === undefined ? undefined : parseUrl(found.urls[0], index.base)
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
    },

    fetchOciChart: (source, fetch) => artifact(source, { mediaType: chartLayer }, true, fetch),
    fetchOci: (source, fetch) => artifact(source, source.layer ?? {}, false, fetch),

    fetchGit: ({ url: text, revision }, { lock = emptyLock, refresh = always } = {}) => {
      const key: LockKey = { kind: 'git', url: text, wanted: revision }
      const locked = refresh ? undefined : lock.find(key)
      return once(['git', key, locked, refresh], async (): Promise<FetchedTree> => {
        const url = gitUrl(text)
        access.check(url)
        const shown = shownUrl(url)
        const at = async (commit: string, pin: Provenance['pin']): Promise<FetchedTree> => ({
          tree: await once(['tree', url.href, commit], () => git.tree(url, commit, online)),
          commit,
          entry: { ...key, resolved: commit, digest: '' },
          pin,
        })
        if (isCommit(revision)) return await at(revision, 'immutable')
        if (locked !== undefined) return await at(locked.resolved, 'locked')
        needOnline(url.href)
        if (refresh && !/^[\w./-]+$/.test(revision) && parseConstraint(revision) !== undefined) {
          const tags = await git.tags(url)
          const tag = newest([...tags.keys()], revision)
          const commit = tag === undefined ? undefined : tags.get(tag)
          if (commit === undefined)
            throw new RemoteError('not-found', shown, `${shown} has no tag that ${revision} allows`)
          return await at(commit, 'unrecorded')
        }
        if (/^[0-9a-f]{7,39}$/.test(revision))
          throw new RemoteError(
            'refused',
            shown,
            `${revision} of ${shown} is a shortened commit id: write all of it`,
          )
        const { commit, kind } = await once(['resolve', url.href, revision], () => git.resolve(url, revision))
        if (kind === 'branch')
          needPin(key, undefined, refresh, `${revision || 'HEAD'} of ${shown}, which is a branch`, false)
        return await at(commit, 'unrecorded')
      })
    },

    fetchFile: ({ url: text }, { lock = emptyLock, refresh = always } = {}) => {
      const key: LockKey = { kind: 'file', url: text }
      const locked = refresh ? undefined : lock.find(key)
      return once(['file', key, locked, refresh], async (): Promise<FetchedFile> => {
        const url = parseUrl(text)
        if (url === undefined) throw new RemoteError('refused', shownUrl(text), `${shownUrl(text)} is no URL`)
        const { content, digest } = await download(url, locked?.digest, shownUrl(url))
        return {
          content,
          entry: { ...key, resolved: '', digest },
          pin: locked === undefined ? 'unrecorded' : 'locked',
        }
      })
    },
  }

  const artifact = (
    source: { readonly url: string; readonly reference: string },
    layer: LayerChoice,
    chart: boolean,
    { lock = emptyLock, refresh = always }: FetchOptions = {},
  ): Promise<FetchedFiles> => {
    const key: LockKey = { kind: 'oci', url: source.url, wanted: source.reference }
    const locked = refresh ? undefined : lock.find(key)
    return once(['oci', key, layer, chart, locked, refresh], async () => {
      const repository = parseOci(source.url, access)
      access.check(repository.origin)
      const { reference } = source
      const digested = /^sha256:[0-9a-f]{64}$/.test(reference)
      const floating = reference === '' || reference === 'latest' || (!isTag(reference, chart) && !digested)
      needPin(key, locked, refresh, `${reference || 'latest'} of ${repository.url}`, !floating)
      const wanted = digested
        ? reference
        : (locked?.digest ?? (await tagFor(repository, reference, floating)))
      const manifest = await manifestOf(repository, wanted)
      const described = `${repository.url} ${reference}`
      const chosen = chooseLayer(manifest.layers, layer)
      if (chosen === undefined)
        throw new RemoteError(
          'bad-answer',
          repository.url,
          `${described} has no layer${layer.mediaType === undefined ? '' : ` of type ${layer.mediaType}`}`,
        )
      const kept = await cache.get(chosen.digest)
      if (kept === undefined) needOnline(repository.origin.href)
      const content =
        kept ?? (await once(['blob', repository.url, chosen.digest], () => oci.blob(repository, chosen)))
      if (kept === undefined) await cache.put(chosen.digest, content)
      const files = await unpackArchive(content, repository.url, limits)
      return {
        files: chart ? chartFiles(files, repository.url) : files,
        entry: {
          ...key,
          resolved: locked?.resolved ?? (digested ? reference : wanted),
          digest: manifest.digest,
        },
        pin: digested ? 'immutable' : locked === undefined ? 'unrecorded' : 'locked',
      }
    })
  }

  /** Manifests are kept too: with a lock file nothing of an artifact needs the network. */
  const manifestOf = async (repository: OciRepository, reference: string): Promise<OciManifest> => {
    const kept = await cache.get(reference)
    if (kept !== undefined) {
      const parsed = parseManifest(kept, reference, `${repository.url} at ${reference}`)
      return 'inner' in parsed ? await manifestOf(repository, parsed.inner) : parsed
    }
    needOnline(repository.origin.href)
    const manifest = await once(['manifest', repository.url, reference], () =>
      oci.manifest(repository, reference),
    )
    await cache.put(manifest.digest, manifest.raw)
    return manifest
  }

  const tagFor = async (repository: OciRepository, reference: string, floating: boolean): Promise<string> => {
    if (!floating) return reference.replaceAll('+', '_')
    if (reference === 'latest') return reference
    needOnline(repository.origin.href)
    const tags = await once(['tags', repository.url], () => oci.tags(repository))
    const tag = newest(
      tags.map((text) => text.replaceAll('_', '+')),
      reference,
    )
    if (tag === undefined)
      throw new RemoteError(
        'not-found',
        repository.url,
        `${repository.url} has no version that ${reference || '*'} allows`,
      )
    return tag.replaceAll('+', '_')
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
  return remote
}

function chooseLayer(layers: readonly OciLayer[], { mediaType }: LayerChoice): OciLayer | undefined {
  return mediaType === undefined ? layers[0] : layers.find((layer) => layer.mediaType === mediaType)
}

/** Charts have versions: `1`, `1.2` and `1.x` are ranges there, and tags elsewhere. */
function isTag(reference: string, chart: boolean): boolean {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}$/.test(reference)) return false
  return !chart || !/^v?[0-9]+(?:\.[0-9]+)?$|(?:^|\.)[xX](?:\.|$)/.test(reference)
}

function newest(versions: readonly string[], constraint: string): string | undefined {
  const allows = parseConstraint(constraint || '*')
  return allows === undefined
    ? undefined
    : [...versions].filter(allows).sort((a, b) => compareVersions(b, a))[0]
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

function needPin(
  key: LockKey,
  locked: LockEntry | undefined,
  refresh: boolean,
  what: string,
  exact: boolean,
): void {
  if (exact || refresh || locked !== undefined) return
  throw new RemoteError(
    'not-pinned',
    shownUrl(key.url),
    `${what} can be another tomorrow: pin it with \`preadmit lock --update\` and commit .preadmit.lock`,
  )
}

/** A lock file that nobody updated after the definition's range moved on. */
function checkConstraint(locked: LockEntry | undefined, wanted: string, url: string): void {
  if (locked === undefined || locked.resolved === wanted || wanted === '') return
  const allows = parseConstraint(wanted)
  if (allows?.(locked.resolved) === true) return
  throw new RemoteError(
    'lock-contradicts',
    url,
    `.preadmit.lock pins ${locked.resolved} for ${wanted}, which does not allow it: run \`preadmit lock --update\``,
  )
}

function contradiction(source: string, expected: string, actual: string): RemoteError {
  return new RemoteError(
    'bad-digest',
    source,
    `${source} has the digest ${actual}, and ${expected} is recorded: the content was replaced under the same name`,
  )
}
