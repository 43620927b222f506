import { afterAll, describe, expect, it } from 'vitest'
import { compare } from '../../src/compare/compare.ts'
import { applicationChanges } from '../../src/compare/application-changes.ts'
import { shippedEngines } from '../check/harness.ts'
import {
  configMap,
  fluxKustomization,
  gitRepository,
  renderFiles,
  self,
  yaml,
  type Files,
} from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

function textOf(entry: Files[string] | undefined): string {
  return typeof entry === 'string' ? entry : ''
}

async function told(base: Files, head: Files): Promise<readonly string[]> {
  const { pairs, targets } = await renderFiles(base, head, engines)
  const known = new Map([...targets.base, ...targets.head].map((target) => [target.id, target]))
  return applicationChanges(pairs, known, compare(pairs)).map(
    ({ target, change, sentence }) => `${target.split('/').at(-1) ?? ''} ${change}: ${sentence}`,
  )
}

describe('an Application', () => {
  const cascade = 'finalizers: [resources-finalizer.argocd.argoproj.io]'
  const application = (
    metadata = '',
    more = '',
    destination = 'server: "https://kubernetes.default.svc", namespace: web',
  ): Files => ({
    'app.yaml': yaml`
      apiVersion: argoproj.io/v1alpha1
      kind: Application
      metadata: {name: web, namespace: argocd, ${metadata}}
      spec: {project: default, source: {repoURL: "${self}", path: web}, destination: {${destination}}, ${more}}
    `,
    'web/c.yaml': configMap('c'),
    'web/d.yaml': configMap('d'),
  })
  const automated = 'syncPolicy: {automated: {prune: true}}'

  it.each<[string, Files, Files, readonly string[]]>([
    ['nothing', application(), application(), []],
    ['created', {}, application('', automated), ['web created: is created with 2 objects']],
    [
      'created without automated sync',
      {},
      application(),
      ['web created: is created with 2 objects and waits for a manual sync'],
    ],
    [
      'deleted with the finalizer',
      application(cascade),
      {},
      ['web deleted: is deleted together with the 2 objects that it deployed'],
    ],
    [
      'deleted without it',
      application(),
      {},
      [
        'web deleted: is deleted, and the 2 objects that it deployed stay in the cluster: it has no finalizer that cascades',
      ],
    ],
    [
      'another cluster',
      application(),
      application('', '', 'name: prod, namespace: web'),
      [
        'web retargeted: moves from the cluster https://kubernetes.default.svc to prod: what it deployed there stays behind',
      ],
    ],
    [
      'another namespace',
      application('', automated),
      application('', automated, 'server: "https://kubernetes.default.svc", namespace: api'),
      ['web retargeted: moves from the namespace web to api: what it deployed there is pruned'],
    ],
    [
      'sync policy',
      application('', automated),
      application('', 'syncPolicy: {automated: {selfHeal: true}, syncOptions: [Replace=true]}'),
      ['web sync: changes how it syncs: −prune, +selfHeal, +Replace=true'],
    ],
    [
      'the finalizer goes',
      application(cascade),
      application(),
      ['web sync: loses the finalizer that cascades: deleting it leaves what it deployed in the cluster'],
    ],
    [
      'ignored differences',
      application(),
      application('', 'ignoreDifferences: [{group: apps, kind: Deployment, jsonPointers: [/spec/replicas]}]'),
      ['web ignored: changes which differences are ignored: +apps/Deployment: /spec/replicas'],
    ],
  ])('%s', async (_, base, head, wanted) => {
    expect(await told(base, head)).toEqual(wanted)
  })

  const ignoring = (path: string, options = ''): string =>
    `ignoreDifferences: [{group: "*", kind: "*", jsonPointers: [${path}]}]${options}`
  it.each([
    ['/data/a', '', 'that alone starts no automated sync'],
    ['/data', '', 'that alone starts no automated sync'],
    ['/data/b', '', undefined],
    ['/dat', '', undefined],
    ['/data', ', syncPolicy: {syncOptions: [RespectIgnoreDifferences=true]}', 'a sync leaves those alone'],
  ])('changes below %s%s', async (path, options, effect) => {
    const base = application('', ignoring(path, options))
    const head = { ...base, 'web/c.yaml': configMap('c', 'a: "2"') }
    expect(await told(base, head)).toEqual(
      effect === undefined
        ? []
        : [`web held-back: changes ConfigMap web/c only in fields whose differences it ignores: ${effect}`],
    )
  })

  it('another project', async () => {
    const head = Object.fromEntries(
      Object.entries(application()).map(([path, text]) => [
        path,
        textOf(text).replace('project: default', 'project: team'),
      ]),
    )
    expect(await told(application(), head)).toEqual(['web project: moves from the project default to team'])
  })
})

