/** Real servers on the loopback: git's own HTTP backend, a Docker registry, and a web server that plays faults. */
import { execFileSync, spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { createServer as createNetServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { packTar } from 'modern-tar'

export interface Seen {
  readonly url: string
  readonly authorization: string | undefined
}

export interface WebServer {
  readonly url: string
  readonly host: string
  readonly seen: Seen[]
  /** Answers by path; a function can do anything. */
  readonly routes: Map<
    string,
    Uint8Array | string | ((request: IncomingMessage, response: ServerResponse) => void)
  >
  close(): Promise<void>
}

/** A web server of files; what it was asked is recorded. */
export async function webServer(): Promise<WebServer> {
  const routes: WebServer['routes'] = new Map()
  const seen: Seen[] = []
  const server = createServer((request, response) => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization })
    const route = routes.get((request.url ?? '').replace(/\?.*$/, ''))
    if (route === undefined) response.writeHead(404).end()
    else if (typeof route === 'function') route(request, response)
    else response.writeHead(200).end(route)
  })
  const { url, host } = await listen(server)
  return { url, host, seen, routes, close: () => closed(server) }
}

export async function listen(server: Server): Promise<{ url: string; host: string }> {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${(server.address() as AddressInfo).port}`
  return { url: `http://${host}`, host }
}

export async function closed(server: Server): Promise<void> {
  server.closeAllConnections()
  await new Promise((resolve) => server.close(resolve))
}

/** A program that these tests need and a clean machine may lack: no test is left out for it. */
function program(path: string, aptPackage: string): string {
  if (existsSync(path)) return path
  throw new Error(`${path} is not here: install the Debian package ${aptPackage} (.ci/run does)`)
}

export interface Registry {
  readonly host: string
  push(
    name: string,
    tag: string,
    layers: readonly { readonly mediaType: string; readonly content: Uint8Array }[],
  ): Promise<string>
  close(): Promise<void>
}

/** Docker's own registry, with basic authentication when a user is given. */
export async function registry(user?: {
  name: string
  htpasswd: string
  password: string
}): Promise<Registry> {
  const binary = program('/usr/bin/docker-registry', 'docker-registry')
  const root = mkdtempSync(join(tmpdir(), 'preadmit-registry-'))
  const port = await freePort()
  const host = `127.0.0.1:${port}`
  if (user !== undefined) writeFileSync(join(root, 'htpasswd'), `${user.htpasswd}\n`)
  writeFileSync(
    join(root, 'config.yml'),
    [
      'version: 0.1',
      'log: {level: error, accesslog: {disabled: true}}',
      `storage: {filesystem: {rootdirectory: ${join(root, 'data')}}}`,
      `http: {addr: "${host}", secret: test}`,
      ...(user === undefined ? [] : [`auth: {htpasswd: {realm: test, path: ${join(root, 'htpasswd')}}}`]),
    ].join('\n'),
  )
  const child = spawn(binary, ['serve', join(root, 'config.yml')], {
    stdio: ['ignore', 'ignore', 'pipe'],
    env: { PATH: process.env['PATH'], OTEL_TRACES_EXPORTER: 'none' },
  })
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const authorization =
    user === undefined
      ? {}
      : { authorization: `Basic ${Buffer.from(`${user.name}:${user.password}`).toString('base64')}` }
  const ask = async (path: string, init: RequestInit = {}): Promise<Response> =>
    await fetch(path.startsWith('http') ? path : `http://${host}${path}`, {
      ...init,
      headers: { ...authorization, ...(init.headers as Record<string, string> | undefined) },
    })
  for (let i = 0; ; i++) {
    if (child.exitCode !== null || i > 200) throw new Error(`docker-registry did not start: ${errors}`)
    try {
      if ((await ask('/v2/')).status === 200) break
    } catch {
      // Not yet.
    }
    await sleep(50)
  }
  const upload = async (name: string, content: Uint8Array): Promise<string> => {
    const digest = sha256(content)
    const start = await ask(`/v2/${name}/blobs/uploads/`, { method: 'POST' })
    const at = new URL(start.headers.get('location') ?? '', `http://${host}`)
    at.searchParams.set('digest', digest)
    const put = await ask(at.href, {
      method: 'PUT',
      body: Buffer.from(content),
      headers: { 'content-type': 'application/octet-stream' },
    })
    if (put.status !== 201) throw new Error(`upload: ${put.status} ${await put.text()}`)
    return digest
  }
  return {
    host,
    async push(name, tag, layers) {
      const config = Buffer.from('{}')
      await upload(name, config)
      for (const { content } of layers) await upload(name, content)
      const manifest = JSON.stringify({
        schemaVersion: 2,
        mediaType: 'application/vnd.oci.image.manifest.v1+json',
        config: {
          mediaType: layers.some(({ mediaType }) => mediaType.includes('helm.chart'))
            ? 'application/vnd.cncf.helm.config.v1+json'
            : 'application/vnd.oci.empty.v1+json',
          digest: sha256(config),
          size: config.length,
        },
        layers: layers.map(({ mediaType, content }) => ({
          mediaType,
          digest: sha256(content),
          size: content.length,
        })),
      })
      const put = await ask(`/v2/${name}/manifests/${tag}`, {
        method: 'PUT',
        body: manifest,
        headers: { 'content-type': 'application/vnd.oci.image.manifest.v1+json' },
      })
      if (put.status !== 201) throw new Error(`push: ${put.status} ${await put.text()}`)
      return sha256(Buffer.from(manifest))
    },
    async close() {
      const ended = new Promise((resolve) => child.once('exit', resolve))
      child.kill()
      await ended
      rmSync(root, { recursive: true, force: true })
    },
  }
}

