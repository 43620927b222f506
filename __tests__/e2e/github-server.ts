/**
 * A local server that speaks as much of GitHub's REST and GraphQL API as the comment needs, records every request,
 * and plays faults: over TCP, so that the client, its retries and its timeouts are the real ones.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface StoredComment {
  readonly id: number
  body: string
  readonly user: { readonly id: number; readonly login: string }
}
export interface Recorded {
  readonly method: string
  readonly path: string
  readonly authorization: string | undefined
  readonly userAgent: string | undefined
}

/** What goes wrong with one request. */
export type Fault =
  | 'error-500'
  | 'html-502'
  /** The server does what it was asked and says that it did not. */
  | 'accepted-504'
  | 'secondary-403'
  | 'read-only-403'
  | 'primary-403'
  | 'limit-429'
  | 'abuse-422'
  | 'unauthorized-401'
  | 'gone-410'
  | 'truncated'
  | 'empty-200'
  | 'reset'
  | 'slow'
  | 'redirect-away'

export const faults: readonly Fault[] = [
  'error-500',
  'html-502',
  'accepted-504',
  'secondary-403',
  'read-only-403',
  'primary-403',
  'limit-429',
  'abuse-422',
  'unauthorized-401',
  'gone-410',
  'truncated',
  'empty-200',
  'reset',
  'slow',
  'redirect-away',
]

export interface GitHubServer {
  readonly url: string
  readonly comments: StoredComment[]
  readonly requests: Recorded[]
  /** Head of pull request 7. */
  head: string
  /** Who the token is. */
  self: { id: number; login: string }
  /** Tokens of apps are nobody to `GET /user`. */
  app: boolean
  /** Where the fault `redirect-away` leads. */
  away: string
  /** Called before each request is answered, with its position (from 1); answers the fault to play. */
  fault: (request: Recorded, position: number) => Fault | undefined
  close(): Promise<void>
}

/** @param prefix path before everything, as GitHub Enterprise Server has `/api/v3` */
export async function startGitHub(prefix = ''): Promise<GitHubServer> {
  let nextId = 1000
  const server = createServer((request, response) => {
    void answer(request, response)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  const origin = `http://127.0.0.1:${port}`
  const github: GitHubServer = {
    url: `${origin}${prefix}`,
    comments: [],
    requests: [],
    head: 'a'.repeat(40),
    self: { id: 41898282, login: 'github-actions[bot]' },
    app: true,
    away: 'http://localhost:1',
    fault: () => undefined,
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve()
        })
        server.closeAllConnections()
      }),
  }

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const body = await read(request)
    const recorded = {
      method: request.method ?? '',
      path: request.url ?? '',
      authorization: request.headers.authorization,
      userAgent: request.headers['user-agent'],
    }
    github.requests.push(recorded)
    const fault = github.fault(recorded, github.requests.length)
    if (fault === undefined) {
      reply(response, handle(recorded, body))
      return
    }
    await play(fault, response, github.away, () => handle(recorded, body))
  }

  function handle({ method, path }: Recorded, body: string): Reply {
    const url = new URL(path, origin)
    const route = `${method} ${url.pathname.slice(prefix.length).replace(/\d+$/, ':id')}`
    const id = Number(url.pathname.split('/').at(-1))
    switch (route) {
      case 'GET /repos/acme/fleet/pulls/:id':
        return { status: 200, json: { number: id, head: { sha: github.head } } }
      case 'GET /user':
        return github.app
          ? { status: 403, json: { message: 'Resource not accessible by integration' } }
          : { status: 200, json: github.self }
      case 'POST /graphql':
      case 'POST /api/graphql':
        return { status: 200, json: { data: { viewer: { login: github.self.login.replace('[bot]', '') } } } }
      case 'GET /repos/acme/fleet/issues/7/comments':
        return page(url)
      case 'POST /repos/acme/fleet/issues/7/comments': {
        nextId += 1
        const comment = { id: nextId, body: bodyOf(body), user: github.self }
        github.comments.push(comment)
        return { status: 201, json: comment }
      }
      case 'PATCH /repos/acme/fleet/issues/comments/:id': {
        const comment = github.comments.find((item) => item.id === id)
        if (comment === undefined) return { status: 404, json: { message: 'Not Found' } }
        comment.body = bodyOf(body)
        return { status: 200, json: comment }
      }
      case 'DELETE /repos/acme/fleet/issues/comments/:id': {
        const at = github.comments.findIndex((item) => item.id === id)
        if (at < 0) return { status: 404, json: { message: 'Not Found' } }
        github.comments.splice(at, 1)
        return { status: 204 }
      }
      default:
        return { status: 404, json: { message: `no route ${route}` } }
    }
  }

  /** A page of comments as asked for, with the links that say whether there are more. */
  function page(url: URL): Reply {
    const size = Math.min(100, Number(url.searchParams.get('per_page') ?? 30))
    const number = Number(url.searchParams.get('page') ?? 1)
    const more = number * size < github.comments.length
    const next = new URL(url)
    next.searchParams.set('page', String(number + 1))
    return {
      status: 200,
      json: github.comments.slice((number - 1) * size, number * size),
      headers: more ? { link: `<${next.href}>; rel="next"` } : {},
    }
  }
  return github
}

