import { chartFiles, unpackArchive } from './archive.ts'
import { RemoteError } from './errors.ts'
import type { Fetching } from './fetching.ts'
import { emptyLock, type LockEntry, type LockKey } from './lock.ts'
import { parseManifest, parseOci, type OciClient, type OciManifest, type OciRepository } from './oci.ts'
import { chooseLayer } from './oci-layer.ts'
import { chartLayer, readReference, tagIn, wantedOf } from './oci-reference.ts'
import { needPin } from './pins.ts'
import type { OciSource, Remote } from './remote.ts'

/** Artifacts of registries: manifests and layers by digest, each kept, so that a lock file needs no network. */
export function artifactFetcher(fetching: Fetching, oci: OciClient, always: boolean): Remote['fetchOci'] {
  const { access, cache, limits, needOnline, once } = fetching

  const fetchOci: Remote['fetchOci'] = (source, { lock = emptyLock, refresh = always } = {}) => {
    const key: LockKey = { kind: 'oci', url: source.url, wanted: wantedOf(source) }
    const locked = refresh ? undefined : lock.find(key)
    return once(['oci', key, source, locked, refresh], async () => {
      const repository = parseOci(source.url, access)
      access.check(repository.origin)
      const { manifest, resolved, pin } = await find(repository, source, key, locked, refresh)
      const described = `${repository.url} ${source.reference}`
      const layer = chooseLayer(manifest, source.layer ?? {}, described)
      const kept = await cache.get(layer.digest)
      if (kept === undefined) needOnline(repository.origin.href)
      const content =
        kept ?? (await once(['blob', repository.url, layer.digest], () => oci.blob(repository, layer)))
      if (kept === undefined) await cache.put(layer.digest, content)
      const files = await unpackArchive(content, repository.url, limits, {
        gzipped: source.layer?.onlyContent !== true || !layer.mediaType.endsWith('tar'),
        // source-controller leaves them out (tar.WithSkipSymlinks); nobody else says what they mean.
        links: source.reading === 'tag' || source.reading === 'range' ? 'skip' : 'refuse',
      })
      // Argo CD lays the single folder of a chart's layer at the root, too.
      const chart =
        source.chart === true || (source.layer?.onlyContent === true && layer.mediaType === chartLayer)
      return {
        files: chart ? chartFiles(files, repository.url) : files,
        entry: { ...key, resolved, digest: manifest.digest },
        pin,
      }
    })
  }

  const find = async (
    repository: OciRepository,
    source: OciSource,
    key: LockKey,
    locked: LockEntry | undefined,
    refresh: boolean,
  ): Promise<{ manifest: OciManifest; resolved: string; pin: 'immutable' | 'locked' | 'unrecorded' }> => {
    const meaning = readReference(source)
    if (meaning.kind === 'digest')
      return {
        manifest: await manifestOf(repository, meaning.digest),
        resolved: meaning.digest,
        pin: 'immutable',
      }
    if (locked !== undefined)
      return {
        manifest: await manifestOf(repository, locked.digest),
        resolved: locked.resolved,
        pin: 'locked',
      }
    const pinned = (exact: boolean): void => {
      needPin(
        key,
        locked,
        refresh,
        `${key.kind === 'file' ? '' : key.wanted || 'latest'} of ${repository.url}`,
        exact,
      )
    }
    if (meaning.kind !== 'range') {
      pinned(meaning.kind === 'either' || !meaning.moving)
      try {
        return {
          manifest: await manifestOf(repository, meaning.tag),
          resolved: meaning.tag,
          pin: 'unrecorded',
        }
      } catch (error) {
        if (meaning.kind !== 'either' || !(error instanceof RemoteError) || error.code !== 'not-found')
          throw error
      }
    }
    pinned(false)
    needOnline(repository.origin.href)
    const tags = await once(['tags', repository.url], () => oci.tags(repository))
    const tag = tagIn(tags, { ...source, url: repository.url })
    return { manifest: await manifestOf(repository, tag), resolved: tag, pin: 'unrecorded' }
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

  return fetchOci
}
