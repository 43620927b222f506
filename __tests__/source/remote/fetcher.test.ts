import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync, existsSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TarHeader } from 'modern-tar'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { directoryCache } from '../../../src/source/remote/cache.ts'
import { RemoteError } from '../../../src/source/remote/errors.ts'
import { createRemote } from '../../../src/source/remote/fetcher.ts'
import type { Remote, RemoteOptions } from '../../../src/source/remote/remote.ts'
import { lockOf, type LockEntry } from '../../../src/source/remote/lock.ts'
import type { Credential } from '../../../src/source/remote/access.ts'
import { GitSandbox, textOf } from '../git-sandbox.ts'
import {
  gitServer,
  helmIndex,
  packChart,
  packFiles,
  registry,
  sha256,
  webServer,
  type GitServer,
  type Registry,
  type WebServer,
} from './servers.ts'

/** A chart as Helm's own program asks a registry for it. */
const asChart = {
  reading: 'helm',
  layer: { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip' },
  chart: true,
} as const
const environment = { PATH: process.env['PATH'] }
const open: Remote[] = []
let cacheDirectory = ''

beforeEach(() => {
  cacheDirectory = mkdtempSync(join(tmpdir(), 'preadmit-cache-'))
})
afterEach(() => {
  for (const remote of open.splice(0)) remote.close()
  rmSync(cacheDirectory, { recursive: true, force: true })
})

interface More extends Partial<RemoteOptions> {
  readonly credentials?: readonly Credential[]
  readonly secrets?: Record<string, string>
  readonly private?: readonly string[]
}

function remoteFor(
  hosts: readonly string[],
  { credentials = [], secrets = {}, private: internal = [], ...more }: More = {},
): Remote {
  const remote = createRemote({
    access: {
      allow: hosts.map((host) => `http://${host}`),
      private: internal,
      credentials,
      environment: secrets,
    },
    environment,
    cache: directoryCache(cacheDirectory),
    ...more,
  })
  open.push(remote)
  return remote
}

/** The code and the sentence of a refusal. */
async function refusal(work: Promise<unknown>): Promise<{ code: string; message: string }> {
  try {
    await work
  } catch (error) {
    if (error instanceof RemoteError) return { code: error.code, message: error.message }
    throw error
  }
  throw new Error('nothing was refused')
}

const text = (files: ReadonlyMap<string, Uint8Array>, path: string): string =>
  Buffer.from(files.get(path) ?? new Uint8Array()).toString()

describe('charts of an HTTP repository', () => {
  let web: WebServer
  let other: WebServer
  let chart: Uint8Array
  beforeAll(async () => {
    web = await webServer()
    other = await webServer()
    chart = await packChart('demo', '1.2.3', { 'values.yaml': 'a: 1\n', 'templates/x.yaml': 'kind: X\n' })
  })
  beforeEach(() => {
    web.seen.length = 0
    other.seen.length = 0
    web.routes.clear()
    other.routes.clear()
    web.routes.set(
      '/charts/index.yaml',
      helmIndex([
        { name: 'demo', version: '1.3.0', url: 'demo-1.3.0.tgz' },
        { name: 'demo', version: '1.2.3', url: 'demo-1.2.3.tgz', archive: chart },
      ]),
    )
    web.routes.set('/charts/demo-1.2.3.tgz', chart)
  })
  afterAll(async () => {
    await web.close()
    await other.close()
  })
  const source = (version: string, name = 'demo'): { repository: string; name: string; version: string } => ({
    repository: `${web.url}/charts`,
    name,
    version,
  })
  const entry = (parts: Partial<LockEntry>): LockEntry => ({
    kind: 'chart',
    url: `${web.url}/charts/`,
    name: 'demo',
    wanted: '1.2.3',
    resolved: '1.2.3',
    digest: sha256(chart),
    ...parts,
  })

  it('fetches an exact version without a lock entry and says its digest', async () => {
    const { files, entry: found, pin } = await remoteFor([web.host]).fetchChart(source('1.2.3'))
    expect(text(files, 'values.yaml')).toBe('a: 1\n')
    expect([...files.keys()].sort()).toEqual(['Chart.yaml', 'templates/x.yaml', 'values.yaml'])
    expect({ ...found, pin }).toMatchObject({ resolved: '1.2.3', digest: sha256(chart), pin: 'unrecorded' })
  })

  it('asks once for both sides, and not at all for what is locked and kept', async () => {
    const remote = remoteFor([web.host])
    await Promise.all([remote.fetchChart(source('1.2.3')), remote.fetchChart(source('1.2.3'))])
    expect(web.seen.map(({ url }) => url)).toEqual(['/charts/index.yaml', '/charts/demo-1.2.3.tgz'])
    const offline = remoteFor([web.host], { offline: true })
    const { pin } = await offline.fetchChart(source('1.2.3'), { lock: lockOf([entry({})]) })
    expect(pin).toBe('locked')
    expect(web.seen).toHaveLength(2)
  })

  it('takes a range from the lock file only', async () => {
    const remote = remoteFor([web.host])
    expect(await refusal(remote.fetchChart(source('^1.2.0')))).toMatchObject({ code: 'not-pinned' })
    expect(await refusal(remote.fetchChart(source('')))).toMatchObject({ code: 'not-pinned' })
    expect(web.seen).toEqual([])
    const lock = lockOf([entry({ wanted: '^1.2.0' })])
    const { entry: found } = await remote.fetchChart(source('^1.2.0'), { lock })
    expect(found.resolved).toBe('1.2.3')
    const stale = lockOf([entry({ wanted: '^2' })])
    expect(await refusal(remote.fetchChart(source('^2'), { lock: stale }))).toMatchObject({
      code: 'lock-contradicts',
    })
  })

  it('resolves a range anew when a lock file is written', async () => {
    const newer = await packChart('demo', '1.3.0')
    web.routes.set('/charts/demo-1.3.0.tgz', newer)
    const { entry: found } = await remoteFor([web.host]).fetchChart(source('^1.2.0'), { refresh: true })
    expect(found).toMatchObject({ wanted: '^1.2.0', resolved: '1.3.0', digest: sha256(newer) })
  })

  it('refuses content that is not what the index or the lock file says', async () => {
    web.routes.set('/charts/demo-1.2.3.tgz', await packChart('demo', '1.2.3', { evil: 'x' }))
    expect(await refusal(remoteFor([web.host]).fetchChart(source('1.2.3')))).toMatchObject({
      code: 'bad-digest',
    })
    web.routes.set('/charts/demo-1.2.3.tgz', chart)
    const lock = lockOf([entry({ digest: `sha256:${'0'.repeat(64)}` })])
    const { code, message } = await refusal(remoteFor([web.host]).fetchChart(source('1.2.3'), { lock }))
    expect(code).toBe('bad-digest')
    expect(message).toContain(sha256(chart))
  })

  it('never asks a host that the configuration does not name', async () => {
    const remote = remoteFor(['charts.example.com'])
    expect(await refusal(remote.fetchChart(source('1.2.3')))).toMatchObject({ code: 'host-not-allowed' })
    // Allowed over https is not allowed over http.
    const secure = createRemote({
      access: { allow: [web.host], private: [], credentials: [], environment: {} },
      environment,
    })
    expect(await refusal(secure.fetchChart(source('1.2.3')))).toMatchObject({ code: 'scheme-refused' })
    expect(web.seen).toEqual([])
  })

  it('does not follow a name to the loopback unless told, nor to metadata services ever (N01, N02)', async () => {
    const port = web.host.split(':')[1] ?? ''
    const named = `localhost:${port}`
    const at = { repository: `http://${named}/charts`, name: 'demo', version: '1.2.3' }
    expect(await refusal(remoteFor([named]).fetchChart(at))).toMatchObject({ code: 'address-refused' })
    expect(web.seen).toEqual([])
    await remoteFor([named], { private: [`http://${named}`] }).fetchChart(at)
    const metadata = { repository: 'http://169.254.169.254/charts', name: 'demo', version: '1.2.3' }
    expect(await refusal(remoteFor(['169.254.169.254']).fetchChart(metadata))).toMatchObject({
      code: 'address-refused',
    })
    // The same address in other clothes.
    const mapped = { repository: 'http://[::ffff:169.254.169.254]/charts', name: 'demo', version: '1.2.3' }
    expect(await refusal(remoteFor(['[::ffff:a9fe:a9fe]']).fetchChart(mapped))).toMatchObject({
      code: 'address-refused',
    })
  })

  describe('credentials and redirects', () => {
    const credentials = (): More => ({
      credentials: [{ host: `http://${web.host}`, username: 'robot', passwordFrom: 'CHARTS_PASSWORD' }],
      secrets: { CHARTS_PASSWORD: 'canary-secret' },
    })
    const guarded = (
      request: { headers: { authorization?: string | undefined } },
      response: { writeHead(status: number): { end(body?: string | Uint8Array): void } },
      body: string | Uint8Array,
    ): void => {
      if (request.headers.authorization === `Basic ${Buffer.from('robot:canary-secret').toString('base64')}`)
        response.writeHead(200).end(body)
      else response.writeHead(401).end()
    }

    it('sends a secret to its origin, and names the variable that is not set', async () => {
      const index = helmIndex([{ name: 'demo', version: '1.2.3', url: 'demo-1.2.3.tgz', archive: chart }])
      web.routes.set('/charts/index.yaml', (request, response) => {
        guarded(request, response, index)
      })
      await remoteFor([web.host], credentials()).fetchChart(source('1.2.3'))
      const { code, message } = await refusal(
        remoteFor([web.host], { ...credentials(), secrets: {} }).fetchChart(source('1.2.3')),
      )
      expect(code).toBe('unauthorized')
      expect(message).toContain('CHARTS_PASSWORD')
      expect(await refusal(remoteFor([web.host]).fetchChart(source('1.2.3')))).toMatchObject({
        code: 'unauthorized',
      })
    })

    it('lets no secret follow an index or a redirect to another host (T31, N05)', async () => {
      web.routes.set(
        '/charts/index.yaml',
        helmIndex([
          { name: 'demo', version: '1.2.3', url: `${other.url}/demo-1.2.3.tgz`, archive: chart },
          { name: 'demo', version: '1.2.4', url: 'moved.tgz' },
        ]),
      )
      web.routes.set('/charts/moved.tgz', (_, response) => {
        response.writeHead(302, { location: `${other.url}/demo-1.2.3.tgz` }).end()
      })
      other.routes.set('/demo-1.2.3.tgz', chart)
      const remote = remoteFor([web.host, other.host], credentials())
      await remote.fetchChart(source('1.2.3'))
      await remote.fetchChart(source('1.2.4'))
      expect(web.seen.every(({ authorization }) => authorization !== undefined)).toBe(true)
      expect(other.seen).toHaveLength(2)
      expect(other.seen.every(({ authorization }) => authorization === undefined)).toBe(true)
    })

    it('follows redirects to allowed hosts only, and three at most (N04)', async () => {
      web.routes.set('/charts/index.yaml', (_, response) => {
        response.writeHead(302, { location: `${other.url}/index.yaml` }).end()
      })
      const { code, message } = await refusal(remoteFor([web.host]).fetchChart(source('1.2.3')))
      expect(code).toBe('redirect-refused')
      expect(message).toContain(other.host)
      expect(other.seen).toEqual([])
      web.routes.set('/charts/index.yaml', (_, response) => {
        response.writeHead(302, { location: '/charts/index.yaml' }).end()
      })
      web.seen.length = 0
      expect(await refusal(remoteFor([web.host]).fetchChart(source('1.2.3')))).toMatchObject({
        code: 'too-many-redirects',
      })
      expect(web.seen).toHaveLength(4)
      web.routes.set('/charts/index.yaml', (_, response) => {
        response.writeHead(302, { location: 'file:///etc/passwd' }).end()
      })
      expect(await refusal(remoteFor([web.host]).fetchChart(source('1.2.3')))).toMatchObject({
        code: 'redirect-refused',
      })
    })

    it('refuses credentials inside a URL and shows none', async () => {
      const at = { ...source('1.2.3'), repository: `http://robot:canary-secret@${web.host}/charts` }
      const { code, message } = await refusal(remoteFor([web.host]).fetchChart(at))
      expect(code).toBe('refused')
      expect(message).not.toContain('canary-secret')
    })
  })

  describe('servers that do harm', () => {
    const limits = { bodyBytes: 100_000, milliseconds: 1500, graceMilliseconds: 400 }
    it.each([
      [
        'an endless body',
        'too-large',
        (response: ServerResponse) => {
          const more = (): void => {
            if (!response.destroyed && response.write(Buffer.alloc(50_000))) setImmediate(more)
            else response.once('drain', more)
          }
          more()
        },
      ],
      [
        'a declared length over the limit',
        'too-large',
        (response: ServerResponse) => {
          response.writeHead(200, { 'content-length': '99999999' }).write('x')
        },
      ],
      [
        'one byte per second',
        'too-slow',
        (response: ServerResponse) => {
          const timer = setInterval(() => {
            if (response.destroyed) clearInterval(timer)
            else response.write('x')
          }, 200)
        },
      ],
      ['no answer at all', 'too-slow', () => undefined],
      [
        'a body that breaks off',
        'unreachable',
        (response: ServerResponse) => {
          response.writeHead(200, { 'content-length': '1000' })
          response.write('x'.repeat(10), () => response.destroy())
        },
      ],
      [
        'an error of the server',
        'bad-status',
        (response: ServerResponse) => {
          response.writeHead(500).end()
        },
      ],
      [
        'a page instead of an index',
        'bad-answer',
        (response: ServerResponse) => {
          response.end('<html>\n<body>hello</body>')
        },
      ],
      [
        'binary',
        'bad-answer',
        (response: ServerResponse) => {
          response.end(Buffer.from([0xff, 0xfe, 0xfd]))
        },
      ],
    ] as const)('%s: %s', async (_, expected, answer) => {
      web.routes.set('/charts/index.yaml', (_request, response) => {
        answer(response)
      })
      const start = Date.now()
      expect(await refusal(remoteFor([web.host], { limits }).fetchChart(source('1.2.3')))).toMatchObject({
        code: expected,
      })
      expect(Date.now() - start).toBeLessThan(5000)
    })

    it('a server that is not there', async () => {
      const gone = await webServer()
      await gone.close()
      const at = { ...source('1.2.3'), repository: gone.url }
      const remote = remoteFor([gone.host])
      expect(await refusal(remote.fetchChart(at))).toMatchObject({
        code: 'unreachable',
        message: `${gone.host} cannot be reached (ECONNREFUSED)`,
      })
      const behind = remoteFor([gone.host], {
        environment: { ...environment, HTTPS_PROXY: 'http://proxy:3128' },
      })
      expect(await refusal(behind.fetchChart(at))).toMatchObject({
        code: 'unreachable',
        message: `${gone.host} cannot be reached (ECONNREFUSED); HTTPS_PROXY is set, and preadmit connects without proxies`,
      })
    })
  })

  it('an index of 10,000 entries is read for one chart', async () => {
    const many = Array.from({ length: 10_000 }, (_, i) => ({
      name: `chart-${i % 500}`,
      version: `1.${i}.0`,
      url: `x-${i}.tgz`,
    }))
    web.routes.set(
      '/charts/index.yaml',
      helmIndex([...many, { name: 'demo', version: '1.2.3', url: 'demo-1.2.3.tgz', archive: chart }]),
    )
    const start = process.cpuUsage()
    await remoteFor([web.host]).fetchChart(source('1.2.3'))
    const { user, system } = process.cpuUsage(start)
    expect((user + system) / 1e6).toBeLessThan(2)
  })

  it('finds a chart in an index of another style: JSON, flow maps, other indentation', async () => {
    const json = JSON.stringify({
      apiVersion: 'v1',
      entries: { demo: [{ name: 'demo', version: '1.2.3', urls: ['demo-1.2.3.tgz'] }] },
    })
    for (const index of [
      json,
      `apiVersion: v1\nentries: {demo: [{name: demo, version: 1.2.3, urls: [demo-1.2.3.tgz]}]}\n`,
      `apiVersion: v1\nentries:\n    demo:\n        - name: demo\n          version: 1.2.3\n          urls: [demo-1.2.3.tgz]\n`,
    ]) {
      web.routes.set('/charts/index.yaml', index)
      expect((await remoteFor([web.host]).fetchChart(source('1.2.3'))).entry.digest).toBe(sha256(chart))
    }
  })

  it.each(['-demo', '..', '.', '../x', 'a/b', ''])('never asks for a chart named %j', async (name) => {
    expect(await refusal(remoteFor([web.host]).fetchChart(source('1.2.3', name)))).toMatchObject({
      code: 'refused',
    })
    expect(web.seen).toEqual([])
  })

  it('a corrupt cache entry is a miss and is told (T73, F46)', async () => {
    const lock = lockOf([entry({})])
    await remoteFor([web.host]).fetchChart(source('1.2.3'), { lock })
    const hex = sha256(chart).slice(7)
    const file = join(cacheDirectory, 'sha256', hex.slice(0, 2), hex)
    expect(existsSync(file)).toBe(true)
    writeFileSync(file, 'poison')
    web.seen.length = 0
    const remote = remoteFor([web.host])
    const { files } = await remote.fetchChart(source('1.2.3'), { lock })
    expect(text(files, 'values.yaml')).toBe('a: 1\n')
    expect(web.seen).toHaveLength(2)
    expect(remote.notes().join()).toContain('corrupt')
    expect(sha256(readFileSync(file))).toBe(sha256(chart))
  })

  it('archives that leave their folder, hold links or unpack without end are refused (T24)', async () => {
    const { packTar } = await import('modern-tar')
    const { gzipSync } = await import('node:zlib')
    const tar = async (...headers: TarHeader[]): Promise<Uint8Array> =>
      gzipSync(
        await packTar(
          headers.map((header) => ({ header, body: header.size === 0 ? '' : 'x'.repeat(header.size) })),
        ),
      )
    const file = (name: string, size = 1): TarHeader => ({ name, size, type: 'file' })
    const cases: [Uint8Array, string][] = [
      [await tar(file('demo/Chart.yaml'), file('demo/../../evil')), 'bad-archive'],
      [await tar(file('/etc/passwd')), 'bad-archive'],
      [await tar(file('demo\\..\\evil')), 'bad-archive'],
      [
        await tar(file('demo/Chart.yaml'), {
          name: 'demo/link',
          size: 0,
          type: 'symlink',
          linkname: '/etc/passwd',
        }),
        'bad-archive',
      ],
      [
        await tar(file('demo/Chart.yaml'), {
          name: 'demo/hard',
          size: 0,
          type: 'link',
          linkname: 'demo/Chart.yaml',
        }),
        'bad-archive',
      ],
      [await tar(file('demo/Chart.yaml'), file('demo/Chart.yaml')), 'bad-archive'],
      [await tar(file('demo/a'), file('demo/a/b')), 'bad-archive'],
      [await tar(file('demo/values.yaml')), 'bad-archive'],
      [gzipSync(Buffer.alloc(60_000_000)), 'too-large'],
      [await tar(...Array.from({ length: 5001 }, (_, i) => file(`demo/${i}`))), 'too-large'],
      [Buffer.from('no archive'), 'bad-archive'],
      [gzipSync(Buffer.from('no tar'.repeat(200))), 'bad-archive'],
    ]
    for (const [content, code] of cases) {
      web.routes.set('/charts/index.yaml', helmIndex([{ name: 'demo', version: '1.2.3', url: 'evil.tgz' }]))
      web.routes.set('/charts/evil.tgz', content)
      expect(await refusal(remoteFor([web.host]).fetchChart(source('1.2.3')))).toMatchObject({ code })
    }
  })

  it('fetches one file, and holds it against the lock file', async () => {
    web.routes.set('/crd.yaml', 'kind: X\n')
    const url = `${web.url}/crd.yaml`
    const { content, entry: found } = await remoteFor([web.host]).fetchFile({ url })
    expect(Buffer.from(content).toString()).toBe('kind: X\n')
    web.routes.set('/crd.yaml', 'kind: Y\n')
    // The cache answers for what is locked.
    await remoteFor([web.host]).fetchFile({ url }, { lock: lockOf([found]) })
    rmSync(join(cacheDirectory, 'sha256'), { recursive: true })
    expect(await refusal(remoteFor([web.host]).fetchFile({ url }, { lock: lockOf([found]) }))).toMatchObject({
      code: 'bad-digest',
    })
  })
})

describe('artifacts of a registry (docker-registry)', () => {
  let plain: Registry
  let guarded: Registry
  let digest: string
  const chartType = 'application/vnd.cncf.helm.chart.content.v1.tar+gzip'
  beforeAll(async () => {
    plain = await registry()
    // htpasswd -Bbn robot canary-secret
    guarded = await registry({
      name: 'robot',
      password: 'canary-secret',
      htpasswd: 'robot:$2a$04$Tjj/PWYpiV5e93EaN75G6.iZda0wdDcncC7TvxmARRj8rwPFsjvzW',
    })
    const chart = {
      mediaType: chartType,
      content: await packChart('demo', '1.2.3+build.1', { 'values.yaml': 'a: 1\n' }),
    }
    digest = await plain.push('acme/charts/demo', '1.2.3_build.1', [chart])
    await plain.push('acme/charts/demo', '1.3.0', [chart])
    await guarded.push('acme/charts/demo', '1.2.3', [chart])
    await plain.push('acme/manifests', 'v1', [
      {
        mediaType: 'application/vnd.cncf.flux.content.v1.tar+gzip',
        content: await packFiles({ 'app/cm.yaml': 'kind: ConfigMap\n' }),
      },
    ])
  })
  afterAll(async () => {
    await plain.close()
    await guarded.close()
  })

  it('fetches a chart by version (with + as _), digest, and range of the lock file', async () => {
    const url = `oci://${plain.host}/acme/charts/demo`
    const remote = remoteFor([plain.host])
    const found = await remote.fetchOci({ ...asChart, url, reference: '1.2.3+build.1' })
    expect(text(found.files, 'values.yaml')).toBe('a: 1\n')
    expect(found.entry).toMatchObject({ kind: 'oci', resolved: '1.2.3_build.1', digest })
    expect((await remote.fetchOci({ ...asChart, url, reference: digest })).pin).toBe('immutable')
    expect(await refusal(remote.fetchOci({ ...asChart, url, reference: '^1.2' }))).toMatchObject({
      code: 'not-pinned',
    })
    expect(await refusal(remote.fetchOci({ ...asChart, url, reference: 'latest' }))).toMatchObject({
      code: 'not-pinned',
    })
    const fresh = await remote.fetchOci({ ...asChart, url, reference: '^1.2' }, { refresh: true })
    expect(fresh.entry).toMatchObject({ wanted: '^1.2', resolved: '1.3.0' })
    const offline = remoteFor([plain.host], { offline: true })
    expect(
      (await offline.fetchOci({ ...asChart, url, reference: '^1.2' }, { lock: lockOf([fresh.entry]) })).pin,
    ).toBe('locked')
    expect(await refusal(offline.fetchOci({ ...asChart, url, reference: '9.9.9' }))).toMatchObject({
      code: 'offline',
    })
  })

  it('fetches manifests by tag: any layer', async () => {
    const found = await remoteFor([plain.host]).fetchOci({
      reading: 'tag',
      url: `oci://${plain.host}/acme/manifests`,
      reference: 'v1',
    })
    expect(text(found.files, 'app/cm.yaml')).toBe('kind: ConfigMap\n')
  })

  it('signs in with basic authentication, and says what is missing', async () => {
    const source = { url: `oci://${guarded.host}/acme/charts/demo`, reference: '1.2.3' }
    const credentials = [
      { host: `http://${guarded.host}`, username: 'robot', passwordFrom: 'REGISTRY_PASSWORD' },
    ]
    await remoteFor([guarded.host], {
      credentials,
      secrets: { REGISTRY_PASSWORD: 'canary-secret' },
    }).fetchOci({ ...asChart, ...source })
    const { code, message } = await refusal(
      remoteFor([guarded.host], { credentials }).fetchOci({ ...asChart, ...source }),
    )
    expect(code).toBe('unauthorized')
    expect(message).toContain('REGISTRY_PASSWORD')
    const wrong = remoteFor([guarded.host], { credentials, secrets: { REGISTRY_PASSWORD: 'wrong-canary' } })
    const refused = await refusal(wrong.fetchOci({ ...asChart, ...source }))
    expect(refused.code).toBe('unauthorized')
    expect(refused.message).not.toContain('wrong-canary')
  })

  it('says that a tag or repository is not there', async () => {
    const remote = remoteFor([plain.host])
    expect(
      await refusal(
        remote.fetchOci({ ...asChart, url: `oci://${plain.host}/acme/charts/demo`, reference: '9.9.9' }),
      ),
    ).toMatchObject({ code: 'not-found' })
    expect(
      await refusal(
        remote.fetchOci({ ...asChart, url: `oci://${plain.host}/acme/none`, reference: '1.0.0' }),
      ),
    ).toMatchObject({ code: 'not-found' })
    expect(
      await refusal(remote.fetchOci({ ...asChart, url: `oci://${plain.host}/../x`, reference: '1.0.0' })),
    ).toMatchObject({ code: 'refused' })
    expect(
      await refusal(
        remote.fetchOci({ ...asChart, url: `oci://${plain.host}/acme/charts/demo`, reference: '../x' }),
      ),
    ).toMatchObject({ code: 'not-pinned' })
  })

  it("gets a token from an allowed place with that place's own secret, and from no other (N07)", async () => {
    const front = await webServer()
    const issuer = await webServer()
    const challenge = (
      request: { headers: { authorization?: string | undefined } },
      response: ServerResponse,
      body: Uint8Array,
    ): void => {
      if (request.headers.authorization === 'Bearer good') response.writeHead(200).end(body)
      else
        response
          .writeHead(401, {
            'www-authenticate': `Bearer realm="${issuer.url}/token",service="reg",scope="repository:other/thing:pull"`,
          })
          .end()
    }
    const layer = await packChart('demo', '1.0.0')
    const manifest = Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        layers: [{ mediaType: chartType, digest: sha256(layer), size: layer.length }],
      }),
    )
    front.routes.set('/v2/acme/demo/manifests/1.0.0', (request, response) => {
      challenge(request, response, manifest)
    })
    front.routes.set(`/v2/acme/demo/blobs/${sha256(layer)}`, (request, response) => {
      challenge(request, response, layer)
    })
    issuer.routes.set('/token', JSON.stringify({ token: 'good' }))
    const source = { url: `oci://${front.host}/acme/demo`, reference: '1.0.0' }
    const credentials = [{ host: `http://${front.host}`, username: 'robot', passwordFrom: 'P' }]
    const secrets = { P: 'canary-secret' }

    expect(
      await refusal(remoteFor([front.host], { credentials, secrets }).fetchOci({ ...asChart, ...source })),
    ).toMatchObject({ code: 'host-not-allowed' })
    expect(issuer.seen).toEqual([])
    await remoteFor([front.host, issuer.host], { credentials, secrets }).fetchOci({ ...asChart, ...source })
    expect(issuer.seen).toEqual([
      { url: '/token?service=reg&scope=repository%3Aacme%2Fdemo%3Apull', authorization: undefined },
    ])

    // Content that is not its digest.
    front.routes.set(`/v2/acme/demo/blobs/${sha256(layer)}`, (request, response) => {
      challenge(request, response, Buffer.from('evil'))
    })
    rmSync(cacheDirectory, { recursive: true, force: true })
    expect(
      await refusal(remoteFor([front.host, issuer.host]).fetchOci({ ...asChart, ...source })),
    ).toMatchObject({
      code: 'bad-digest',
    })
    await front.close()
    await issuer.close()
  })
})

