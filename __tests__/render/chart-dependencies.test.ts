/**
 * Dependencies of charts as Argo CD, Flux and kustomize see them: what `helm dependency build` refuses (helm pkg/downloader,
 * internal/resolver), in the words of Helm 4.2.4. The digests are those that Helm accepts and writes.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { shippedEngines } from '../check/harness.ts'
import {
  application,
  chart,
  configMap,
  gitRepository,
  objectsOf,
  renderAll,
  yaml,
  type Files,
} from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const repository = 'file://../../lib/sub'
const dependency = (more = '', version = '^0.1.0'): string =>
  `dependencies: [{name: sub, version: "${version}", repository: "${repository}"${more}}]\n`
const lock = (version: string, digest: string): string =>
  `dependencies: [{name: sub, repository: "${repository}", version: ${version}}]\ndigest: sha256:${digest}\n`
const inSync = '3357eb085df58ad7506997d57fbaf3d4befd6cc5194bd46f2b46e6bef5555502'

const files = (requirements: string, more: Files = {}): Files => ({
  ...chart('lib/sub', { 'c.yaml': configMap('sub') }),
  'lib/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.1.5\n',
  ...chart('c/web', { 'c.yaml': configMap('own') }),
  'c/web/Chart.yaml': `apiVersion: v2\nname: web\nversion: 1.0.0\n${requirements}`,
  ...more,
})
const both = ['ConfigMap web/sub', 'ConfigMap web/own']
const outOfSync = [
  "failed: the lock file (Chart.lock) is out of sync with the dependencies file (Chart.yaml). Please update the dependencies with 'helm dependency update'",
]

describe('Argo CD builds the dependencies that are not in charts/', () => {
  const inArgo = async (tree: Files): Promise<readonly string[]> =>
    objectsOf(
      await renderAll({ ...tree, 'app.yaml': application('web', 'c/web') }, engines),
      'argocd/argocd/web',
    )
  it.each<[string, string, string | undefined, readonly string[]]>([
    ['without a lock', dependency(), undefined, both],
    ['in sync', dependency(), lock('0.1.5', inSync), both],
    [
      'in sync, with signs that JSON for browsers escapes',
      dependency('', '>=0.1.0 <0.2.0 || >=1'),
      lock('0.1.5', 'dfb6f363531538e51fcb4e746fc28432bce019648d47c3330dd8e1118682defd'),
      both,
    ],
    [
      'in sync, with all fields',
      dependency(', condition: sub.on, tags: [t1, t2], alias: al'),
      lock('0.1.5', '0a577f22372ce89f6dcb13e12e50f00bbe4040d8658313557ddf96f63f611867'),
      both,
    ],
    [
      'a requirement moved on, and the lock did not',
      dependency('', '^0.1.5'),
      lock('0.1.5', inSync),
      outOfSync,
    ],
    ['an alias came', dependency(', alias: x'), lock('0.1.5', inSync), outOfSync],
    ['a lock without a digest', dependency(), 'dependencies: []\n', outOfSync],
  ])('%s', async (_, requirements, text, wanted) => {
    expect(await inArgo(files(requirements, text === undefined ? {} : { 'c/web/Chart.lock': text }))).toEqual(
      wanted,
    )
  })
  it('what is in charts/ needs no lock', async () => {
    const vendored = {
      ...chart('c/web/charts/sub', { 'c.yaml': configMap('sub') }),
      'c/web/Chart.lock': 'digest: x\n',
    }
    expect(await inArgo(files(dependency(), vendored))).toEqual(both)
  })
  it('a folder that holds another version than the lock', async () => {
    const moved = {
      'lib/sub/Chart.yaml': 'apiVersion: v2\nname: sub\nversion: 0.1.6\n',
      'c/web/Chart.lock': lock('0.1.5', inSync),
    }
    expect(await inArgo(files(dependency(), moved))).toEqual([
      "failed: can't get a valid version for dependency sub: c/web/Chart.lock names 0.1.5, and lib/sub holds 0.1.6",
    ])
  })
  it('a dependency without a repository is a folder of charts/', async () => {
    expect(await inArgo(files('dependencies: [{name: sub, version: 0.1.5}]\n'))).toEqual([
      'failed: directory c/web/charts/sub not found',
    ])
  })
  it.each([
    ['by the digest of Helm 2', '3ca8efbd73e02a516d770679c175f302a2c6c88df5bb5a87c517053c6b5b1188', both],
    ['by that of Helm 4', inSync, both],
    [
      'out of sync',
      '0'.repeat(64),
      [
        'failed: the lock file (requirements.lock) is out of sync with the dependencies file (requirements.yaml). Please update the dependencies',
      ],
    ],
  ])('the old format: %s', async (_, digest, wanted) => {
    const old = {
      'c/web/Chart.yaml': 'apiVersion: v1\nname: web\nversion: 1.0.0\n',
      'c/web/requirements.yaml': dependency(),
      'c/web/requirements.lock': lock('0.1.5', digest),
    }
    expect(await inArgo(files('', old))).toEqual(wanted)
  })
})

describe('Flux takes a lock as it is', () => {
  it.each([
    ['0.1.5', ['ConfigMap apps/sub', 'ConfigMap apps/own']],
    [
      '0.1.2',
      [
        "failed: can't get a valid version for dependency sub: c/web/Chart.lock names 0.1.2, and lib/sub holds 0.1.5",
      ],
    ],
  ])('%s', async (version, wanted) => {
    const release = yaml`
      apiVersion: helm.toolkit.fluxcd.io/v2
      kind: HelmRelease
      metadata: {name: web, namespace: apps}
      spec: {interval: 1h, chart: {spec: {chart: ./c/web, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}}
    `
    const tree = files(dependency(), {
      'c/web/Chart.lock': lock(version, 'any'),
      'clusters/prod/flux.yaml': `${gitRepository}---\n${release}`,
    })
    expect(objectsOf(await renderAll(tree, engines), 'flux/prod/apps/web')).toEqual(wanted)
  })
})
