/**
 * Options of Flux sources that change what is there: submodules, layers that are copied, proxies. With real git (a
 * submodule and git http-backend) and a real registry on the loopback.
 */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { affected } from '../../../src/discover/affected.ts'
import { discover } from '../../../src/discover/discover.ts'
import { createRemote } from '../../../src/source/remote/fetcher.ts'
import { directoryCache } from '../../../src/source/remote/cache.ts'
import { renderPairs, type RenderedPairs } from '../../../src/render/render-pairs.ts'
import { compareTrees } from '../../../src/source/changed-paths.ts'
import { memoryTree } from '../../../src/source/memory-tree.ts'
import { shippedEngines } from '../../check/harness.ts'
import { GitSandbox } from '../../source/git-sandbox.ts'
import {
  gitServer,
  packFiles,
  registry,
  webServer,
  type GitServer,
  type Registry,
  type WebServer,
} from '../../source/remote/servers.ts'
import {
  chart,
  configMap,
  configurationOf,
  objectsOf,
  renderFiles,
  self,
  yaml,
  type Files,
} from '../harness.ts'

const engines = shippedEngines()
const sandbox = new GitSandbox()
const cache = mkdtempSync(join(tmpdir(), 'preadmit-cache-'))
let commit = ''
let docker: Registry
let git: GitServer
let web: WebServer

beforeAll(async () => {
  docker = await registry()
  web = await webServer()
  await docker.push('acme/manifests', 'v1', [
    {
      mediaType: 'application/vnd.cncf.flux.content.v1.tar+gzip',
      content: await packFiles({
        '.sourceignore': 'left-out.yaml\n',
        'app/left-out.yaml': configMap('left-out'),
        'app/spec-out.yaml': configMap('spec-out'),
        'app/stays.yaml': configMap('stays'),
      }),
    },
  ])
  sandbox.init('inner', {
    'app/cm.yaml': configMap('in-submodule'),
    ...(chart('chart', {}) as Record<string, string>),
  })
  sandbox.init('outer', { 'apps/cm.yaml': configMap('beside') })
  sandbox.git('outer', 'submodule', '--quiet', 'add', sandbox.path('inner'), 'apps/sub')
  sandbox.git('outer', 'commit', '-qm', 'submodule')
  commit = sandbox.git('outer', 'rev-parse', 'HEAD')
  sandbox.git('.', 'clone', '-q', '--bare', 'outer', 'served/acme/outer.git')
  git = await gitServer(sandbox.path('served'))
})
afterAll(async () => {
  await engines.close()
  await docker.close()
  await git.close()
  await web.close()
  sandbox.remove()
  rmSync(cache, { recursive: true, force: true })
})

async function fetching(head: Files): Promise<RenderedPairs> {
  const remote = createRemote({
    access: {
      allow: [docker.host, git.host, web.host].map((host) => `http://${host}`),
      private: [],
      credentials: [],
      environment: {},
    },
    environment: { PATH: process.env['PATH'] },
    cache: directoryCache(cache),
  })
  try {
    const [before, after] = [memoryTree({}, { label: 'base' }), memoryTree(head, { label: 'head' })]
    const configuration = await configurationOf(before)
    const discovered = [
      await discover(before, configuration, engines, remote),
      await discover(after, configuration, engines, remote),
    ] as const
    const changed = compareTrees(before, after)
    return await renderPairs({
      touched: affected(discovered[0], discovered[1], changed),
      before: discovered[0],
      after: discovered[1],
      base: before,
      head: after,
      changed,
      configuration,
      engines,
      remote,
      onProgress: () => undefined,
    })
  } finally {
    remote.close()
  }
}