interface Reply {
  readonly status: number
  readonly json?: unknown
  readonly headers?: Record<string, string>
}

function reply(response: ServerResponse, { status, json, headers }: Reply): void {
  response.writeHead(status, { 'content-type': 'application/json; charset=utf-8', ...headers })
  response.end(json === undefined ? undefined : JSON.stringify(json))
}

async function play(
  fault: Fault,
  response: ServerResponse,
  away: string,
  handle: () => Reply,
): Promise<void> {
  const refuse = (status: number, message: string, headers: Record<string, string> = {}): void => {
    reply(response, { status, json: { message }, headers })
  }
  switch (fault) {
    case 'error-500':
      refuse(500, 'Server Error')
      return
    case 'html-502':
      response.writeHead(502, { 'content-type': 'text/html' })
      response.end('<html><body><h1>502 Bad Gateway</h1></body></html>')
      return
    case 'accepted-504':
      handle()
      refuse(504, 'Gateway Timeout')
      return
    case 'secondary-403':
      refuse(403, 'You have exceeded a secondary rate limit.', { 'retry-after': '1' })
      return
    case 'read-only-403':
      refuse(403, 'Resource not accessible by integration')
      return
    case 'primary-403':
      refuse(403, 'API rate limit exceeded', {
        'x-ratelimit-remaining': '0',
        'x-ratelimit-reset': '9999999999',
      })
      return
    case 'limit-429':
      refuse(429, 'Too many requests', { 'retry-after': '1' })
      return
    case 'abuse-422':
      refuse(422, 'was submitted too quickly: abuse')
      return
    case 'unauthorized-401':
      refuse(401, 'Bad credentials')
      return
    case 'gone-410':
      refuse(410, 'This issue was deleted')
      return
    case 'truncated':
      response.writeHead(200, { 'content-type': 'application/json' })
      response.end('[{"id": 12, "body": "cut o')
      return
    case 'empty-200':
      response.writeHead(200)
      response.end()
      return
    case 'reset':
      response.writeHead(200, { 'content-type': 'application/json', 'content-length': '1000' })
      response.write('[')
      await new Promise((resolve) => setTimeout(resolve, 10))
      response.destroy()
      return
    case 'slow': {
      const late = handle()
      await new Promise((resolve) => setTimeout(resolve, 400))
      reply(response, late)
      return
    }
    case 'redirect-away':
      response.writeHead(302, { location: `${away}/elsewhere` })
      response.end()
  }
}

function bodyOf(text: string): string {
  const { body } = JSON.parse(text) as { body: string }
  return body
}

async function read(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString('utf8')
}
