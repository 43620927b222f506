/** Sources of Flux that are not this repository: named, never fetched, never silent; and those that are. */
import { afterAll, describe, expect, it } from 'vitest'
import { shippedEngines } from '../check/harness.ts'
import {
  chart,
  configMap,
  fluxKustomization,
  gitRepository,
  objectsOf,
  renderAll,
  renderFiles,
  yaml,
  type Files,
} from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const bootstrap: Files = {
  'clusters/a/flux-system/gotk-sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/a')}`,
  ...chart('web', { 'c.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n' }),
}
const source = (kind: string, spec: string): string =>
  `apiVersion: source.toolkit.fluxcd.io/v1\nkind: ${kind}\nmetadata: {name: src, namespace: flux-system}\nspec: {interval: 1h, ${spec}}\n`
const kustomization = (kind: string): string =>
  fluxKustomization('apps', './apps').replace(
    'kind: GitRepository, name: flux-system',
    `kind: ${kind}, name: src`,
  )
const release = (spec: string): string => yaml`
  apiVersion: helm.toolkit.fluxcd.io/v2
  kind: HelmRelease
  metadata: {name: web, namespace: flux-system}
  spec: {interval: 1h, ${spec}}
`
const chartOf = (kind: string): string =>
  `chart: {spec: {chart: ./web, version: 1.x, sourceRef: {kind: ${kind}, name: src}}}`

const apps = 'flux/a/flux-system/apps'
const web = 'flux/a/flux-system/web'

it.each<[string, string, string, string, RegExp]>([
  [
    'OCIRepository',
    source('OCIRepository', 'url: "oci://r.example/apps", ref: {tag: v1}'),
    kustomization('OCIRepository'),
    apps,
    /^remote-source: .*OCIRepository flux-system\/src \(oci:\/\/r\.example\/apps, tag v1\)/,
  ],
  [
    'Bucket',
    source('Bucket', 'endpoint: s3.example, bucketName: b'),
    kustomization('Bucket'),
    apps,
    /^remote-source: .*Bucket flux-system\/src \(s3\.example/,
  ],
  [
    'a GitRepository that includes another',
    source(
      'GitRepository',
      'url: "ssh://git@git.example/acme/fleet.git", include: [{repository: {name: shared}, fromPath: deploy, toPath: ./apps}]',
    ),
    kustomization('GitRepository'),
    apps,
    /^remote-source: .*whose include puts the files of GitRepository shared at apps/,
  ],
  [
    'another GitRepository',
    source('GitRepository', 'url: "https://elsewhere.example/x", ref: {commit: abc}'),
    kustomization('GitRepository'),
    apps,
    /^remote-source: .*elsewhere\.example\/x, commit abc/,
  ],
  [
    'HelmRepository',
    source('HelmRepository', 'url: "https://charts.example"'),
    release(chartOf('HelmRepository')),
    web,
    /^remote-source: .*chart \.\/web 1\.x of HelmRepository flux-system\/src \(https:\/\/charts\.example/,
  ],
  [
    'a HelmRepository that is nowhere',
    '',
    release(chartOf('HelmRepository')),
    web,
    /^remote-source: .*not defined in this repository/,
  ],
  [
    'chartRef to an OCIRepository',
    source('OCIRepository', 'url: "oci://r.example/web", ref: {semver: 1.x}'),
    release('chartRef: {kind: OCIRepository, name: src}'),
    web,
    /^remote-source: .*oci:\/\/r\.example\/web, semver 1\.x/,
  ],
  [
    'chartRef to a HelmChart of this repository',
    source('HelmChart', 'chart: ./web, sourceRef: {kind: GitRepository, name: flux-system}'),
    release('chartRef: {kind: HelmChart, name: src}'),
    web,
    /^ConfigMap flux-system\/c$/,
  ],
  [
    'chartRef to a HelmChart of a registry',
    source('HelmChart', 'chart: web, sourceRef: {kind: HelmRepository, name: none}'),
    release('chartRef: {kind: HelmChart, name: src}'),
    web,
    /^remote-source: /,
  ],
])('%s', async (_, definition, user, id, wanted) => {
  const rendered = await renderAll(
    {
      ...bootstrap,
      'clusters/a/src.yaml': definition,
      'clusters/a/user.yaml': user,
      'apps/c.yaml': configMap('c'),
    },
    engines,
  )
  const [first] = objectsOf(rendered, id)
  expect(first).toMatch(wanted)
})

it('a ResourceSet says that what it makes is not known', async () => {
  const rendered = await renderAll(
    {
      ...bootstrap,
      'clusters/a/tenants.yaml': yaml`
        apiVersion: fluxcd.controlplane.io/v1
        kind: ResourceSet
        metadata: {name: tenants, namespace: apps}
        spec:
          inputsFrom: [{kind: ResourceSetInputProvider, name: prs}]
          resources: [{apiVersion: v1, kind: Namespace, metadata: {name: "<< inputs.tenant >>"}}]
      `,
    },
    engines,
  )
  expect(objectsOf(rendered, 'flux/a/apps/tenants')).toEqual([
    'unsupported: what ResourceSet apps/tenants (clusters/a/tenants.yaml, line 1) makes of its templates and of inputs that only the cluster knows is not known: ResourceSets are not rendered',
  ])
})

it('a release whose chart is not here is touched when only its values change', async () => {
  const files = (tag: string): Files => ({
    ...bootstrap,
    'clusters/a/release.yaml': `${source('HelmRepository', 'url: "https://charts.example"')}---\n${release(
      `chart: {spec: {chart: web, sourceRef: {kind: HelmRepository, name: src}}}, values: {tag: "${tag}"}`,
    )}`,
  })
  const { affected } = await renderFiles(files('1'), files('2'), engines)
  expect(affected.map(({ id }) => id)).toEqual(['flux/a/flux-system/flux-system', web])
})

it('roots of one name are of clusters that the folders tell apart', async () => {
  const root = (cluster: string): string => fluxKustomization('cluster-apps', `./kubernetes/${cluster}/apps`)
  const { targets } = await renderAll(
    {
      'kubernetes/main/cluster/config/cluster.yaml': root('main'),
      'kubernetes/main/cluster/extra.yaml': fluxKustomization('extra', './extra'),
      'kubernetes/staging/cluster/config/cluster.yaml': root('staging'),
      'kubernetes/main/apps/web.yaml': fluxKustomization('web', './web'),
      'kubernetes/staging/apps/web.yaml': fluxKustomization('web', './web'),
      'extra/c.yaml': configMap('c'),
      'web/c.yaml': configMap('c'),
    },
    engines,
  )
  const flux = targets.head.filter(({ kind }) => kind === 'flux-kustomization')
  expect(flux.map(({ id, cluster, environment }) => [id, cluster, environment])).toEqual([
    ['flux/main/flux-system/cluster-apps', 'main', undefined],
    ['flux/main/flux-system/extra', 'main', undefined],
    ['flux/main/flux-system/web', 'main', undefined],
    ['flux/staging/flux-system/cluster-apps', 'staging', 'staging'],
    ['flux/staging/flux-system/web', 'staging', 'staging'],
  ])
})

describe('parents', () => {
  it('substitute the paths of their children, two levels deep', async () => {
    const files: Files = {
      'clusters/a/flux-system/gotk-sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/a', 'postBuild: {substitute: {env: prod}}')}`,
      'clusters/a/tenants.yaml': fluxKustomization(
        'tenants',
        '"./tenants/${env}"',
        'postBuild: {substitute: {team: blue}}',
      ),
      'tenants/prod/apps.yaml': fluxKustomization('apps', '"./apps/${team}"'),
      'apps/blue/c.yaml': configMap('blue'),
      'apps/red/c.yaml': configMap('red'),
    }
    expect(objectsOf(await renderAll(files, engines), apps)).toEqual(['ConfigMap /blue'])
  })
})