describe('an ApplicationSet', () => {
  const set = (elements: string, more = ''): Files => ({
    'set.yaml': yaml`
      apiVersion: argoproj.io/v1alpha1
      kind: ApplicationSet
      metadata: {name: set, namespace: argocd}
      spec:
        generators: [{list: {elements: [${elements}]}}]
        template:
          metadata: {name: "{{name}}"}
          spec: {project: default, source: {repoURL: "${self}", path: web}, destination: {server: "https://kubernetes.default.svc", namespace: "{{ns}}"}}
        ${more}
    `,
    'web/c.yaml': configMap('c'),
  })
  const [a, b] = ['{name: a, ns: a}', '{name: b, ns: b}']

  it.each<[string, Files, Files, readonly string[]]>([
    [
      'an element goes',
      set(`${a}, ${b}`),
      set(a),
      ['b deleted: is deleted together with the 1 object that it deployed'],
    ],
    [
      'an element goes, and the policy deletes none',
      set(`${a}, ${b}`, 'syncPolicy: {applicationsSync: create-update}'),
      set(a, 'syncPolicy: {applicationsSync: create-update}'),
      [
        "b deleted: leaves its ApplicationSet but stays in the cluster with everything that it deployed: the set's policy create-update deletes no Applications",
      ],
    ],
    [
      'an element moves, and the policy updates none',
      set(a, 'syncPolicy: {applicationsSync: create-only}'),
      set('{name: a, ns: x}', 'syncPolicy: {applicationsSync: create-only}'),
      [
        'a retargeted: moves from the namespace a to x: what it deployed there stays behind, since it does not prune',
        "a held-back: keeps its definition in the cluster: its ApplicationSet's policy create-only never updates an Application",
      ],
    ],
    [
      'another strategy, and fields that it leaves alone',
      set(a),
      set(
        a,
        'strategy: {type: RollingSync}\n        ignoreApplicationDifferences: [{jsonPointers: [/spec/source/targetRevision]}]',
      ),
      [
        'a sync: changes how it syncs: +RollingSync',
        'a ignored: changes which differences are ignored: +the Application itself: /spec/source/targetRevision',
      ],
    ],
  ])('%s', async (_, base, head, wanted) => {
    expect(await told(base, head)).toEqual(wanted)
  })
})

it.each([
  ['main', []],
  ['HEAD', []],
  [
    'v1.2.3',
    [
      'web held-back: deploys v1.2.3 of this repository: what changes here reaches the cluster only when it names a revision that has it',
    ],
  ],
])('an Application at %s', async (revision, wanted) => {
  const base: Files = {
    'app.yaml': yaml`
      apiVersion: argoproj.io/v1alpha1
      kind: Application
      metadata: {name: web, namespace: argocd}
      spec: {project: default, source: {repoURL: "${self}", path: web, targetRevision: ${revision}}, destination: {name: in-cluster, namespace: web}}
    `,
    'web/c.yaml': configMap('c'),
  }
  expect(await told(base, { ...base, 'web/c.yaml': configMap('c', 'a: "2"') })).toEqual(wanted)
})

describe('a hydrated Application', () => {
  const hydrated = (hydrator: string, more = ''): Files => ({
    'app.yaml': yaml`
      apiVersion: argoproj.io/v1alpha1
      kind: Application
      metadata: {name: web, namespace: argocd}
      spec:
        project: default
        destination: {server: "https://kubernetes.default.svc", namespace: web}
        ${more}
        sourceHydrator: {drySource: {repoURL: "${self}", path: web, targetRevision: main}, ${hydrator}}
    `,
    'web/c.yaml': configMap('c'),
    'other/d.yaml': configMap('d'),
  })
  const direct = 'syncSource: {targetBranch: env/prod, path: web}'
  const promoted = `${direct}, hydrateTo: {targetBranch: env/prod-next}`
  const changed = { 'web/c.yaml': configMap('c', 'a: "2"') }

  it.each<[string, Files, Files, readonly string[]]>([
    [
      'its source changes',
      hydrated(direct),
      { ...hydrated(direct), ...changed },
      ['web held-back: is hydrated to the branch env/prod, from which it is deployed'],
    ],
    [
      'its source changes, and wins over spec.source',
      hydrated(promoted, `source: {repoURL: "${self}", path: other}`),
      { ...hydrated(promoted, `source: {repoURL: "${self}", path: other}`), ...changed },
      [
        'web held-back: is hydrated to the branch env/prod-next: what changes here reaches the cluster when that is merged into env/prod',
      ],
    ],
    [
      'another branch',
      hydrated(direct),
      hydrated(promoted),
      ['web retargeted: is hydrated to the branch env/prod-next instead of env/prod'],
    ],
  ])('%s', async (_, base, head, wanted) => {
    expect(await told(base, head)).toEqual(wanted)
  })
})