describe('repositories (git http-backend)', () => {
  const sandbox = new GitSandbox()
  let server: GitServer
  let first = ''
  let second = ''
  let url = ''
  beforeAll(async () => {
    sandbox.init('work', {
      'base/kustomization.yaml': 'resources: [cm.yaml]\n',
      'base/cm.yaml': 'a: 1\n',
      '.gitattributes': '* filter=evil\n',
    })
    sandbox.link('work', 'link', 'base')
    first = sandbox.commit('work')
    sandbox.git('work', 'tag', 'v1.0.0')
    sandbox.git('work', 'tag', '-a', 'v1.1.0', '-m', 'annotated')
    second = sandbox.commit('work', { 'base/cm.yaml': 'a: 2\n' })
    sandbox.git('.', 'clone', '-q', '--bare', 'work', 'served/acme/base.git')
    server = await gitServer(sandbox.path('served'))
    url = `${server.url}/acme/base.git`
  })
  beforeEach(() => {
    server.seen.length = 0
    server.require(undefined)
    server.intercept = undefined
  })
  afterAll(async () => {
    await server.close()
    sandbox.remove()
  })

  it('reads a commit and a tag as objects, once, and a branch only from the lock file', async () => {
    const remote = remoteFor([server.host])
    const at = await remote.fetchGit({ reading: 'argocd', url, revision: first })
    expect(at.pin).toBe('immutable')
    expect(await textOf(at.tree, 'base/cm.yaml')).toBe('a: 1\n')
    expect(at.tree.resolve('link/cm.yaml')).toMatchObject({ kind: 'file', path: 'base/cm.yaml' })
    expect(at.tree.time).toBe(1700000100)
    for (const tag of ['v1.0.0', 'v1.1.0', 'refs/tags/v1.1.0'])
      expect(await remote.fetchGit({ reading: 'argocd', url, revision: tag })).toMatchObject({
        commit: first,
        pin: 'unrecorded',
      })
    for (const branch of ['main', '', 'HEAD', 'refs/heads/main'])
      expect(await refusal(remote.fetchGit({ reading: 'argocd', url, revision: branch }))).toMatchObject({
        code: 'not-pinned',
      })
    const lock = lockOf([{ kind: 'git', url, wanted: 'main', resolved: second, digest: '' }])
    const locked = await remote.fetchGit({ reading: 'argocd', url, revision: 'main' }, { lock })
    expect(locked).toMatchObject({ commit: second, pin: 'locked' })
    expect(await textOf(locked.tree, 'base/cm.yaml')).toBe('a: 2\n')
    const fresh = await remote.fetchGit({ reading: 'argocd', url, revision: 'main' }, { refresh: true })
    expect(fresh.entry).toMatchObject({ wanted: 'main', resolved: second })
    expect(
      (await remote.fetchGit({ reading: 'argocd', url, revision: '^1.0' }, { refresh: true })).commit,
    ).toBe(first)
  })

  it('needs no network for what is in the cache, and trusts nothing in it', async () => {
    await remoteFor([server.host]).fetchGit({ reading: 'argocd', url, revision: first })
    server.seen.length = 0
    const offline = remoteFor([server.host], { offline: true })
    expect(
      await textOf(
        (await offline.fetchGit({ reading: 'argocd', url, revision: first })).tree,
        'base/cm.yaml',
      ),
    ).toBe('a: 1\n')
    expect(server.seen).toEqual([])
    expect(await refusal(offline.fetchGit({ reading: 'argocd', url, revision: second }))).toMatchObject({
      code: 'offline',
    })
    expect(await refusal(offline.fetchGit({ reading: 'argocd', url, revision: 'v1.0.0' }))).toMatchObject({
      code: 'offline',
    })

    // Somebody put another blob under the name of one that is there.
    const [repository = ''] = readdirSync(join(cacheDirectory, 'git'))
    const store = join(cacheDirectory, 'git', repository)
    const blob = sandbox.git('work', 'rev-parse', `${first}:base/cm.yaml`)
    const { deflateSync } = await import('node:zlib')
    const { mkdirSync } = await import('node:fs')
    rmSync(join(store, 'objects', 'pack'), { recursive: true })
    for (const object of sandbox
      .git('work', 'rev-list', '--objects', '--no-object-names', `${first}^{tree}`, first)
      .split('\n')) {
      const type = sandbox.git('work', 'cat-file', '-t', object)
      const raw = (await import('node:child_process')).execFileSync('git', ['cat-file', type, object], {
        cwd: sandbox.path('work'),
        env: sandbox.environment,
      })
      const content = object === blob ? Buffer.from('a: 9\n') : raw
      mkdirSync(join(store, 'objects', object.slice(0, 2)), { recursive: true })
      writeFileSync(
        join(store, 'objects', object.slice(0, 2), object.slice(2)),
        deflateSync(Buffer.concat([Buffer.from(`${type} ${content.length}\0`), content])),
      )
    }
    const poisoned = remoteFor([server.host], { offline: true })
    const { tree } = await poisoned.fetchGit({ reading: 'argocd', url, revision: first })
    expect(await refusal(tree.read(['base/cm.yaml']))).toMatchObject({ code: 'bad-digest' })
  })

  it('signs in with a secret of the origin, over the environment', async () => {
    server.require('x-access-token:canary-token')
    const credentials = [{ host: `http://${server.host}`, tokenFrom: 'GIT_TOKEN' }]
    const remote = remoteFor([server.host], { credentials, secrets: { GIT_TOKEN: 'canary-token' } })
    expect((await remote.fetchGit({ reading: 'argocd', url, revision: 'v1.0.0' })).commit).toBe(first)
    const { code, message } = await refusal(
      remoteFor([server.host], { credentials }).fetchGit({ reading: 'argocd', url, revision: 'v1.0.0' }),
    )
    expect(code).toBe('unauthorized')
    expect(message).toContain('GIT_TOKEN')
    // Nothing of it is left behind.
    const left = readdirSync(cacheDirectory, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile())
      .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
    expect(left.length).toBeGreaterThan(3)
    expect(left.join()).not.toContain('canary-token')
    expect(left.join()).not.toContain(Buffer.from('x-access-token:canary-token').toString('base64'))
  })

  it.each([
    ['--upload-pack=touch /tmp/preadmit-pwned', 'refused'],
    ['-v1', 'refused'],
    ['v1..v2', 'refused'],
    ['refs/tags/-x', 'refused'],
    ['v1:x', 'refused'],
    ['a b', 'refused'],
    ['nope', 'not-found'],
  ])('a revision %j is %s (X01, T13)', async (revision, code) => {
    expect(
      await refusal(remoteFor([server.host]).fetchGit({ reading: 'argocd', url, revision })),
    ).toMatchObject({ code })
  })

  it.each([
    ['ext::sh -c touch% /tmp/preadmit-pwned', 'scheme-refused'],
    ['file:///etc', 'scheme-refused'],
    ['/etc', 'refused'],
    ['-oProxyCommand=x', 'refused'],
    ['git@github.com:acme/base', 'host-not-allowed'],
    ['ssh://git@github.com/acme/base', 'host-not-allowed'],
    ['git://github.com/acme/base', 'scheme-refused'],
  ])('a URL %j is %s (X02)', async (odd, code) => {
    expect(
      await refusal(remoteFor([server.host]).fetchGit({ reading: 'argocd', url: odd, revision: first })),
    ).toMatchObject({
      code,
    })
    expect(server.seen).toEqual([])
  })

  it('a commit that is not there, a repository that is not there, a redirect, too much', async () => {
    const remote = remoteFor([server.host])
    expect(
      await refusal(remote.fetchGit({ reading: 'argocd', url, revision: 'f'.repeat(40) })),
    ).toMatchObject({
      code: 'not-found',
    })
    expect(
      await refusal(
        remote.fetchGit({ reading: 'argocd', url: `${server.url}/acme/none.git`, revision: first }),
      ),
    ).toMatchObject({ code: 'not-found' })
    server.intercept = (_, response) => {
      response
        .writeHead(302, { location: 'http://127.0.0.1:9/acme/base.git/info/refs?service=git-upload-pack' })
        .end()
      return true
    }
    expect(
      await refusal(remoteFor([server.host]).fetchGit({ reading: 'argocd', url, revision: first })),
    ).toMatchObject({
      code: 'redirect-refused',
    })
    server.intercept = () => true
    expect(
      await refusal(
        remoteFor([server.host], { limits: { gitMilliseconds: 1000 } }).fetchGit({
          reading: 'argocd',
          url,
          revision: first,
        }),
      ),
    ).toMatchObject({ code: 'timeout' })
  })
})