describe('a folder without a kustomization', () => {
  const base: Files = {
    'clusters/a/flux-system/gotk-sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/a')}`,
    'clusters/a/apps.yaml': fluxKustomization('apps', './apps'),
    'apps/kustomized/kustomization.yaml': 'resources: [c.yaml]\n',
    'apps/kustomized/c.yaml': configMap('k'),
    'apps/kustomized/deep/other.yaml': configMap('o'),
    'apps/plain/c.yaml': configMap('p'),
    'apps/README.md': 'text\n',
  }
  it.each<{ name: string; change: Files; without?: string; touched: boolean }>([
    {
      name: 'a manifest that changes',
      change: { 'apps/plain/c.yaml': configMap('p', 'a: "2"') },
      touched: true,
    },
    { name: 'one that comes', change: { 'apps/plain/d.yaml': configMap('d') }, touched: true },
    { name: 'one that goes', change: {}, without: 'apps/plain/c.yaml', touched: true },
    {
      name: 'one of a kustomization below',
      change: { 'apps/kustomized/c.yaml': configMap('k', 'a: "2"') },
      touched: true,
    },
    {
      name: 'a kustomization that comes',
      change: { 'apps/plain/kustomization.yaml': 'resources: [c.yaml]\n' },
      touched: true,
    },
    {
      name: 'what nothing lists',
      change: { 'apps/kustomized/deep/other.yaml': configMap('x') },
      touched: false,
    },
    { name: 'what is no manifest', change: { 'apps/README.md': 'other\n' }, touched: false },
  ])('is touched by what is built of it: $name', async ({ change, without, touched }) => {
    const head = Object.fromEntries(
      Object.entries({ ...base, ...change }).filter(([path]) => path !== without),
    )
    const { affected } = await renderFiles(base, head, engines)
    expect(affected.map(({ id }) => id).includes('flux/a/flux-system/apps')).toBe(touched)
  })
})