export interface GitServer {
  readonly url: string
  readonly host: string
  readonly seen: Seen[]
  /** `user:password` that is needed from now on. */
  require(secret: string | undefined): void
  /** Runs before each request; true means that it answered. */
  intercept: ((request: IncomingMessage, response: ServerResponse) => boolean) | undefined
  close(): Promise<void>
}

/** git http-backend behind the web server of Node, over a folder of bare repositories. */
export async function gitServer(root: string): Promise<GitServer> {
  const backend = program(
    join(execFileSync('git', ['--exec-path'], { encoding: 'utf8' }).trim(), 'git-http-backend'),
    'git',
  )
  const seen: Seen[] = []
  let secret: string | undefined
  const server = createServer((request, response) => {
    seen.push({ url: request.url ?? '', authorization: request.headers.authorization })
    if (gitServer.intercept?.(request, response) === true) return
    if (
      secret !== undefined &&
      request.headers.authorization !== `Basic ${Buffer.from(secret).toString('base64')}`
    ) {
      response.writeHead(401, { 'www-authenticate': 'Basic realm="git"' }).end()
      return
    }
    const url = new URL(request.url ?? '', 'http://git')
    const child = spawn(backend, [], {
      stdio: ['pipe', 'pipe', 'ignore'],
      env: {
        PATH: process.env['PATH'],
        GIT_PROJECT_ROOT: root,
        GIT_HTTP_EXPORT_ALL: '1',
        GIT_CONFIG_GLOBAL: '/dev/null',
        GIT_CONFIG_COUNT: '1',
        GIT_CONFIG_KEY_0: 'safe.directory',
        GIT_CONFIG_VALUE_0: '*',
        PATH_INFO: decodeURIComponent(url.pathname),
        QUERY_STRING: url.search.slice(1),
        REQUEST_METHOD: request.method,
        CONTENT_TYPE: request.headers['content-type'] ?? '',
        HTTP_CONTENT_ENCODING: request.headers['content-encoding'] ?? '',
        GIT_PROTOCOL: String(request.headers['git-protocol'] ?? ''),
        REMOTE_ADDR: '127.0.0.1',
      },
    })
    request.pipe(child.stdin)
    child.stdin.on('error', () => undefined)
    let head: Buffer | undefined = Buffer.alloc(0)
    child.stdout.on('data', (chunk: Buffer) => {
      if (head === undefined) {
        response.write(chunk)
        return
      }
      head = Buffer.concat([head, chunk])
      const end = head.indexOf('\r\n\r\n')
      if (end < 0) return
      let status = 200
      for (const line of head.subarray(0, end).toString('latin1').split('\r\n')) {
        const [name = '', value = ''] = line.split(/:\s*/, 2)
        if (name.toLowerCase() === 'status') status = Number.parseInt(value, 10)
        else response.setHeader(name, value)
      }
      response.writeHead(status)
      response.write(head.subarray(end + 4))
      head = undefined
    })
    child.stdout.on('end', () => response.end())
  })
  const { url, host } = await listen(server)
  const gitServer: GitServer = {
    url,
    host,
    seen,
    require: (text) => (secret = text),
    intercept: undefined,
    close: () => closed(server),
  }
  return gitServer
}

/** A packed chart: `name/…` in a gzipped tar. */
export async function packChart(
  name: string,
  version: string,
  files: Readonly<Record<string, string>> = {},
): Promise<Uint8Array> {
  return await packFiles({
    [`${name}/Chart.yaml`]: `apiVersion: v2\nname: ${name}\nversion: ${version}\n`,
    ...Object.fromEntries(Object.entries(files).map(([path, text]) => [`${name}/${path}`, text])),
  })
}

export async function packFiles(files: Readonly<Record<string, string>>): Promise<Uint8Array> {
  const tar = await packTar(
    Object.entries(files).map(([name, text]) => ({
      header: { name, size: Buffer.byteLength(text), type: 'file' as const, mtime: new Date(0) },
      body: text,
    })),
  )
  return gzipSync(tar)
}

export interface IndexedChart {
  readonly name: string
  readonly version: string
  readonly url: string
  readonly archive?: Uint8Array
}

/** An index as `helm repo index` writes it. */
export function helmIndex(charts: readonly IndexedChart[]): string {
  const lines = ['apiVersion: v1', 'entries:']
  for (const name of [...new Set(charts.map((chart) => chart.name))].sort()) {
    lines.push(`  ${name}:`)
    for (const chart of charts.filter((entry) => entry.name === name))
      lines.push(
        '  - apiVersion: v2',
        "    created: '2024-01-01T00:00:00Z'",
        '    description: |',
        '      A chart.',
        '',
        '      entries: none',
        ...(chart.archive === undefined ? [] : [`    digest: ${sha256(chart.archive).slice(7)}`]),
        `    name: ${name}`,
        '    urls:',
        `    - ${chart.url}`,
        `    version: ${chart.version}`,
      )
  }
  return `${[...lines, "generated: '2024-01-01T00:00:00Z'"].join('\n')}\n`
}

export function sha256(content: Uint8Array): string {
  return `sha256:${createHash('sha256').update(content).digest('hex')}`
}

async function freePort(): Promise<number> {
  const server = createNetServer()
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const { port } = server.address() as AddressInfo
  await new Promise((resolve) => server.close(resolve))
  return port
}
