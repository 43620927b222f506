import { shownUrl, type Access } from './access.ts'
import { digestOf } from './cache.ts'
import { RemoteError } from './errors.ts'
import { basic, parseUrl, statusError, type Http, type HttpAnswer } from './http.ts'

/** A registry's repository, taken apart: `oci://ghcr.io/acme/charts/podinfo`. */
export interface OciRepository {
  /** `https://ghcr.io`, or plain HTTP where the configuration spells it out. */
  readonly origin: URL
  readonly name: string
  /** `oci://ghcr.io/acme/charts/podinfo` */
  readonly url: string
}

export interface OciManifest {
  readonly digest: string
  /** The manifest's own bytes. */
  readonly raw: Uint8Array
  readonly layers: readonly OciLayer[]
  /** Media type of the configuration, which says what kind of artifact it is. */
  readonly configuration: string
}

export interface OciLayer {
  readonly mediaType: string
  readonly digest: string
  readonly size: number
}

export interface OciClient {
  /** @param reference tag, or digest `sha256:…` @throws RemoteError */
  manifest(repository: OciRepository, reference: string): Promise<OciManifest>
  blob(repository: OciRepository, layer: OciLayer): Promise<Uint8Array>
  /** All tags, page by page. */
  tags(repository: OciRepository): Promise<readonly string[]>
}

const manifestTypes = [
  'application/vnd.oci.image.manifest.v1+json',
  'application/vnd.docker.distribution.manifest.v2+json',
  'application/vnd.oci.image.index.v1+json',
]
const digestPattern = /^sha256:[0-9a-f]{64}$/

