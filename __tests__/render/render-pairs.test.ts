import { afterAll, describe, expect, it } from 'vitest'
import { discover } from '../../src/discover/discover.ts'
import { covers } from '../../src/model/target.ts'
import { renderPairs, type RenderedPairs } from '../../src/render/render-pairs.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { shippedEngines } from '../check/harness.ts'
import {
  application,
  chart,
  configMap,
  configurationOf,
  deployment,
  fluxKustomization,
  gitRepository,
  objectsOf,
  renderAll,
  renderFiles,
  self,
  yaml,
  type Files,
} from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const bootstrap = (cluster: string): Files => ({
  [`clusters/${cluster}/flux-system/gotk-sync.yaml`]: `${gitRepository}---\n${fluxKustomization('flux-system', `./clusters/${cluster}`)}`,
})
const helmRelease = (chartPath: string, spec = ''): string => yaml`
  apiVersion: helm.toolkit.fluxcd.io/v2
  kind: HelmRelease
  metadata: {name: web, namespace: web}
  spec:
    interval: 1h
    chart: {spec: {chart: ${chartPath}, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}
    ${spec}
`
const showing = (...values: readonly string[]): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: {{ .Release.Name }}}\ndata:\n${values.map((value) => `  ${value}\n`).join('')}`

/** One tree; for some targets all that they render. */
const cases: readonly {
  name: string
  files: Files
  renders: Readonly<Record<string, readonly string[]>>
  /** Ids of all targets, when they matter. */
  targets?: readonly string[]
}[] = [
  {
    name: 'a kustomization',
    files: {
      'app/kustomization.yaml': 'namespace: web\nresources: [a.yaml, ns.yaml]\n',
      'app/a.yaml': configMap('a'),
      'app/ns.yaml': 'apiVersion: v1\nkind: Namespace\nmetadata: {name: web}\n',
    },
    renders: { 'kustomize/app': ['Namespace /web', 'ConfigMap web/a'] },
  },
  {
    name: 'a List and a generated name in a plain folder',
    files: {
      'p/list.yaml': `apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}]\n`,
      'p/job.yaml': 'apiVersion: batch/v1\nkind: Job\nmetadata: {generateName: run-}\n',
    },
    renders: { 'plain/p': ['Job /run-*', 'ConfigMap /a'] },
  },
  {
    name: 'a forgotten name in a plain folder, and a file that only looks like an object',
    files: {
      'p/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {labels: {a: b}}\n',
      'p/kubeconfig.yaml': 'apiVersion: v1\nkind: Config\nclusters: []\n',
    },
    renders: { 'plain/p': ['ConfigMap /'] },
  },
  {
    name: 'an app of apps: children of the rendered form',
    files: {
      'root.yaml': application('root', 'apps'),
      'apps/kustomization.yaml': 'resources: [one.yaml]\npatches: [{path: patch.yaml}]\n',
      'apps/one.yaml': application('one', 'never'),
      'apps/patch.yaml': `apiVersion: argoproj.io/v1alpha1\nkind: Application\nmetadata: {name: one, namespace: argocd}\nspec: {source: {path: real}}\n`,
      'real/a.yaml': configMap('a'),
    },
    renders: { 'argocd/argocd/one': ['ConfigMap one/a'], 'plain/.': ['Application argocd/root'] },
    targets: ['argocd/argocd/one', 'argocd/argocd/root', 'plain/.'],
  },
  {
    name: 'a chart of Applications, deployed by nobody',
    files: {
      ...chart(
        'apps',
        {
          'apps.yaml': `{{- range .Values.apps }}\n---\n${application('{{ . }}', 'src/{{ . }}')}{{- end }}\n`,
        },
        'apps: [one, two]\n',
      ),
      'src/one/a.yaml': configMap('a'),
      'src/two/kustomization.yaml': 'resources: [a.yaml]\n',
      'src/two/a.yaml': configMap('a'),
    },
    renders: { 'argocd/argocd/one': ['ConfigMap one/a'], 'argocd/argocd/two': ['ConfigMap two/a'] },
    targets: ['argocd/argocd/one', 'argocd/argocd/two', 'helm/apps/default'],
  },
  {
    name: 'a child of a child, and a kustomization that only children deploy',
    files: {
      'a.yaml': application('a', 'level1'),
      'level1/b.yaml': application('b', 'level2'),
      'level2/c.yaml': application('c', 'level3'),
      'level3/kustomization.yaml': 'resources: [x.yaml]\n',
      'level3/x.yaml': configMap('x'),
    },
    renders: { 'argocd/argocd/c': ['ConfigMap c/x'] },
    targets: ['argocd/argocd/a', 'argocd/argocd/b', 'argocd/argocd/c', 'plain/.'],
  },
  {
    name: 'a circle of Applications ends',
    files: { 'a/b.yaml': application('b', 'b'), 'b/a.yaml': application('a', 'a') },
    renders: { 'argocd/argocd/a': ['Application argocd/b'], 'argocd/argocd/b': ['Application argocd/a'] },
    targets: ['argocd/argocd/a', 'argocd/argocd/b'],
  },
  {
    name: 'a parent that does not render: its definitions as they are written',
    files: {
      'k/kustomization.yaml': 'resources: [one.yaml, "https://git.example/other//x?ref=v1"]\n',
      'k/one.yaml': application('one', 'src'),
      'src/a.yaml': configMap('a'),
    },
    renders: { 'argocd/argocd/one': ['ConfigMap one/a'] },
    targets: ['argocd/argocd/one', 'kustomize/k'],
  },
  {
    name: 'Flux: two levels, variables of a ConfigMap beside the Kustomization',
    files: {
      ...bootstrap('eu'),
      'clusters/eu/vars.yaml': yaml`
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: vars, namespace: flux-system}
        data: {TENANT: blue}
      `,
      'clusters/eu/apps.yaml': fluxKustomization(
        'apps',
        './apps',
        'targetNamespace: web, postBuild: {substituteFrom: [{kind: ConfigMap, name: vars}], substitute: {N: "2"}}',
      ),
      'apps/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "${TENANT}-${N}-${D:=x}"}\n',
    },
    renders: { 'flux/eu/flux-system/apps': ['ConfigMap web/blue-2-x'] },
    targets: ['flux/eu/flux-system/apps', 'flux/eu/flux-system/flux-system'],
  },
  {
    name: 'Flux: the path itself is a variable of the parent',
    files: {
      ...bootstrap('eu'),
      'clusters/eu/infra.yaml': fluxKustomization(
        'infra',
        './infra',
        'postBuild: {substitute: {STAGE: prod}}',
      ),
      'infra/app.yaml': fluxKustomization('app', '"./apps/${STAGE}"'),
      'apps/prod/a.yaml': configMap('a'),
    },
    renders: { 'flux/eu/flux-system/app': ['ConfigMap /a'] },
  },
  {
    name: 'Flux: variables that only the cluster has',
    files: {
      ...bootstrap('eu'),
      'clusters/eu/apps.yaml': fluxKustomization(
        'apps',
        './apps',
        'postBuild: {substituteFrom: [{kind: Secret, name: hidden}]}',
      ),
      'apps/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "a-${TENANT}"}\n',
    },
    renders: { 'flux/eu/flux-system/apps': ['ConfigMap /a-unknown-tenant'] },
  },
  {
    name: 'Flux: a HelmRelease with a chart of this repository, patched on the way',
    files: {
      ...bootstrap('eu'),
      'clusters/eu/web.yaml': fluxKustomization('web', './web'),
      'web/kustomization.yaml': 'resources: [release.yaml]\nnamePrefix: blue-\n',
      'web/release.yaml': helmRelease('./charts/web'),
      ...chart('charts/web', { 'a.yaml': showing('x: y') }),
    },
    renders: { 'flux/eu/web/blue-web': ['ConfigMap web/blue-web'] },
    targets: ['flux/eu/flux-system/flux-system', 'flux/eu/flux-system/web', 'flux/eu/web/blue-web'],
  },
  {
    name: 'Flux: an artifact made of folders of this repository',
    files: {
      'clusters/eu/artifacts.yaml': yaml`
        apiVersion: source.extensions.fluxcd.io/v1beta1
        kind: ArtifactGenerator
        metadata: {name: all, namespace: flux-system}
        spec:
          sources: [{alias: repo, kind: GitRepository, name: flux-system}]
          artifacts:
            - name: apps
              copy:
                - {from: "@repo/apps/base/**", to: "@artifact/base/"}
                - {from: "@repo/apps/eu/**", to: "@artifact/eu/"}
      `,
      'clusters/eu/apps.yaml': fluxKustomization('apps', './eu').replace(
        'kind: GitRepository, name: flux-system',
        'kind: ExternalArtifact, name: apps',
      ),
      'apps/base/kustomization.yaml': 'resources: [a.yaml]\n',
      'apps/base/a.yaml': configMap('a'),
      'apps/eu/kustomization.yaml': 'resources: [../base]\n',
    },
    renders: { 'flux/eu/flux-system/apps': ['ConfigMap /a'] },
  },
  {
    name: 'Argo CD: values of another source, parameters, the release name',
    files: {
      'app.yaml': yaml`
        apiVersion: argoproj.io/v1alpha1
        kind: Application
        metadata: {name: web, namespace: argocd}
        spec:
          project: default
          destination: {name: in-cluster, namespace: web}
          sources:
            - {repoURL: ${self}, ref: vals}
            - repoURL: ${self}
              path: chart
              helm: {releaseName: given, valueFiles: [$vals/env/*.yaml], parameters: [{name: c, value: "3"}]}
      `,
      ...chart('chart', { 'a.yaml': showing('v: "{{ .Values.a }}{{ .Values.b }}{{ .Values.c }}"') }),
      'env/1.yaml': 'a: 1\nb: 1\n',
      'env/2.yaml': 'b: 2\n',
    },
    renders: { 'argocd/argocd/web': ['ConfigMap web/given'] },
  },
  {
    name: 'refusals of Argo CD are failures, remote sources are not looked at',
    files: {
      'apps/a.yaml': application('missing', 'nowhere'),
      'apps/b.yaml': application('climbs', '../x'),
      'apps/c.yaml': application('two', 'src', 'helm: {releaseName: x}, kustomize: {namePrefix: y-}'),
      'apps/d.yaml': application('chart', 'x').replace(
        `repoURL: ${self}.git, path: x`,
        'repoURL: "https://charts.example", chart: redis, targetRevision: 1.2.3',
      ),
      'apps/e.yaml': application('values', 'src', 'helm: {valueFiles: [../../x.yaml]}'),
      'src/a.yaml': configMap('a'),
    },
    renders: {
      'argocd/argocd/missing': ['failed: nowhere: app path does not exist'],
      'argocd/argocd/climbs': ['failed: ../x: app path outside root'],
      'argocd/argocd/two': ['failed: multiple application sources defined: Kustomize,Helm'],
      'argocd/argocd/chart': [
        'remote-source: Application argocd/chart (apps/d.yaml, line 1) deploys chart redis 1.2.3 from https://charts.example, which is not in this repository; nothing is fetched until remote.allow names its host',
      ],
      'argocd/argocd/values': [
        "failed: error resolving value file path: file '../../x.yaml' resolved to outside repository root",
      ],
    },
  },
]

describe('what comes of it', () => {
  it.each(cases)('$name', async ({ files, renders, targets }) => {
    const rendered = await renderAll(files, engines)
    for (const [id, objects] of Object.entries(renders))
      expect([id, ...objectsOf(rendered, id)]).toEqual([id, ...objects])
    if (targets !== undefined) expect(rendered.targets.head.map(({ id }) => id)).toEqual(targets)
    expect(unexpectedReads(rendered)).toEqual([])
  })
})

/** Paths that a render read and its target had not declared. */
function unexpectedReads(rendered: RenderedPairs): readonly string[] {
  return rendered.pairs.flatMap(({ id, head }) =>
    head === undefined || head.state === 'not-rendered'
      ? []
      : head.read
          .filter((path) => !covers(head.target.inputs, path))
          // A directory that was only looked at tells nothing that its files do not tell.
          .filter(
            (path) => !head.target.inputs.files.some((file) => file.startsWith(`${path}/`)) && path !== '',
          )
          .map((path) => `${id}: ${path}`),
  )
}

describe('what a change touches, definitions inside definitions included', () => {
  const fleet: Files = {
    'root.yaml': application('root', 'apps'),
    'apps/one.yaml': application('one', 'one'),
    'apps/two.yaml': application('two', 'two'),
    'one/a.yaml': configMap('a'),
    'two/a.yaml': configMap('a'),
    'alone/a.yaml': configMap('a'),
  }
  const touched = async (head: Files): Promise<Readonly<Record<string, readonly string[]>>> => {
    const { affected } = await renderFiles(fleet, head, engines)
    return Object.fromEntries(affected.map(({ id, because }) => [id, because]))
  }

  it('a file of a child, whose parent did not change', async () => {
    expect(await touched({ ...fleet, 'one/a.yaml': configMap('b') })).toEqual({
      'argocd/argocd/one': ['inputs'],
    })
  })
  it('a child that goes', async () => {
    const { 'apps/two.yaml': gone, ...rest } = fleet
    expect(gone).toBeDefined()
    // Its folder is there as before: nothing came with it, whoever may deploy it from now on.
    expect(await touched(rest)).toEqual({
      'argocd/argocd/root': ['definition', 'inputs'],
      'argocd/argocd/two': ['deleted', 'parent'],
    })
  })
  it('a child that is defined otherwise', async () => {
    expect(await touched({ ...fleet, 'apps/two.yaml': application('two', 'one') })).toMatchObject({
      'argocd/argocd/root': ['inputs'],
      'argocd/argocd/two': ['definition', 'parent'],
    })
  })
  it('nothing', async () => {
    expect(await touched({ ...fleet, 'README.md': 'x' })).toEqual({})
  })
  it('one target by its id, whoever defines it', async () => {
    const tree = memoryTree(fleet)
    const configuration = await configurationOf(tree)
    const found = await discover(tree, configuration, engines)
    const { pairs } = await renderPairs({
      touched: [{ id: 'argocd/argocd/two', because: ['definition'] }],
      before: found,
      after: found,
      base: tree,
      head: tree,
      changed: [],
      configuration,
      engines,
      onProgress: () => undefined,
    })
    expect(pairs.map(({ id }) => id)).toEqual(['argocd/argocd/two'])
    expect(pairs[0]?.head?.state).toBe('rendered')
  })
  it('a release that exists renders as an upgrade, a new one as an install', async () => {
    const files = (name: string): Files => ({
      ...bootstrap('eu'),
      'clusters/eu/web.yaml': helmRelease('./chart').replace('name: web,', `name: ${name},`),
      ...chart('chart', { 'a.yaml': showing('up: "{{ .Release.IsUpgrade }}"', 'x: "{{ .Values.a }}"') }),
    })
    const data = ({ pairs }: RenderedPairs, id: string) => {
      const head = pairs.find((pair) => pair.id === id)?.head
      return head?.state === 'rendered' ? head.objects[0]?.object['data'] : head
    }
    const updated = await renderFiles(
      files('web'),
      { ...files('web'), 'chart/values.yaml': 'a: 2\n' },
      engines,
    )
    expect(data(updated, 'flux/eu/web/web')).toEqual({ up: 'true', x: '2' })
    const renamed = await renderFiles(files('web'), files('new'), engines)
    expect(data(renamed, 'flux/eu/web/new')).toEqual({ up: 'false', x: '1' })
  })
  it.each([
    ['install', 'rendered', 'failed'],
    ['upgrade', 'failed', 'rendered'],
  ])('validation of values that is off for an %s alone', async (action, installed, upgraded) => {
    const files = (values: string): Files => ({
      ...bootstrap('eu'),
      'clusters/eu/web.yaml': helmRelease('./chart', `${action}: {disableSchemaValidation: true}`),
      ...chart('chart', { 'a.yaml': showing('x: "{{ .Values.a }}"') }, values),
      'chart/values.schema.json': '{"required": ["port"]}',
    })
    const state = ({ pairs }: RenderedPairs): string | undefined =>
      pairs.find(({ id }) => id === 'flux/eu/web/web')?.head?.state
    expect(state(await renderFiles({}, files('a: 1\n'), engines))).toBe(installed)
    expect(state(await renderFiles(files('a: 1\n'), files('a: 2\n'), engines))).toBe(upgraded)
  })
})

describe('a repository under a URL that nobody configured', () => {
  const named = (url: string, path: string): Files => ({
    'app.yaml': application('web', path).replace(`${self}.git`, url),
    'apps/web/a.yaml': configMap('a'),
  })
  it('is this one when its paths exist here, and says so', async () => {
    const rendered = await renderAll(named('https://other.example/x', 'apps/web'), engines)
    expect(objectsOf(rendered, 'argocd/argocd/web')).toEqual(['ConfigMap web/a'])
    expect(rendered.notices).toEqual([expect.stringContaining('https://other.example/x')])
  })
  it('is another one when they do not', async () => {
    const rendered = await renderAll(named('https://other.example/x', 'apps/nowhere'), engines)
    expect(objectsOf(rendered, 'argocd/argocd/web')[0]).toMatch(/^remote-source: /)
    expect(rendered.notices).toEqual([])
  })
  it('is another one when definitions name a known URL', async () => {
    const files = {
      ...named('https://other.example/x', 'apps/web'),
      'own.yaml': application('own', 'apps/web'),
    }
    const rendered = await renderAll(files, engines)
    expect(objectsOf(rendered, 'argocd/argocd/web')[0]).toMatch(/^remote-source: /)
    expect(objectsOf(rendered, 'argocd/argocd/own')).toEqual(['ConfigMap own/a'])
  })
})

/** Hostile sources (threats.md B): each ends in a failure or in "could not check", and nothing outside is read. */
describe('what must be refused', () => {
  const refused: readonly { name: string; files: Files; says: RegExp }[] = [
    {
      name: 'a resource above the repository',
      files: { 'k/kustomization.yaml': 'resources: [../../etc/x.yaml]\n' },
      says: /^failed: .*outside/,
    },
    {
      name: 'a link out of the repository',
      files: { 'k/kustomization.yaml': 'resources: [a.yaml]\n', 'k/a.yaml': { symlink: '../../etc/passwd' } },
      says: /^failed: /,
    },
    {
      name: 'a submodule',
      files: { 'k/kustomization.yaml': 'resources: [sub]\n', 'k/sub': { submodule: 'a'.repeat(40) } },
      says: /^submodule: /,
    },
    {
      name: 'an LFS pointer',
      files: {
        'k/kustomization.yaml': 'resources: [a.yaml]\n',
        'k/a.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n',
      },
      says: /^lfs-pointer: /,
    },
    {
      name: 'a remote base with a ref that starts with a dash',
      files: { 'k/kustomization.yaml': 'resources: ["https://git.example/a/b?ref=--upload-pack=x"]\n' },
      says: /^(remote-source|failed): /,
    },
    {
      name: "Helm's plugins by configHome",
      files: { 'k/kustomization.yaml': 'helmGlobals: {configHome: x}\nhelmCharts: [{name: c}]\n' },
      says: /^(plugin|failed): /,
    },
    {
      name: 'an exec function',
      files: {
        'k/kustomization.yaml': 'transformers: [t.yaml]\n',
        'k/t.yaml':
          'apiVersion: x/v1\nkind: X\nmetadata: {name: t, annotations: {config.kubernetes.io/function: "exec: {path: ./run.sh}"}}\n',
      },
      says: /^(plugin|failed): /,
    },
  ]
  it.each(refused)('$name', async ({ files, says }) => {
    const rendered = await renderAll(
      { ...files, 'good/kustomization.yaml': 'resources: [a.yaml]\n', 'good/a.yaml': configMap('a') },
      engines,
    )
    expect(objectsOf(rendered, 'kustomize/k').join('\n')).toMatch(says)
    expect(objectsOf(rendered, 'kustomize/good')).toEqual(['ConfigMap /a'])
  })

  it('a chart link that leaves the repository', async () => {
    const rendered = await renderAll(
      { ...chart('c', {}), 'c/templates/x.yaml': { symlink: '../../../etc/passwd' } },
      engines,
    )
    expect(objectsOf(rendered, 'helm/c/default')[0]).toMatch(/^failed: /)
  })
  it('names the template and its line', async () => {
    const rendered = await renderAll(chart('c', { 'a.yaml': 'a: 1\nb: {{ fail "no" }}\n' }), engines)
    const head = rendered.pairs[0]?.head
    expect(head?.state === 'failed' ? head.failure.location : head).toEqual({
      file: 'c/templates/a.yaml',
      line: 2,
    })
  })
  it('random values are the same on both sides, and said', async () => {
    const files = (text: string) => chart('c', { 'a.yaml': showing('r: {{ randAlphaNum 8 }}', `x: ${text}`) })
    const rendered = await renderFiles(files('a'), files('b'), engines)
    const { base, head } = rendered.pairs[0] ?? {}
    const random = (side: typeof base) =>
      side?.state === 'rendered' ? (side.objects[0]?.object['data'] as { r: string }).r : side
    expect(random(head)).toBe(random(base))
    expect(head?.state === 'rendered' ? head.warnings.join() : head).toMatch(/random/)
  })
  it('deployments stay whole', async () => {
    const rendered = await renderAll({ 'p/d.yaml': deployment('web') }, engines)
    expect(objectsOf(rendered, 'plain/p')).toEqual(['Deployment /web'])
  })
})
