import { getOctokit } from '@actions/github'
import { retry } from '@octokit/plugin-retry'
import { version } from '../../report/version.ts'
import { limitedFetch, type FetchLimits } from './limited-fetch.ts'
import { faultBaseMilliseconds, faultRetries } from './limits.ts'

export type GitHubClient = ReturnType<typeof getOctokit>

export interface ClientOptions {
  /** Stays in this client: never logged, never part of a URL. */
  readonly token: string
  /** `GITHUB_API_URL`: GitHub Enterprise Server has a path prefix. */
  readonly apiUrl: string
  readonly limits: FetchLimits
  /** Base of the waits between retries; {@link faultBaseMilliseconds} when absent. */
  readonly retryMilliseconds?: number
}

/** The one place that makes an API client: address, name, retries, limits. Starts no request. */
export function createClient({ token, apiUrl, limits, retryMilliseconds }: ClientOptions): GitHubClient {
  const base = getOctokit(token, { baseUrl: apiUrl })
  // The action's own client knows proxies; its fetch is kept below ours.
  const proxied: unknown = base.request.endpoint.DEFAULTS.request?.['fetch']
  return getOctokit(
    token,
    {
      baseUrl: apiUrl,
      userAgent: `preadmit/${version}`,
      request: { fetch: limitedFetch(isFetch(proxied) ? proxied : globalThis.fetch, apiUrl, limits) },
      retry: {
        // What says "no" is not asked again, and what says "slow down" is handled by the limits below.
        doNotRetry: [400, 401, 403, 404, 410, 422, 429, 451],
        retries: faultRetries,
        retryAfterBaseValue: retryMilliseconds ?? faultBaseMilliseconds,
      },
      // Octokit's own warnings (deprecations) hold URLs only; a log is no place for them.
      log: { debug: ignore, info: ignore, warn: ignore, error: ignore },
    },
    retry,
  )
}

function isFetch(value: unknown): value is typeof globalThis.fetch {
  return typeof value === 'function'
}

function ignore(): void {
  // Nothing to say.
}
