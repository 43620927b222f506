import { chartFiles, unpackArchive } from './archive.ts'
import { RemoteError } from './errors.ts'
import type { Fetching } from './fetching.ts'
import { emptyLock, type LockKey } from './lock.ts'
import {
  parseManifest,
  parseOci,
  type OciClient,
  type OciLayer,
  type OciManifest,
  type OciRepository,
} from './oci.ts'
import { needPin, newest } from './pins.ts'
import type { FetchedFiles, FetchOptions, LayerChoice, Remote } from './remote.ts'

const chartLayer = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'

/** Artifacts of registries: manifests and layers by digest, each kept, so that a lock file needs no network. */
export function artifactFetcher(
  fetching: Fetching,
  oci: OciClient,
  always: boolean,
): Pick<Remote, 'fetchOci' | 'fetchOciChart'> {
  const { access, cache, limits, needOnline, once } = fetching
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

  return {
    fetchOciChart: (source, options) => artifact(source, { mediaType: chartLayer }, true, options),
    fetchOci: (source, options) => artifact(source, source.layer ?? {}, false, options),
  }
}

function chooseLayer(layers: readonly OciLayer[], { mediaType }: LayerChoice): OciLayer | undefined {
  return mediaType === undefined ? layers[0] : layers.find((layer) => layer.mediaType === mediaType)
}

/** Charts have versions: `1`, `1.2` and `1.x` are ranges there, and tags elsewhere. */
function isTag(reference: string, chart: boolean): boolean {
  if (!/^[A-Za-z0-9_][A-Za-z0-9._+-]{0,127}$/.test(reference)) return false
  return !chart || !/^v?[0-9]+(?:\.[0-9]+)?$|(?:^|\.)[xX](?:\.|$)/.test(reference)
}
