import {
  callMilliseconds,
  callsPerRun,
  patienceMilliseconds,
  quotaRetries,
  redirects,
  totalMilliseconds,
} from './limits.ts'

export interface FetchLimits {
  /** Milliseconds, monotonic. */
  readonly clock: () => number
  readonly sleep: (milliseconds: number) => Promise<void>
}

/** GitHub was not asked: our own budget for it is used up. */
export class BudgetError extends Error {
  constructor(what: string) {
    super(`gave up on GitHub's API: ${what}`)
    // Octokit hands errors of this name on as they are; any other becomes a fault of the server, which is retried.
    this.name = 'AbortError'
  }
}

/**
 * A fetch that keeps within a number of calls and a time, waits when GitHub asks for patience, and sends the token to
 * no other host: redirects are followed within the API's origin only (threats.md T31, T68, F20).
 */
export function limitedFetch(
  inner: typeof globalThis.fetch,
  apiUrl: string,
  { clock, sleep }: FetchLimits,
): (url: string, options: RequestInit) => Promise<Response> {
  const { origin } = new URL(apiUrl)
  const end = clock() + totalMilliseconds
  let calls = 0

  const once = async (url: string, options: RequestInit): Promise<Response> => {
    calls += 1
    if (calls > callsPerRun) throw new BudgetError(`${callsPerRun} calls were made`)
    const left = end - clock()
    if (left <= 0) throw new BudgetError(`${totalMilliseconds / 1000} seconds are over`)
    const timeout = AbortSignal.timeout(Math.ceil(Math.min(callMilliseconds, left)))
    const response = await inner(url, { ...options, redirect: 'manual', signal: timeout })
    // Read here, so that a body that never ends falls under the same timeout.
    const body = response.body === null ? null : await response.arrayBuffer()
    return new Response(body, { status: response.status, headers: withoutCoding(response.headers) })
  }

  const following = async (url: string, options: RequestInit): Promise<Response> => {
    let here = url
    for (let hop = 0; hop <= redirects; hop += 1) {
      const response = await once(here, options)
      const target = response.headers.get('location')
      if (![301, 302, 307, 308].includes(response.status) || target === null) return response
      const next = new URL(target, here)
      if (next.origin !== origin) throw new BudgetError(`it redirects to another host, ${next.host}`)
      here = next.href
    }
    throw new BudgetError('it redirects without end')
  }

  return async (url, options) => {
    for (let tries = 0; ; tries += 1) {
      const response = await following(url, options)
      const wait = patience(response, tries)
      if (wait === null || clock() + wait > end) return response
      await sleep(wait)
    }
  }
}

/** Milliseconds to wait before the same call is made again; null when it is final. */
function patience(response: Response, tries: number): number | null {
  if ((response.status !== 403 && response.status !== 429) || tries >= quotaRetries) return null
  const asked = response.headers.get('retry-after')
  if (asked === null) return null
  const wait = Number(asked) * 1000
  return Number.isFinite(wait) && wait >= 0 && wait <= patienceMilliseconds ? wait : null
}

/** The body is decoded already: headers that describe its coding would be wrong. */
function withoutCoding(headers: Headers): Headers {
  const copy = new Headers(headers)
  copy.delete('content-encoding')
  copy.delete('content-length')
  return copy
}