const source = (kind: string, spec: string): string => yaml`
  apiVersion: source.toolkit.fluxcd.io/v1
  kind: ${kind}
  metadata: {name: src, namespace: x}
  spec: {interval: 1h, ${spec}}
`
const build = (kind: string, path: string): string => yaml`
  apiVersion: kustomize.toolkit.fluxcd.io/v1
  kind: Kustomization
  metadata: {name: demo, namespace: x}
  spec: {interval: 1h, prune: true, path: ${path}, sourceRef: {kind: ${kind}, name: src}}
`
const install = (path: string): string => yaml`
  apiVersion: helm.toolkit.fluxcd.io/v2
  kind: HelmRelease
  metadata: {name: demo, namespace: x}
  spec: {interval: 1h, chart: {spec: {chart: ${path}, sourceRef: {kind: GitRepository, name: src}}}}
`
const id = 'flux/default/x/demo'

/** What came of the target, and what was left out of it. */
function told(rendered: RenderedPairs): string {
  const head = rendered.pairs.find((pair) => pair.id === id)?.head
  const left =
    head?.state === 'rendered' ? head.notChecked.map(({ code, reason }) => ` | ${code}: ${reason}`) : []
  return objectsOf(rendered, id).join(', ') + left.join('')
}

const emptyFolder = (path: string): string =>
  `${path} is a submodule, and GitRepository x/src does not set recurseSubmodules`
const places: readonly [where: string, recurse: string, definition: () => string, says: readonly string[]][] =
  [
    [
      'inside',
      '',
      () => build('GitRepository', './apps/sub/app'),
      ['failed: kustomization path not found', emptyFolder('apps/sub')],
    ],
    [
      'itself',
      '',
      () => build('GitRepository', './apps/sub'),
      ['failed: kustomization path not found', emptyFolder('apps/sub')],
    ],
    ['around', '', () => build('GitRepository', './apps'), ['ConfigMap /beside']],
    [
      'a chart',
      '',
      () => install('./apps/sub/chart'),
      ['failed: chart ./apps/sub/chart', emptyFolder('apps/sub')],
    ],
    ['inside', 'false', () => build('GitRepository', './apps/sub/app'), [emptyFolder('apps/sub')]],
    [
      'inside',
      'true',
      () => build('GitRepository', './apps/sub/app'),
      ['submodule: ', 'is in the submodule', 'commit the files here'],
    ],
    ['itself', 'true', () => build('GitRepository', './apps/sub'), ['submodule: ', 'is in the submodule']],
    [
      'around',
      'true',
      () => build('GitRepository', './apps'),
      ['ConfigMap /beside | submodule: ', 'apps/sub is a submodule'],
    ],
    ['a chart', 'true', () => install('./apps/sub/chart'), ['submodule: ', 'is in the submodule']],
  ]

describe('a submodule', () => {
  const spec = (url: string, recurse: string, ref = 'branch: main'): string =>
    `url: "${url}", ref: {${ref}}${recurse === '' ? '' : `, recurseSubmodules: ${recurse}`}`
  it.each(places)('of this repository: %s, recurseSubmodules {%s}', async (_, recurse, definition, says) => {
    const files = {
      'flux.yaml': `${definition()}---\n${source('GitRepository', spec(self, recurse))}`,
      'apps/cm.yaml': configMap('beside'),
      'apps/sub': { submodule: 'a'.repeat(40) },
    }
    const answer = told(await renderFiles({}, files, engines))
    for (const part of says) expect(answer).toContain(part)
    expect(answer.includes(' | ')).toBe(says.some((part) => part.includes(' | ')))
  })

  it.each(places)(
    'of one that is fetched: %s, recurseSubmodules {%s}',
    async (_, recurse, definition, says) => {
      const files = {
        'flux.yaml': `${definition()}---\n${source('GitRepository', spec(`${git.url}/acme/outer.git`, recurse, `commit: ${commit}`))}`,
      }
      const answer = told(await fetching(files))
      expect(answer).not.toContain('.preadmit-remote')
      for (const part of says) expect(answer).toContain(part)
      expect(answer.includes(' | ')).toBe(says.some((part) => part.includes(' | ')))
    },
  )

  it('whose commit moves touches what may hold it', async () => {
    const files = (commit: string): Files => ({
      'flux.yaml': `${build('GitRepository', './apps')}---\n${source('GitRepository', spec(self, 'true'))}`,
      'apps/cm.yaml': configMap('beside'),
      'apps/sub': { submodule: commit.repeat(40) },
    })
    const rendered = await renderFiles(files('a'), files('b'), engines)
    expect(rendered.pairs.map((pair) => pair.id)).toContain(id)
    expect(told(rendered)).toContain('| submodule: apps/sub is a submodule')
  })

  it.each([
    ['directory: {recurse: true}', 'ConfigMap x/beside', ['apps/sub']],
    ['directory: {}', 'ConfigMap x/beside', []],
  ])('below an Application with %s', async (options, objects, left) => {
    const files = {
      'app.yaml': yaml`
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata: {name: demo, namespace: argocd}
        spec:
          project: default
          source: {repoURL: "${self}", path: apps, ${options}}
          destination: {server: "https://kubernetes.default.svc", namespace: x}
      `,
      'apps/cm.yaml': configMap('beside'),
      'apps/sub': { submodule: 'a'.repeat(40) },
    }
    const rendered = await renderFiles({}, files, engines)
    expect(objectsOf(rendered, 'argocd/argocd/demo')).toEqual([objects])
    const head = rendered.pairs.find((pair) => pair.id === 'argocd/argocd/demo')?.head
    if (head?.state !== 'rendered') throw new Error('it did not render')
    expect(head.notChecked.map(({ code, reason }) => [code, reason.split(' ')[0]])).toEqual(
      left.map((path) => ['submodule', path]),
    )
    expect(head.partial ?? false).toBe(left.length > 0)
  })
})

