import type { Access } from './access.ts'
import { shownUrl } from './access.ts'
import { digestOf, type ContentCache } from './cache.ts'
import { RemoteError } from './errors.ts'
import type { Http } from './http.ts'
import type { RemoteLimits } from './limits.ts'
import { contradiction } from './pins.ts'

/** What all kinds of sources are fetched with: one for a run. */
export interface Fetching {
  readonly access: Access
  readonly limits: RemoteLimits
  readonly cache: ContentCache
  readonly http: Http
  readonly online: boolean
  /** One question, one answer, for both sides and every target. */
  once<T>(key: readonly unknown[], work: () => Promise<T>): Promise<T>
  /** @throws RemoteError `offline` when nothing may be asked for */
  needOnline(url: string): void
  /** The archive or file behind a URL, held against a digest that is known before. */
  download(url: URL, expected: string | undefined, source: string): Promise<Download>
}

export interface Download {
  readonly content: Uint8Array
  readonly digest: string
}

export function createFetching(
  means: Pick<Fetching, 'access' | 'limits' | 'cache' | 'http' | 'online'>,
  /** Name of the variable that sends other programs through a proxy, when there is one. */
  proxy?: string,
): Fetching {
  const { access, cache, http, online } = means
  const known = new Map<string, Promise<unknown>>()
  const once = <T>(key: readonly unknown[], work: () => Promise<T>): Promise<T> => {
    const text = JSON.stringify(key)
    let answer = known.get(text) as Promise<T> | undefined
    if (answer === undefined)
      known.set(text, (answer = proxy === undefined ? work() : explained(work(), proxy)))
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

  const download = async (url: URL, expected: string | undefined, source: string): Promise<Download> => {
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

  return { ...means, once, needOnline, download }
}

/** A host that only a proxy reaches is told apart from one that is not there. */
async function explained<T>(answer: Promise<T>, proxy: string): Promise<T> {
  try {
    return await answer
  } catch (error) {
    const told = 'connects without proxies'
    if (!(error instanceof RemoteError) || error.code !== 'unreachable' || error.message.includes(told))
      throw error
    throw new RemoteError(error.code, error.url, `${error.message}; ${proxy} is set, and preadmit ${told}`, {
      cause: error,
    })
  }
}