/** Repository of an `oci://` URL (Argo CD leaves the scheme out). @throws RemoteError `refused` */
export function parseOci(text: string, access: Access): OciRepository {
  const match =
    /^(?:oci:\/\/)?(?<host>[A-Za-z0-9.-]+(?::[0-9]+)?|\[[0-9A-Fa-f:]+\](?::[0-9]+)?)\/(?<name>[^?#@]+?)\/*$/.exec(
      text.trim(),
    )?.groups
  const name = match?.['name'] ?? ''
  const host = match?.['host'] ?? ''
  // The distribution specification's own pattern of names.
  if (
    match === undefined ||
    !/^[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*(?:\/[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*)*$/.test(name)
  )
    throw new RemoteError('refused', shownUrl(text), `${shownUrl(text)} names no repository of a registry`)
  const secure = new URL(`https://${host === 'docker.io' ? 'registry-1.docker.io' : host}/v2/${name}`)
  const plain = new URL(secure.href)
  plain.protocol = 'http:'
  const base = !access.allows(secure) && access.allows(plain) ? plain : secure
  return { origin: base, name, url: `oci://${host.toLowerCase()}/${name}` }
}

/**
 * The part of the distribution specification that reads: manifests, blobs, tags, and the bearer tokens in front of
 * them. A token is asked for at an allowed host only, with the secret of that very origin, and goes to no other.
 */
export function createOciClient(http: Http, access: Access): OciClient {
  const tokens = new Map<string, Promise<string | undefined>>()

  const ask = async (repository: OciRepository, path: string, accept: string): Promise<HttpAnswer> => {
    const url = new URL(`/v2/${repository.name}/${path}`, repository.origin)
    const known = await tokens.get(repository.url)
    const first = await http.get(url, {
      accept,
      ...(known === undefined ? {} : { authorization: known }),
    })
    if (first.status === 200) return first
    const challenge = first.headers['www-authenticate'] ?? ''
    // A redirect led elsewhere: its challenge is not the registry's.
    if (first.status !== 401 || !/^bearer /i.test(challenge) || first.url.origin !== url.origin)
      throw statusError(first.status, url, access)
    const token = fetchToken(challenge, repository)
    tokens.set(repository.url, token)
    const authorization = await token
    const second = await http.get(url, { accept, ...(authorization === undefined ? {} : { authorization }) })
    if (second.status !== 200) throw statusError(second.status, url, access)
    return second
  }

  const fetchToken = async (challenge: string, repository: OciRepository): Promise<string | undefined> => {
    const parameters = new Map(
      [...challenge.matchAll(/([a-z]+)="([^"]*)"/gi)].map(([, key = '', value = '']) => [
        key.toLowerCase(),
        value,
      ]),
    )
    const realm = parseUrl(parameters.get('realm') ?? '')
    if (realm === undefined)
      throw new RemoteError(
        'bad-answer',
        repository.url,
        `${repository.url} asks for a token and does not say where`,
      )
    if (realm.protocol !== repository.origin.protocol)
      throw new RemoteError(
        'scheme-refused',
        repository.url,
        `${repository.url} sends for a token to ${realm.protocol}//${realm.host}`,
      )
    try {
      access.check(realm)
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error
      throw new RemoteError(
        error.code,
        repository.url,
        `${repository.url} sends for a token to ${shownUrl(realm)}, and ${error.message}`,
      )
    }
    const service = parameters.get('service')
    if (service !== undefined) realm.searchParams.set('service', service)
    // Never the scope that the server names: it could be another repository's.
    realm.searchParams.set('scope', `repository:${repository.name}:pull`)
    const secret = access.secretFor(realm)
    const answer = await http.get(realm, {
      accept: 'application/json',
      ...(secret === undefined ? {} : { authorization: basic(secret) }),
    })
    if (answer.status !== 200) throw statusError(answer.status, realm, access)
    const body = json(answer.body)
    const token = body?.['token'] ?? body?.['access_token']
    return typeof token === 'string' && /^[\x21-\x7e]+$/.test(token) ? `Bearer ${token}` : undefined
  }

  const manifest: OciClient['manifest'] = async (repository, reference) => {
    if (!digestPattern.test(reference) && !/^[A-Za-z0-9_][A-Za-z0-9._-]{0,127}$/.test(reference))
      throw new RemoteError('refused', repository.url, `${JSON.stringify(reference)} is no tag and no digest`)
    const { body } = await ask(repository, `manifests/${reference}`, manifestTypes.join(', '))
    const digest = digestOf(body)
    if (digestPattern.test(reference) && digest !== reference)
      throw new RemoteError(
        'bad-digest',
        repository.url,
        `${repository.url} sends ${digest} for ${reference}`,
      )
    const parsed = parseManifest(body, digest, `${repository.url} at ${reference}`)
    return 'inner' in parsed ? await manifest(repository, parsed.inner) : parsed
  }

  return {
    manifest,
    async blob(repository, layer) {
      const { body } = await ask(repository, `blobs/${layer.digest}`, '*/*')
      const digest = digestOf(body)
      if (digest !== layer.digest)
        throw new RemoteError(
          'bad-digest',
          repository.url,
          `${repository.url} sends ${digest} for the layer ${layer.digest}`,
        )
      return body
    },
    async tags(repository) {
      const tags: string[] = []
      let path: string | undefined = 'tags/list?n=1000'
      for (let page = 0; path !== undefined && page < tagPages; page += 1) {
        const answer: HttpAnswer = await ask(repository, path, 'application/json')
        const list = json(answer.body)?.['tags']
        if (Array.isArray(list)) tags.push(...list.filter((tag): tag is string => typeof tag === 'string'))
        path = nextPage(answer, repository)
      }
      return tags
    },
  }
}

/** Pages of tags that are read: with a hundred on each, as registries give at least, more than any project has. */
const tagPages = 100

/** `Link: </v2/name/tags/list?last=b&n=2>; rel="next"`: only the same list goes on (distribution specification). */
function nextPage({ headers, url }: HttpAnswer, { name, origin }: OciRepository): string | undefined {
  const { link } = headers
  const target = /<([^>]*)>\s*;[^,]*rel="?next"?/.exec(
    Array.isArray(link) ? link.join(', ') : (link ?? ''),
  )?.[1]
  const next = target === undefined ? undefined : parseUrl(target, url)
  if (next === undefined || next.pathname !== `/v2/${name}/tags/list` || next.host !== origin.host)
    return undefined
  return `tags/list${next.search}`
}

/**
 * The layers of a manifest, or the one manifest that an index leads to (Flux and Helm push none with several platforms).
 * @throws RemoteError `bad-answer`
 */
export function parseManifest(
  raw: Uint8Array,
  digest: string,
  what: string,
): OciManifest | { readonly inner: string } {
  const value = json(raw)
  const manifests = value?.['manifests']
  if (Array.isArray(manifests)) {
    const [only, second] = manifests as readonly unknown[]
    const inner = isMap(only) ? only['digest'] : undefined
    if (second !== undefined || typeof inner !== 'string' || !digestPattern.test(inner))
      throw new RemoteError('bad-answer', what, `${what} is an index of several artifacts`)
    return { inner }
  }
  const layers = value?.['layers']
  if (!Array.isArray(layers)) throw new RemoteError('bad-answer', what, `${what} is no artifact with layers`)
  const config = value?.['config']
  const configuration = isMap(config) && typeof config['mediaType'] === 'string' ? config['mediaType'] : ''
  return {
    digest,
    raw,
    configuration,
    layers: layers.flatMap((layer: unknown) => (isMap(layer) ? layerOf(layer) : [])),
  }
}

function layerOf({ mediaType, digest, size }: Readonly<Record<string, unknown>>): OciLayer[] {
  return typeof digest === 'string' && digestPattern.test(digest) && typeof mediaType === 'string'
    ? [{ mediaType, digest, size: typeof size === 'number' ? size : 0 }]
    : []
}

function json(body: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(body).toString('utf8'))
    return isMap(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isMap(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