it.each([
  ['', ['stays']],
  [', layerSelector: {operation: extract}', ['stays']],
  [
    ', layerSelector: {mediaType: application/vnd.cncf.flux.content.v1.tar+gzip, operation: copy}',
    ['left-out', 'spec-out', 'stays'],
  ],
])('an OCI layer that is copied holds what is ignored elsewhere: {%s}', async (options, names) => {
  const spec = `url: "oci://${docker.host}/acme/manifests", ref: {tag: v1}, ignore: "spec-out.yaml\\nleft-out.yaml"${options}`
  const rendered = await fetching({
    'flux.yaml': `${build('OCIRepository', './app')}---\n${source('OCIRepository', spec)}`,
  })
  expect(objectsOf(rendered, id)).toEqual(names.map((name) => `ConfigMap /${name}`))
})

describe('proxySecretRef', () => {
  it.each([
    [
      'GitRepository',
      (): string => `url: "https://git.internal.example/a/b"`,
      () => build('GitRepository', './app'),
    ],
    [
      'OCIRepository',
      (): string => `url: "oci://oci.internal.example/a/b"`,
      () => build('OCIRepository', './app'),
    ],
    [
      'HelmRepository',
      (): string => `url: "https://charts.internal.example"`,
      () => install('demo').replace('kind: GitRepository', 'kind: HelmRepository'),
    ],
  ])('of a %s that cannot be fetched is named', async (kind, spec, definition) => {
    const rendered = await fetching({
      'flux.yaml': `${definition()}---\n${source(kind, `${spec()}, proxySecretRef: {name: corporate}`)}`,
    })
    const head = rendered.pairs.find((pair) => pair.id === id)?.head
    if (head?.state !== 'not-rendered') throw new Error('it rendered')
    expect(head.reason).toMatchObject({ code: 'remote-source', location: { file: 'flux.yaml', line: 1 } })
    expect(head.reason.reason).toContain('internal.example')
    expect(head.reason.reason).toContain('through the proxy of Secret corporate, which is not used here')
    expect(head.reason.reason).toContain('remote.allow')
  })

  it('does not keep one from being fetched that is there', async () => {
    const spec = `url: "${git.url}/acme/outer.git", ref: {commit: ${commit}}, proxySecretRef: {name: corporate}`
    const rendered = await fetching({
      'flux.yaml': `${build('GitRepository', './apps')}---\n${source('GitRepository', spec)}`,
    })
    expect(objectsOf(rendered, id)).toEqual(['ConfigMap /beside'])
  })
})
