import { BudgetError } from './limited-fetch.ts'

/** Why GitHub did not do what it was asked, in the terms that decide what happens next. */
export interface Refused {
  /** Stable code. */
  readonly code:
    'not-permitted' | 'rate-limited' | 'unauthorized' | 'not-found' | 'refused' | 'unreachable' | 'gave-up'
  /** HTTP status; absent when there was no answer. */
  readonly status?: number
  /** GitHub's own words, first line, shortened. */
  readonly detail: string
}

/** Longest detail that goes into a notice. An HTML error page of a proxy has thousands of characters. */
const detailUnits = 200

/** The answer of GitHub is not what its documentation promises: truncated, empty, of a proxy. */
export class UnexpectedAnswer extends Error {
  constructor(what: string) {
    super(`GitHub's answer is not ${what}`)
    this.name = 'UnexpectedAnswer'
  }
}

/** Translates what octokit and fetch throw. Never the request: it holds the token. */
export function describeError(error: unknown): Refused {
  const status = statusOf(error)
  const detail = firstLine(error instanceof Error ? error.message : String(error))
  if (error instanceof BudgetError) return { code: 'gave-up', detail }
  if (status === undefined || (error instanceof Error && responseOf(error) === undefined))
    return { code: 'unreachable', detail }
  return { code: codeOf(status, error, detail), status, detail }
}

function codeOf(status: number, error: unknown, detail: string): Refused['code'] {
  const headers = responseOf(error)?.headers ?? {}
  const limited =
    headers['retry-after'] !== undefined ||
    headers['x-ratelimit-remaining'] === '0' ||
    /rate limit|abuse/i.test(detail)
  switch (status) {
    case 429:
      return 'rate-limited'
    case 403:
      return limited ? 'rate-limited' : 'not-permitted'
    case 401:
      return 'unauthorized'
    case 404:
    case 410:
      return 'not-found'
    case 422:
      return limited ? 'rate-limited' : 'refused'
    default:
      return status >= 500 ? 'unreachable' : 'refused'
  }
}

/** True when it is not known whether the call did its work: no answer, a server's fault, an unreadable answer. */
export function isAmbiguous(error: unknown): boolean {
  if (error instanceof UnexpectedAnswer) return true
  return describeError(error).code === 'unreachable'
}

interface WithResponse {
  readonly headers: Readonly<Record<string, unknown>>
}

function responseOf(error: unknown): WithResponse | undefined {
  if (typeof error !== 'object' || error === null || !('response' in error)) return undefined
  const { response } = error
  return typeof response === 'object' && response !== null && 'headers' in response
    ? { headers: (response.headers ?? {}) as Readonly<Record<string, unknown>> }
    : undefined
}

function statusOf(error: unknown): number | undefined {
  if (typeof error !== 'object' || error === null || !('status' in error)) return undefined
  return typeof error.status === 'number' ? error.status : undefined
}

function firstLine(message: string): string {
  const [line = ''] = message.trim().split('\n', 1)
  return line.length > detailUnits ? `${line.slice(0, detailUnits)}…` : line
}
