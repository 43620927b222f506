import { lookup as resolveName } from 'node:dns'
import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP, type LookupFunction } from 'node:net'
import type { Access } from './access.ts'
import { shownUrl } from './access.ts'
import { addressKind } from './address.ts'
import { RemoteError, type RemoteErrorCode } from './errors.ts'
import type { RemoteLimits } from './limits.ts'

export interface HttpAnswer {
  readonly status: number
  readonly headers: IncomingMessage['headers']
  readonly body: Uint8Array
  /** After redirects. */
  readonly url: URL
}

export interface HttpRequest {
  readonly accept?: string
  /** Sent to the first origin only. Without it the access's own secret of each origin is sent. */
  readonly authorization?: string
  /** The origin's own secret is not sent (the question whether one is needed). */
  readonly anonymous?: boolean
}

export interface Http {
  /**
   * GET with every limit. Redirects are followed to allowed hosts only; credentials never leave their origin.
   * @throws RemoteError
   */
  get(url: URL, request?: HttpRequest): Promise<HttpAnswer>
  /** As {@link get}; any status but 200 is an error. @throws RemoteError */
  body(url: URL, request?: HttpRequest): Promise<HttpAnswer>
}

/** Names are resolved, checked and connected to in one step, so that a second answer of the DNS changes nothing. */
export function createHttp(access: Access, limits: RemoteLimits): Http {
  let requests = 0

  const get: Http['get'] = async (start, options = {}) => {
    const deadline = Date.now() + limits.milliseconds
    let url = start
    let { authorization } = options
    for (let hops = 0; ; hops++) {
      try {
        access.check(url)
      } catch (error) {
        throw hops === 0 || !(error instanceof RemoteError)
          ? error
          : new RemoteError(
              'redirect-refused',
              shownUrl(start),
              `${shownUrl(start)} redirects to ${shownUrl(url)}, and ${error.message}`,
            )
      }
      requests += 1
      if (requests > limits.requests)
        throw new RemoteError(
          'too-many-requests',
          shownUrl(url),
          `more than ${limits.requests} requests in one run`,
        )
      const secret = options.anonymous === true ? undefined : access.secretFor(url)
      const own =
        secret === undefined ? undefined : secret.bearer ? `Bearer ${secret.password}` : basic(secret)
      const answer = await once(url, deadline, {
        accept: options.accept ?? '*/*',
        authorization: authorization ?? own,
        access,
        limits,
      })
      const location = answer.headers.location
      if (![301, 302, 303, 307, 308].includes(answer.status) || location === undefined) return answer
      if (hops >= limits.redirects)
        throw new RemoteError(
          'too-many-redirects',
          shownUrl(start),
          `${shownUrl(start)} redirects more than ${limits.redirects} times`,
        )
      const next = parseUrl(location, url)
      if (next === undefined)
        throw new RemoteError(
          'redirect-refused',
          shownUrl(start),
          `${shownUrl(start)} redirects to something that is no URL`,
        )
      if (url.protocol === 'https:' && next.protocol !== 'https:')
        throw new RemoteError(
          'redirect-refused',
          shownUrl(start),
          `${shownUrl(start)} redirects from https to ${next.protocol}//${next.host}`,
        )
      if (next.origin !== url.origin) authorization = undefined
      url = next
    }
  }

  return {
    get,
    async body(url, options) {
      const answer = await get(url, options)
      if (answer.status === 200) return answer
      throw statusError(answer.status, url, access)
    },
  }
}

/** What a status that is not 200 means. */
export function statusError(status: number, url: URL, access: Access): RemoteError {
  const shown = shownUrl(url)
  if (status === 401 || status === 403) {
    const missing = access.missingFor(url)
    const hint =
      missing.length > 0
        ? `: ${missing.join(' and ')} of remote.credentials ${missing.length === 1 ? 'is' : 'are'} not set in the environment`
        : access.secretFor(url) === undefined
          ? ': name its credentials under remote.credentials'
          : ': the credentials of remote.credentials are refused'
    return new RemoteError('unauthorized', shown, `${shown} answers ${status}${hint}`)
  }
  if (status === 404 || status === 410)
    return new RemoteError('not-found', shown, `${shown} is not there (${status})`)
  return new RemoteError('bad-status', shown, `${shown} answers ${status}`)
}

export function parseUrl(text: string, base?: URL): URL | undefined {
  try {
    return new URL(text, base)
  } catch {
    return undefined
  }
}

export function basic({ username, password }: { username: string; password: string }): string {
  return `Basic ${Buffer.from(`${username}:${password}`).toString('base64')}`
}

