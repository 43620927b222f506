import { afterAll, describe, expect, it } from 'vitest'
import { shippedEngines } from '../check/harness.ts'
import {
  application,
  chart,
  configMap,
  discoverFiles,
  fluxKustomization,
  gitRepository,
  yaml,
  type Files,
} from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const kustomization = (...resources: readonly string[]): string => `resources: [${resources.join(', ')}]\n`

/** What deploys, as far as files alone tell. */
const cases: readonly { name: string; files: Files; targets: readonly string[] }[] = [
  { name: 'nothing', files: { 'README.md': 'x' }, targets: [] },
  {
    name: 'a base with two overlays: the overlays',
    files: {
      'base/kustomization.yaml': kustomization('a.yaml'),
      'base/a.yaml': configMap('a'),
      'overlays/dev/kustomization.yml': kustomization('../../base'),
      'overlays/prod/Kustomization': kustomization('../../base'),
    },
    targets: ['kustomize/overlays/dev', 'kustomize/overlays/prod'],
  },
  {
    name: 'components are no targets',
    files: {
      'app/kustomization.yaml': 'components: [../comp]\n',
      'comp/kustomization.yaml': 'kind: Component\nresources: [a.yaml]\n',
      'comp/a.yaml': configMap('a'),
      'alone/kustomization.yaml': 'kind: Component\n',
    },
    targets: ['kustomize/app'],
  },
  {
    name: 'a cycle is one broken target, and so is a root that leads into it',
    files: {
      'a/kustomization.yaml': kustomization('../b'),
      'b/kustomization.yaml': kustomization('../a'),
      'c/kustomization.yaml': kustomization('../d'),
      'd/kustomization.yaml': kustomization('../c'),
      'e/kustomization.yaml': kustomization('../c'),
    },
    targets: ['kustomize/a', 'kustomize/e'],
  },
  {
    name: 'a folder behind a link is a base all the same',
    files: {
      'base/kustomization.yaml': kustomization('a.yaml'),
      'base/a.yaml': configMap('a'),
      'app/kustomization.yaml': kustomization('link'),
      'app/link': { symlink: '../base' },
    },
    targets: ['kustomize/app'],
  },
  {
    name: 'a chart with values beside it: one target each',
    files: {
      ...chart('charts/web', { 'a.yaml': configMap('a') }),
      'charts/web/values-dev.yaml': 'a: 2\n',
      'charts/web/prod.values.yaml': 'a: 3\n',
      ...chart('charts/alone', { 'a.yaml': configMap('a') }),
    },
    targets: ['helm/charts/alone/default', 'helm/charts/web/dev', 'helm/charts/web/prod'],
  },
  {
    name: 'subcharts, file dependencies and libraries are no targets',
    files: {
      ...chart('app', { 'a.yaml': configMap('a') }),
      'app/Chart.yaml': yaml`
        apiVersion: v2
        name: app
        version: 1.0.0
        dependencies: [{name: shared, version: 1.0.0, repository: "file://../shared"}]
      `,
      ...chart('app/charts/sub', { 'a.yaml': configMap('b') }),
      ...chart('shared', { 'a.yaml': configMap('c') }),
      'lib/Chart.yaml': 'apiVersion: v2\nname: lib\nversion: 1.0.0\ntype: library\n',
    },
    targets: ['helm/app/default'],
  },
  {
    name: 'folders of manifests; values, fragments and hidden folders are none',
    files: {
      'manifests/a.yaml': configMap('a'),
      'manifests/b.json': '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"b"}}',
      'notes/values.yaml': 'a: 1\n',
      'notes/text.yaml': 'kind of: a list\n',
      '.github/a.yaml': configMap('x'),
      'node_modules/p/a.yaml': configMap('x'),
    },
    targets: ['plain/manifests'],
  },
  {
    name: 'an Application deploys its path, which is no target of its own; its own file is one that somebody applies',
    files: {
      'argocd/web.yaml': application('web', 'apps/web'),
      'apps/web/kustomization.yaml': kustomization('a.yaml'),
      'apps/web/a.yaml': configMap('a'),
      'apps/web-two/a.yaml': configMap('a'),
    },
    targets: ['argocd/argocd/web', 'plain/apps/web-two', 'plain/argocd'],
  },
  {
    name: 'an app of apps: only the root stands in files alone',
    files: {
      'root.yaml': application('root', 'apps'),
      'apps/one.yaml': application('one', 'one'),
      'one/a.yaml': configMap('a'),
    },
    // `one` is known once the root was rendered; till then nothing is known to deploy its folder.
    targets: ['argocd/argocd/root', 'plain/.', 'plain/one'],
  },
  {
    name: 'an app of apps that deploys its own file is its own root',
    files: {
      'apps/kustomization.yaml': kustomization('root.yaml', 'one.yaml'),
      'apps/root.yaml': application('root', 'apps'),
      'apps/one.yaml': application('one', 'one'),
    },
    targets: ['argocd/argocd/root'],
  },
  {
    name: 'two Applications that deploy one another: the first is the root',
    files: { 'a/b.yaml': application('b', 'b'), 'b/a.yaml': application('a', 'a') },
    targets: ['argocd/argocd/b', 'plain/a'],
  },
  {
    name: 'a patch that looks like an Application is no Application',
    files: {
      'base/kustomization.yaml': kustomization('app.yaml'),
      'base/app.yaml': application('web', 'apps/web'),
      'prod/kustomization.yaml': 'resources: [../base]\npatches: [{path: patch.yaml}]\n',
      'prod/patch.yaml': application('web', 'apps/web-prod'),
    },
    targets: ['kustomize/prod'],
  },
  {
    name: 'a bootstrap of Flux, which holds its own definition',
    files: {
      'clusters/eu/flux-system/gotk-sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/eu')}`,
      'clusters/eu/apps.yaml': fluxKustomization('apps', './apps'),
      'apps/a.yaml': configMap('a'),
    },
    targets: ['flux/eu/flux-system/flux-system', 'plain/apps'],
  },
  {
    name: 'excluded paths, and folders of policies',
    files: {
      '.preadmit.yaml': 'exclude: ["vendor/**"]\npolicies: [{path: policies}]\n',
      'vendor/x/kustomization.yaml': kustomization('a.yaml'),
      'vendor/y/a.yaml': configMap('a'),
      'policies/p.yaml': configMap('p'),
      'kept/a.yaml': configMap('a'),
    },
    targets: ['plain/kept'],
  },
  {
    name: 'an ApplicationSet of folders',
    files: {
      'set.yaml': yaml`
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata: {name: apps, namespace: argocd}
        spec:
          goTemplate: true
          generators:
            - git: {repoURL: "https://git.example/acme/fleet", directories: [{path: apps/*}, {path: apps/old, exclude: true}]}
          template:
            metadata: {name: "app-{{ .path.basename }}"}
            spec:
              project: default
              source: {repoURL: "https://git.example/acme/fleet", path: "{{ .path.path }}"}
              destination: {name: in-cluster, namespace: x}
      `,
      'apps/web/a.yaml': configMap('a'),
      'apps/api/a.yaml': configMap('a'),
      'apps/old/a.yaml': configMap('a'),
    },
    targets: ['argocd/argocd/app-api', 'argocd/argocd/app-web', 'plain/.', 'plain/apps/old'],
  },
]

describe('what deploys', () => {
  it.each(cases)('$name', async ({ files, targets }) => {
    expect(await discoverFiles(files, engines)).toEqual(targets)
  })
})