describe('fields that nothing renders', () => {
  const root = (extra: string): Files => ({
    'apps.yaml': fluxKustomization('apps', './apps', extra),
    'apps/c.yaml': configMap('c'),
    'more/c.yaml': configMap('c'),
  })
  const release = (extra: string): Files => ({
    'rel.yaml': yaml`
      apiVersion: helm.toolkit.fluxcd.io/v2
      kind: HelmRelease
      metadata: {name: rel, namespace: apps}
      spec: {interval: 1h, chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system}}}, ${extra}}
    `,
    'chart/Chart.yaml': 'apiVersion: v2\nname: c\nversion: 1.0.0\n',
    'chart/templates/c.yaml': configMap('c'),
  })

  it.each<[string, Files, Files, readonly string[]]>([
    [
      'health checks and accounts',
      root(''),
      root('serviceAccountName: ops, healthCheckExprs: [{kind: X, current: "true"}], timeout: 5m'),
      [
        'apps definition: changes spec.healthCheckExprs, spec.serviceAccountName, spec.timeout of its definition',
      ],
    ],
    [
      'a source that holds the same',
      root(''),
      { ...root(''), 'apps.yaml': fluxKustomization('apps', './more') },
      ['apps definition: changes spec.path of its definition'],
    ],
    [
      'another release',
      release(''),
      release('releaseName: other'),
      ['rel retargeted: changes its release from rel to other: rel is uninstalled first'],
    ],
    [
      'another storage',
      release(''),
      release('storageNamespace: st'),
      [
        'rel retargeted: keeps its release in the namespace st instead of apps: it is uninstalled and installed anew',
      ],
    ],
  ])('%s', async (_, base, head, wanted) => {
    expect(await told(base, head)).toEqual(wanted)
  })
})

describe('Flux', () => {
  const flux = (apps: string | undefined): Files => ({
    'clusters/a/flux-system/gotk-sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/a')}`,
    ...(apps === undefined ? {} : { 'clusters/a/apps.yaml': apps }),
    'apps/c.yaml': configMap('c'),
  })
  const apps = (extra = ''): string => fluxKustomization('apps', './apps', extra)

  it.each<[string, Files, Files, readonly string[]]>([
    [
      'deleted',
      flux(apps()),
      flux(undefined),
      ['apps deleted: is deleted together with the 1 object that it deployed'],
    ],
    [
      'deleted without prune',
      flux(apps().replace('prune: true', 'prune: false')),
      flux(undefined),
      ['apps deleted: is deleted, and the 1 object that it deployed stays in the cluster: it does not prune'],
    ],
    [
      'deleted while suspended',
      flux(apps('suspend: true')),
      flux(undefined),
      ['apps deleted: is deleted, and the 1 object that it deployed stays in the cluster: it is suspended'],
    ],
    [
      'deleted below a parent that does not prune',
      withoutPrune(flux(apps())),
      withoutPrune(flux(undefined)),
      [
        'apps deleted: leaves the repository but stays in the cluster: flux-system, which applies it, does not prune',
      ],
    ],
    [
      'suspended',
      flux(apps()),
      flux(apps('suspend: true')),
      ['apps suspended: is suspended: its changes reach the cluster only when it is resumed'],
    ],
    [
      'resumed',
      flux(apps('suspend: true')),
      flux(apps()),
      ['apps resumed: is resumed: everything that changed while it was suspended is applied at once'],
    ],
    [
      'changed while suspended',
      flux(apps('suspend: true')),
      { ...flux(apps('suspend: true')), 'apps/c.yaml': configMap('c', 'a: "2"') },
      ['apps held-back: is suspended: what changes here reaches the cluster only when it is resumed'],
    ],
    [
      'its definition changed below a suspended parent',
      suspendedRoot(flux(apps())),
      suspendedRoot(flux(apps('commonMetadata: {labels: {a: b}}'))),
      [
        'apps held-back: is applied by flux-system, which is suspended: changes of its definition do nothing until that is resumed',
        'flux-system held-back: is suspended: what changes here reaches the cluster only when it is resumed',
      ],
    ],
    [
      'only its source changed below a suspended parent',
      suspendedRoot(flux(apps())),
      { ...suspendedRoot(flux(apps())), 'apps/c.yaml': configMap('c', 'a: "2"') },
      [],
    ],
    [
      'waits for another one',
      flux(apps()),
      flux(apps('dependsOn: [{name: infra}]')),
      ['apps dependencies: changes what it waits for: +flux-system/infra'],
    ],
  ])('%s', async (_, base, head, wanted) => {
    expect(await told(base, head)).toEqual(wanted)
  })

  function suspendedRoot(files: Files): Files {
    const path = 'clusters/a/flux-system/gotk-sync.yaml'
    return { ...files, [path]: textOf(files[path]).replace('prune: true', 'prune: true, suspend: true') }
  }

  /** The bootstrap's own Kustomization keeps what is gone. */
  function withoutPrune(files: Files): Files {
    const path = 'clusters/a/flux-system/gotk-sync.yaml'
    return { ...files, [path]: textOf(files[path]).replace('prune: true', 'prune: false') }
  }
})