interface Once {
  readonly accept: string
  readonly authorization: string | undefined
  readonly access: Access
  readonly limits: RemoteLimits
}

async function once(
  url: URL,
  deadline: number,
  { accept, authorization, access, limits }: Once,
): Promise<HttpAnswer> {
  const shown = shownUrl(url)
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0) checkAddress(literal, url, access)
  return await new Promise((resolve, reject) => {
    const start = Date.now()
    let received = 0
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const request = send(url, {
      method: 'GET',
      // A connection of its own: nothing of one request is left for the next.
      agent: false,
      lookup: checkedLookup(url, access),
      headers: {
        accept,
        'accept-encoding': 'identity',
        'user-agent': 'preadmit',
        ...(authorization === undefined ? {} : { authorization }),
      },
    })
    const fail = (code: RemoteErrorCode, message: string, cause?: unknown): void => {
      clearInterval(watch)
      request.destroy()
      reject(cause instanceof RemoteError ? cause : new RemoteError(code, shown, message, { cause }))
    }
    const watch = setInterval(() => {
      const now = Date.now()
      const elapsed = now - start
      if (now > deadline) fail('timeout', `${shown} did not end within ${limits.milliseconds / 1000} s`)
      else if (elapsed > limits.graceMilliseconds && received < (limits.bytesPerSecond * elapsed) / 1000)
        fail('too-slow', `${shown} sends less than ${limits.bytesPerSecond} bytes per second`)
    }, 100)
    request.on('error', (error: NodeJS.ErrnoException) => {
      fail('unreachable', `${url.host} cannot be reached (${error.code ?? error.message})`, error)
    })
    request.on('response', (response) => {
      const declared = Number(response.headers['content-length'] ?? 0)
      const tooLarge = `${shown} is larger than ${limits.bodyBytes} bytes`
      if (declared > limits.bodyBytes) {
        fail('too-large', tooLarge)
        return
      }
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => {
        received += chunk.length
        if (received > limits.bodyBytes) fail('too-large', tooLarge)
        else chunks.push(chunk)
      })
      response.on('error', (error) => {
        fail('unreachable', `${url.host} broke the connection`, error)
      })
      response.on('end', () => {
        clearInterval(watch)
        // Node ends a body that was cut short with `aborted`, an `end` means that it is whole.
        resolve({
          status: response.statusCode ?? 0,
          headers: response.headers,
          body: Buffer.concat(chunks),
          url,
        })
      })
    })
    request.end()
  })
}

function checkAddress(address: string, url: URL, access: Access): void {
  const kind = addressKind(address)
  if (kind === 'public' || (kind === 'private' && access.allowsPrivate(url))) return
  throw new RemoteError(
    'address-refused',
    shownUrl(url),
    kind === 'private'
      ? `${url.hostname} leads to the private address ${address}: list the host under remote.private if that is meant`
      : `${url.hostname} leads to ${address}, which is never connected to`,
  )
}

/** All addresses of a name are checked, not the first: which one is taken is the system's choice. */
function checkedLookup(url: URL, access: Access): LookupFunction {
  return (hostname, options, answer) => {
    resolveName(hostname, { ...options, all: true }, (error, addresses) => {
      if (error !== null) {
        answer(error, '', 0)
        return
      }
      try {
        for (const { address } of addresses) checkAddress(address, url, access)
      } catch (refusal) {
        answer(refusal as NodeJS.ErrnoException, '', 0)
        return
      }
      const [first] = addresses
      if (options.all === true) answer(null, addresses)
      else if (first !== undefined) answer(null, first.address, first.family)
      else answer(Object.assign(new Error(`${hostname} has no address`), { code: 'ENOTFOUND' }), '', 0)
    })
  }
}

/** Addresses of a host, checked; for git, which connects by itself. @throws RemoteError */
export async function checkedAddresses(url: URL, access: Access): Promise<readonly string[]> {
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0) {
    checkAddress(literal, url, access)
    return [literal]
  }
  return await new Promise((resolve, reject) => {
    resolveName(url.hostname, { all: true }, (error, addresses) => {
      if (error !== null) {
        reject(
          new RemoteError(
            'unreachable',
            shownUrl(url),
            `${url.host} cannot be reached (${error.code ?? error.message})`,
            { cause: error },
          ),
        )
        return
      }
      try {
        for (const { address } of addresses) checkAddress(address, url, access)
        resolve(addresses.map(({ address }) => address))
      } catch (refusal) {
        reject(refusal instanceof Error ? refusal : new Error(String(refusal)))
      }
    })
  })
}
