/** Everything that deploys from elsewhere, with real servers on the loopback, real git and the shipped engines. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { affected } from '../../../src/discover/affected.ts'
import { discover } from '../../../src/discover/discover.ts'
import type { Engines } from '../../../src/engine/engines.ts'
import { createEngines } from '../../../src/engine/pool.ts'
import type { RenderedObject } from '../../../src/model/object.ts'
import type { RenderedPairs } from '../../../src/render/render-pairs.ts'
import { renderPairs } from '../../../src/render/render-pairs.ts'
import { compareTrees } from '../../../src/source/changed-paths.ts'
import { memoryTree } from '../../../src/source/memory-tree.ts'
import { directoryCache } from '../../../src/source/remote/cache.ts'
import { createRemote } from '../../../src/source/remote/fetcher.ts'
import type { Remote, RemoteOptions } from '../../../src/source/remote/remote.ts'
import { printLock } from '../../../src/source/remote/lock.ts'
import { GitSandbox } from '../../source/git-sandbox.ts'
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
} from '../../source/remote/servers.ts'
import { configurationOf, objectsOf, self, yaml, type Files } from '../harness.ts'

let engines: Engines
let web: WebServer
let docker: Registry
let git: GitServer
const sandbox = new GitSandbox()
const cache = mkdtempSync(join(tmpdir(), 'preadmit-cache-'))
let commit = ''
let chartDigest = ''

const template = `apiVersion: v1
kind: ConfigMap
metadata: {name: "{{ .Release.Name }}-{{ .Chart.Version }}"}
data: {color: "{{ .Values.color }}", size: "{{ .Values.size }}"}
`

beforeAll(async () => {
  engines = createEngines({ directory: new URL('../../../dist/engines/', import.meta.url) })
  web = await webServer()
  docker = await registry()
  const chart = async (version: string): Promise<Uint8Array> =>
    await packChart('demo', version, {
      'values.yaml': 'color: red\nsize: small\n',
      'big.yaml': 'size: big\n',
      'templates/cm.yaml': template,
    })
  const charts = new Map<string, Uint8Array>()
  for (const version of ['1.2.3', '1.2.4', '1.3.0']) {
    charts.set(version, await chart(version))
    web.routes.set(`/charts/demo-${version}.tgz`, charts.get(version)!)
  }
  chartDigest = sha256(charts.get('1.2.3')!)
  web.routes.set(
    '/charts/index.yaml',
    helmIndex(
      [...charts].map(([version, archive]) => ({
        name: 'demo',
        version,
        url: `demo-${version}.tgz`,
        archive,
      })),
    ),
  )
  web.routes.set('/values.yaml', 'color: fetched\n')
  web.routes.set('/extra.yaml', 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: extra}\n')
  await docker.push('acme/charts/demo', '1.2.3', [
    { mediaType: 'application/vnd.cncf.helm.chart.content.v1.tar+gzip', content: charts.get('1.2.3')! },
  ])
  await docker.push('acme/manifests', 'v1', [
    {
      mediaType: 'application/vnd.cncf.flux.content.v1.tar+gzip',
      content: await packFiles({
        'app/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: from-oci, namespace: x}\n',
      }),
    },
  ])
  await docker.push('acme/argo', 'v1', [
    {
      mediaType: 'application/vnd.oci.image.layer.v1.tar+gzip',
      content: await packFiles({
        'deploy/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: for-argo}\n',
      }),
    },
  ])
  sandbox.init('work', {
    'base/kustomization.yaml': 'resources: [cm.yaml, ../shared]\n',
    'base/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: base}\n',
    'shared/kustomization.yaml': 'resources: [cm.yaml]\n',
    'shared/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: shared}\n',
    'escape/kustomization.yaml': 'resources: [../../../apps]\n',
    'plain/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain, namespace: x}\n',
    'values/prod.yaml': 'color: prod\n',
    'chart/Chart.yaml': 'apiVersion: v2\nname: in-git\nversion: 0.1.0\n',
    'chart/values.yaml': 'color: git\n',
    'chart/templates/cm.yaml': template,
    'children/child.yaml': yaml`
      apiVersion: argoproj.io/v1alpha1
      kind: Application
      metadata: {name: child, namespace: argocd}
      spec:
        source: {repoURL: "${self}", path: apps}
        destination: {namespace: child}
    `,
  })
  commit = sandbox.git('work', 'rev-parse', 'HEAD')
  sandbox.git('work', 'tag', 'v1')
  sandbox.commit('work', {
    'plain/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: plain-two, namespace: x}\n',
  })
  sandbox.git('work', 'tag', 'v2')
  sandbox.git('work', 'tag', 'plain/1.0.0')
  sandbox.git('.', 'clone', '-q', '--bare', 'work', 'served/acme/base.git')
  git = await gitServer(sandbox.path('served'))
})
beforeEach(() => {
  web.seen.length = 0
  git.seen.length = 0
})
afterAll(async () => {
  await engines.close()
  await web.close()
  await docker.close()
  await git.close()
  sandbox.remove()
  rmSync(cache, { recursive: true, force: true })
})

interface More extends Partial<RemoteOptions> {
  readonly allow?: readonly string[]
  readonly kustomize?: { readonly enableHelm: boolean; readonly loadRestrictions: 'root' | 'none' }
}

/** Both sides, with what the configuration allows. */
async function run(
  base: Files,
  head: Files,
  { allow, kustomize, ...more }: More = {},
): Promise<RenderedPairs> {
  const remote: Remote = createRemote({
    access: {
      allow: (allow ?? [web.host, docker.host, git.host]).map((host) => `http://${host}`),
      private: [],
      credentials: [],
      environment: {},
    },
    environment: { PATH: process.env['PATH'] },
    cache: directoryCache(cache),
    ...more,
  })
  try {
    const [before, after] = [memoryTree(base, { label: 'base' }), memoryTree(head, { label: 'head' })]
    const defaults = await configurationOf(before)
    const configuration = { ...defaults, kustomize: kustomize ?? defaults.kustomize }
    const discovered = [
      await discover(before, configuration, engines, remote),
      await discover(after, configuration, engines, remote),
    ] as const
    const changed = compareTrees(before, after)
    const rendered = await renderPairs({
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
    for (const { base: a, head: b } of rendered.pairs)
      for (const side of [a, b]) {
        if (side?.state !== 'rendered') continue
        for (const { origin } of side.objects) expect(origin.file ?? '').not.toContain('.preadmit-remote')
        // What was really read had been declared.
        expect(side.warnings.filter((warning) => warning.includes('undeclared'))).toEqual([])
      }
    return rendered
  } finally {
    remote.close()
  }
}

const sorted = (objects: readonly RenderedObject[]): readonly RenderedObject[] =>
  [...objects].sort((a, b) => (a.identity.name < b.identity.name ? -1 : 1))

const data = (rendered: RenderedPairs, id: string, side: 'base' | 'head' = 'head'): unknown[] => {
  const rendering = rendered.pairs.find((pair) => pair.id === id)?.[side]
  return rendering?.state === 'rendered'
    ? sorted(rendering.objects).map(({ object }) => [
        (object['metadata'] as { name: string }).name,
        object['data'],
      ])
    : objectsOf(rendered, id).slice()
}

const app = (source: string): Files => ({
  'apps/demo.yaml': yaml`
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata: {name: demo, namespace: argocd}
    spec:
      ${source}
      destination: {server: "https://kubernetes.default.svc", namespace: x}
  `,
})

describe('Argo CD', () => {
  const chartApp = (version: string, helm = '{}'): Files =>
    app(`source: {repoURL: "${web.url}/charts", chart: demo, targetRevision: "${version}", helm: ${helm}}`)

  it('a chart bump shows what it changes, without a lock file', async () => {
    const rendered = await run(
      chartApp('1.2.3', '{valuesObject: {color: blue}}'),
      chartApp('1.2.4', '{valuesObject: {color: blue}}'),
    )
    expect(data(rendered, 'argocd/argocd/demo', 'base')).toEqual([
      ['demo-1.2.3', { color: 'blue', size: 'small' }],
    ])
    expect(data(rendered, 'argocd/argocd/demo')).toEqual([['demo-1.2.4', { color: 'blue', size: 'small' }]])
    expect(rendered.notices.join()).toContain('in no lock file')
    const head = rendered.pairs[0]?.head
    expect(head?.state === 'rendered' ? head.objects[0]?.origin : undefined).toMatchObject({
      generator: expect.stringContaining('//templates/cm.yaml') as string,
    })
  })

  it('fetches nothing for what the change does not touch', async () => {
    const files = {
      ...chartApp('1.2.3'),
      'apps/other/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n',
    }
    const rendered = await run(files, {
      ...files,
      'apps/other/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: b}\n',
    })
    expect(rendered.pairs.map(({ id }) => id)).toEqual(['plain/apps/other'])
    expect(web.seen).toEqual([])
  })

  it('a chart of a registry, which Argo CD names without a scheme', async () => {
    const rendered = await run(
      {},
      app(`source: {repoURL: "${docker.host}/acme/charts", chart: demo, targetRevision: 1.2.3}`),
    )
    expect(data(rendered, 'argocd/argocd/demo')).toEqual([['demo-1.2.3', { color: 'red', size: 'small' }]])
  })

  it.each([
    ['manifests in a registry', 'acme/argo', 'path: deploy, targetRevision: v1', ['ConfigMap x/for-argo']],
    [
      'from the root',
      'acme/argo',
      'path: ., targetRevision: v1, directory: {recurse: true}',
      ['ConfigMap x/for-argo'],
    ],
    [
      'a chart as an artifact',
      'acme/charts/demo',
      'path: ., targetRevision: 1.2.3, helm: {releaseName: web}',
      ['ConfigMap x/web-1.2.3'],
    ],
    [
      'a layer of another tool',
      'acme/manifests',
      'path: app, targetRevision: v1',
      'is not in the list of allowed media types',
    ],
    [
      'a range without a lock',
      'acme/argo',
      'path: deploy, targetRevision: ">= 1.0.0"',
      'can be another tomorrow',
    ],
    ['no revision', 'acme/argo', 'path: deploy', 'names no revision'],
    ['a revision that is not there', 'acme/argo', 'path: deploy, targetRevision: v9', 'v9'],
  ])('Argo CD: %s', async (_, name, source, wanted) => {
    const rendered = await run({}, app(`source: {repoURL: "oci://${docker.host}/${name}", ${source}}`))
    const objects = objectsOf(rendered, 'argocd/argocd/demo')
    if (typeof wanted === 'string') expect(objects).toEqual([expect.stringContaining(wanted)])
    else expect(objects).toEqual(wanted)
  })

  it('values of an artifact are asked for with git, which fails', async () => {
    const files = app(`sources:
        - {repoURL: "${web.url}/charts", chart: demo, targetRevision: 1.2.3, helm: {valueFiles: [$o/a.yaml]}}
        - {repoURL: "oci://${docker.host}/acme/argo", targetRevision: v1, path: deploy, ref: o}`)
    expect(objectsOf(await run({}, files), 'argocd/argocd/demo')).toEqual([
      expect.stringContaining('failed to get git client for repo oci://'),
    ])
  })

  it.each([
    ['1.0.0', 'ConfigMap x/plain-two'],
    ['1.x', 'which is a range of tags'],
  ])('a tag behind a prefix: %s', async (revision, wanted) => {
    const source = `{repoURL: "${git.url}/acme/base.git", path: plain, tagPrefix: plain/, targetRevision: "${revision}"}`
    expect(objectsOf(await run({}, app(`source: ${source}`)), 'argocd/argocd/demo')).toEqual([
      expect.stringContaining(wanted),
    ])
  })

  it('values files of the chart, of a URL, of this repository and of another one', async () => {
    const files = {
      ...app(`sources:
        - repoURL: "${web.url}/charts"
          chart: demo
          targetRevision: 1.2.3
          helm: {valueFiles: [big.yaml, "$self/values.yaml", "$other/values/prod.yaml", "${web.url}/values.yaml"]}
        - {repoURL: "${self}", targetRevision: HEAD, ref: self}
        - {repoURL: "${git.url}/acme/base.git", targetRevision: v1, ref: other}`),
      'values.yaml': 'size: mine\n',
    }
    const rendered = await run(files, { ...files, 'values.yaml': 'size: yours\n' })
    expect(data(rendered, 'argocd/argocd/demo', 'base')).toEqual([
      ['demo-1.2.3', { color: 'fetched', size: 'mine' }],
    ])
    expect(data(rendered, 'argocd/argocd/demo')).toEqual([
      ['demo-1.2.3', { color: 'fetched', size: 'yours' }],
    ])
  })

  it('globs of values files look into a fetched chart and another repository', async () => {
    const rendered = await run(
      {},
      app(`sources:
        - repoURL: "${web.url}/charts"
          chart: demo
          targetRevision: 1.2.3
          helm: {valueFiles: ["b?g.yaml", "$other/values/p*.yaml"]}
        - {repoURL: "${git.url}/acme/base.git", targetRevision: v1, ref: other}`),
    )
    const named = await run(
      {},
      app(`sources:
        - repoURL: "${web.url}/charts"
          chart: demo
          targetRevision: 1.2.3
          helm: {valueFiles: [big.yaml, "$other/values/prod.yaml"]}
        - {repoURL: "${git.url}/acme/base.git", targetRevision: v1, ref: other}`),
    )
    expect(data(rendered, 'argocd/argocd/demo')).toEqual(data(named, 'argocd/argocd/demo'))
    expect(data(rendered, 'argocd/argocd/demo')).toHaveLength(1)
  })

  it.each([
    ['a directory at a tag', 'path: plain, targetRevision: v1', ['ConfigMap x/plain']],
    [
      'a kustomization at a tag',
      'path: base, targetRevision: v1',
      ['ConfigMap x/base', 'ConfigMap x/shared'],
    ],
    ['a chart at a tag', 'path: chart, targetRevision: v1', ['ConfigMap x/demo-0.1.0']],
  ])('another repository: %s', async (_, source, objects) => {
    const rendered = await run({}, app(`source: {repoURL: "${git.url}/acme/base.git", ${source}}`))
    expect(objectsOf(rendered, 'argocd/argocd/demo')).toEqual(objects)
  })

  it('another repository at a commit, and not at a branch unless it is locked', async () => {
    const at = (revision: string, lock = ''): Files => ({
      ...app(`source: {repoURL: "${git.url}/acme/base.git", path: plain, targetRevision: "${revision}"}`),
      ...(lock === '' ? {} : { '.preadmit.lock': lock }),
    })
    expect(objectsOf(await run({}, at(commit)), 'argocd/argocd/demo')).toEqual(['ConfigMap x/plain'])
    const [refused] = objectsOf(await run({}, at('main')), 'argocd/argocd/demo')
    expect(refused).toContain('is a branch')
    const lock = printLock([
      { kind: 'git', url: `${git.url}/acme/base.git`, wanted: 'main', resolved: commit, digest: '' },
    ])
    const rendered = await run(
      at('main', lock),
      at('main', lock.replace(commit, sandbox.git('work', 'rev-parse', 'v2'))),
    )
    expect(rendered.affected.map(({ because }) => because)).toEqual([['definition']])
    expect(data(rendered, 'argocd/argocd/demo')).toEqual([['plain-two', undefined]])
  })

  it('Applications of another repository deploy what they name here', async () => {
    const files = {
      ...app(`source: {repoURL: "${git.url}/acme/base.git", path: children, targetRevision: "${commit}"}`),
    }
    const rendered = await run({}, files)
    expect(rendered.targets.head.map(({ id }) => id)).toContain('argocd/argocd/child')
  })

  it('without a host, offline or refused: the target, the file, the line, the URL, and what is known of the values', async () => {
    const base = chartApp('1.2.3', '{valuesObject: {color: blue}}')
    const head = chartApp('1.2.4', '{valuesObject: {color: green}}')
    for (const [more, reason] of [
      [{ allow: ['charts.example.com'] }, 'remote.allow'],
      [
        { allow: [] },
        'which is not in this repository; nothing is fetched until remote.allow names its host',
      ],
      [{ offline: true, cache: directoryCache(join(cache, 'empty')) }, 'nothing is fetched'],
    ] as const) {
      const rendered = await run(base, head, more)
      const pair = rendered.pairs[0]
      if (pair?.head?.state !== 'not-rendered') throw new Error('it rendered')
      expect(pair.head.reason).toMatchObject({
        code: 'remote-source',
        what: 'argocd/argocd/demo',
        location: { file: 'apps/demo.yaml', line: 1 },
      })
      expect(pair.head.reason.reason).toContain(`${web.url}/charts`)
      expect(pair.head.reason.reason).toContain(reason)
      expect(pair.head.target.plan).toMatchObject({ tool: 'none', values: { color: 'green' } })
    }
    expect(web.seen).toEqual([])
  })
})

describe('Flux', () => {
  const release = (spec: string, source: string): Files => ({
    'release.yaml': `${yaml`
      apiVersion: helm.toolkit.fluxcd.io/v2
      kind: HelmRelease
      metadata: {name: demo, namespace: x}
      spec: ${spec}
    `}---\n${source}`,
  })
  const source = (kind: string, spec: string): string => yaml`
    apiVersion: source.toolkit.fluxcd.io/v1
    kind: ${kind}
    metadata: {name: src, namespace: x}
    spec: ${spec}
  `
  const id: string = 'flux/default/x/demo'

  it('HelmRepository over HTTP with valuesFiles, and a bump', async () => {
    const at = (version: string): Files =>
      release(
        `{chart: {spec: {chart: demo, version: "${version}", valuesFiles: [values.yaml, big.yaml], sourceRef: {kind: HelmRepository, name: src}}}, values: {color: flux}}`,
        source('HelmRepository', `{url: "${web.url}/charts"}`),
      )
    const rendered = await run(at('1.2.3'), at('1.2.4'))
    expect(data(rendered, id, 'base')).toEqual([['demo-1.2.3', { color: 'flux', size: 'big' }]])
    expect(data(rendered, id)).toEqual([['demo-1.2.4', { color: 'flux', size: 'big' }]])
  })

  it.each<readonly [string, string, string, () => string, string]>([
    [
      'HelmRepository of type oci',
      '{chart: {spec: {chart: demo, version: 1.2.3, sourceRef: {kind: HelmRepository, name: src}}}}',
      'HelmRepository',
      (): string => `{type: oci, url: "oci://${docker.host}/acme/charts"}`,
      'demo-1.2.3',
    ],
    [
      'OCIRepository by chartRef',
      '{chartRef: {kind: OCIRepository, name: src}}',
      'OCIRepository',
      (): string => `{url: "oci://${docker.host}/acme/charts/demo", ref: {tag: 1.2.3}}`,
      'demo-1.2.3',
    ],
    [
      'a chart in another repository',
      '{chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: src}}}}',
      'GitRepository',
      (): string => `{url: "${git.url}/acme/base.git", ref: {commit: ${commit}}}`,
      'demo-0.1.0',
    ],
  ] as const)('%s', async (_, spec, kind, of, name) => {
    const rendered = await run({}, release(spec, source(kind, of())))
    expect(data(rendered, id).map((entry) => (entry as unknown[])[0])).toEqual([name])
  })

  it('a range renders what the lock file says', async () => {
    const files = release(
      '{chart: {spec: {chart: demo, version: "^1.2", sourceRef: {kind: HelmRepository, name: src}}}}',
      source('HelmRepository', `{url: "${web.url}/charts"}`),
    )
    const [unpinned] = objectsOf(await run({}, files), id)
    expect(unpinned).toContain('preadmit lock --update')
    const lock = printLock([
      {
        kind: 'chart',
        url: `${web.url}/charts`,
        name: 'demo',
        wanted: '^1.2',
        resolved: '1.2.3',
        digest: chartDigest,
      },
    ])
    expect(data(await run({}, { ...files, '.preadmit.lock': lock }), id)).toEqual([
      ['demo-1.2.3', { color: 'red', size: 'small' }],
    ])
    const wrong = lock.replace(chartDigest, `sha256:${'0'.repeat(64)}`)
    expect(objectsOf(await run({}, { ...files, '.preadmit.lock': wrong }), id)[0]).toContain('is recorded')
  })

  it.each([
    [
      'GitRepository',
      (): string => `{url: "${git.url}/acme/base.git", ref: {tag: v1}}`,
      './plain',
      ['ConfigMap x/plain'],
    ],
    [
      'OCIRepository',
      (): string => `{url: "oci://${docker.host}/acme/manifests", ref: {tag: v1}}`,
      './app',
      ['ConfigMap x/from-oci'],
    ],
    [
      'Bucket',
      (): string => '{bucketName: x, endpoint: s3.example.com}',
      './',
      [
        'remote-source: Kustomization x/demo (release.yaml, line 1) builds ./ of Bucket x/src (s3.example.com), which is not this repository: list its URL under repositories if it is: a Bucket is never fetched',
      ],
    ],
  ] as const)('a Kustomization of another %s', async (kind, of, path, objects) => {
    const rendered = await run(
      {},
      {
        'release.yaml': `${yaml`
          apiVersion: kustomize.toolkit.fluxcd.io/v1
          kind: Kustomization
          metadata: {name: demo, namespace: x}
          spec: {path: ${path}, prune: true, sourceRef: {kind: ${kind}, name: src}}
        `}---\n${source(kind, of())}`,
      },
    )
    expect(objectsOf(rendered, id)).toEqual([...objects])
  })
})

it('a HelmRelease of the same name as the Kustomization that applies it is a target of its own', async () => {
  const at = (version: string): Files => ({
    'ks.yaml': yaml`
      apiVersion: kustomize.toolkit.fluxcd.io/v1
      kind: Kustomization
      metadata: {name: demo, namespace: x}
      spec: {path: ./app, prune: true, sourceRef: {kind: GitRepository, name: flux-system}}
    `,
    'app/release.yaml': yaml`
      apiVersion: helm.toolkit.fluxcd.io/v2
      kind: HelmRelease
      metadata: {name: demo, namespace: x}
      spec: {chartRef: {kind: OCIRepository, name: src}}
    `,
    'app/source.yaml': yaml`
      apiVersion: source.toolkit.fluxcd.io/v1
      kind: OCIRepository
      metadata: {name: src, namespace: x}
      spec: {url: "oci://${docker.host}/acme/charts/demo", ref: {tag: "${version}"}, layerSelector: {mediaType: application/vnd.cncf.helm.chart.content.v1.tar+gzip, operation: copy}}
    `,
  })
  const rendered = await run(at('9.9.9'), at('1.2.3'))
  const id = 'flux/default/x/demo@helmrelease'
  expect(rendered.affected.map((entry) => entry.id)).toEqual(['flux/default/x/demo', id])
  expect(data(rendered, id)).toEqual([['demo-1.2.3', { color: 'red', size: 'small' }]])
})

describe('kustomize and Helm', () => {
  it('remote bases, bases of bases, components of a host and files over HTTP', async () => {
    const root = (revision: string): Files => ({
      'app/kustomization.yaml': yaml`
        namePrefix: my-
        resources:
          - ${git.url}/acme/base.git//base?ref=${revision}
          - ${web.url}/extra.yaml
          - own.yaml
      `,
      'app/own.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: own}\n',
    })
    const rendered = await run(root('v1'), root(commit))
    expect(objectsOf(rendered, 'kustomize/app')).toEqual([
      'ConfigMap /my-base',
      'ConfigMap /my-extra',
      'ConfigMap /my-own',
      'ConfigMap /my-shared',
    ])
    const head = rendered.pairs[0]?.head
    expect(head?.state === 'rendered' ? head.objects.map(({ origin }) => origin.file) : []).toEqual([
      undefined,
      undefined,
      'app/own.yaml',
      undefined,
    ])
  })

  it('a base that climbs out of its repository is refused, and reads nothing of this one', async () => {
    const rendered = await run(
      {},
      {
        'app/kustomization.yaml': `resources: ["${git.url}/acme/base.git//escape?ref=v1"]\n`,
        'apps/kustomization.yaml': 'resources: [cm.yaml]\n',
        'apps/cm.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: secret}\n',
      },
    )
    expect(objectsOf(rendered, 'kustomize/app')[0]).toContain('leads out of its repository')
  })

  it('a branch without a lock, a host that is not allowed, a folder that is not there', async () => {
    const at = async (reference: string): Promise<string | undefined> =>
      objectsOf(
        await run({}, { 'app/kustomization.yaml': `resources: ["${reference}"]\n` }),
        'kustomize/app',
      )[0]
    expect(await at(`${git.url}/acme/base.git//base`)).toContain('which is a branch')
    expect(await at('github.com/acme/base//x?ref=v1')).toContain('remote.allow')
    expect(await at('git@github.com:acme/base.git//x?ref=v1')).toContain('github.com is not among the hosts')
    expect(await at(`${git.url}/acme/base.git//none?ref=v1`)).toContain('there is no folder none')
    expect(await at(`${git.url}/acme/base.git//base?ref=--upload-pack=x`)).toContain(
      'is no branch and no tag',
    )
  })

  it('helmCharts with a repository', async () => {
    const files = {
      'app/kustomization.yaml': `helmCharts: [{name: demo, repo: "${web.url}/charts", version: 1.2.3, releaseName: r, valuesInline: {color: k}}]\n`,
    }
    const rendered = await run({}, files, { kustomize: { enableHelm: true, loadRestrictions: 'root' } })
    expect(data(rendered, 'kustomize/app')).toEqual([['r-1.2.3', { color: 'k', size: 'small' }]])
  })

  it('dependencies of a chart, at the versions of Chart.lock or exact ones', async () => {
    const chart = (version: string): Files => ({
      'chart/Chart.yaml': yaml`
        apiVersion: v2
        name: umbrella
        version: 0.1.0
        dependencies:
          - {name: demo, version: "${version}", repository: "${web.url}/charts"}
          - {name: demo, alias: second, version: 1.2.3, repository: "oci://${docker.host}/acme/charts"}
      `,
      'chart/values.yaml': 'demo: {color: umbrella}\n',
    })
    const rendered: RenderedPairs = await run({}, chart('1.2.4'))
    expect(data(rendered, 'helm/chart/default')).toEqual([
      ['chart-1.2.3', { color: 'red', size: 'small' }],
      ['chart-1.2.4', { color: 'umbrella', size: 'small' }],
    ])
    expect(objectsOf(await run({}, chart('^1.2')), 'helm/chart/default')[0]).toContain(
      'preadmit lock --update',
    )
    const locked = {
      ...chart('^1.3'),
      'chart/Chart.lock': yaml`
        dependencies:
          - {name: demo, repository: "${web.url}/charts", version: 1.3.0}
          - {name: demo, repository: "oci://${docker.host}/acme/charts", version: 1.2.3}
      `,
    }
    expect(data(await run({}, locked), 'helm/chart/default').map((entry) => (entry as unknown[])[0])).toEqual(
      ['chart-1.2.3', 'chart-1.3.0'],
    )
  })
})
