/**
 * A second set of cases written by hand from the rules and from upstream's documentation, and the differences that it
 * found: the wanted values are what Argo CD's and Flux's own code said.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { generateApplications } from '../../src/discover/argocd/application-set.ts'
import { field } from '../../src/discover/fields.ts'
import { compileSourceIgnore } from '../../src/discover/flux/source-ignore.ts'
import { repositoryOf } from '../../src/discover/repository.ts'
import type { JsonObject } from '../../src/model/json.ts'
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
  objectIn,
  objectsOf,
  renderAll,
  self,
  valueIn,
  yaml,
  type Files,
} from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const inArgo = async (files: Files): Promise<readonly string[]> =>
  objectsOf(await renderAll(files, engines), 'argocd/argocd/web').map((name) =>
    name.replace('ConfigMap web/', ''),
  )

describe('Argo CD: directories', () => {
  const folder = {
    'web/a.yaml': configMap('a'),
    'web/b.yml': configMap('b'),
    'web/^x.yaml': configMap('caret'),
  }
  it.each<[string, readonly string[]]>([
    ["include: '[!a]*'", ['b', 'caret']],
    // gobwas knows only the exclamation mark: this is a caret or an a.
    ["include: '[^a]*'", ['a', 'caret']],
    ["include: '{a,^x}.yaml'", ['a', 'caret']],
  ])('%s', async (options, wanted) => {
    const files = { ...folder, 'app.yaml': application('web', 'web', `directory: {${options}}`) }
    expect([...(await inArgo(files))].sort()).toEqual(wanted)
  })

  const jsonnet = {
    'web/main.jsonnet':
      "local l = import 'l.libsonnet'; {apiVersion: 'v1', kind: 'ConfigMap', metadata: {name: l.name}}",
    'lib/l.libsonnet': "{name: 'from-lib'}",
  }
  it.each<[string, Files, readonly string[]]>([
    ['libs: [lib]', jsonnet, ['from-lib']],
    ['libs: [/lib]', jsonnet, ['from-lib']],
    ['libs: [../lib]', jsonnet, ["failed: file '../lib' resolved to outside repository root"]],
    [
      'libs: []',
      { 'web/main.jsonnet': "{a: {apiVersion: 'v1', kind: 'ConfigMap'}}" },
      [expect.stringContaining("Object 'Kind' is missing in") as string],
    ],
    ['libs: []', { 'web/main.jsonnet': "['text']" }, [expect.stringContaining('no object') as string]],
    ['libs: []', { 'web/main.jsonnet': '[null]' }, []],
  ])('jsonnet: %s', async (options, sources, wanted) => {
    const files = { ...sources, 'app.yaml': application('web', 'web', `directory: {jsonnet: {${options}}}`) }
    expect(await inArgo(files)).toEqual(wanted)
  })
})

describe('Argo CD: Helm', () => {
  const values = chart('web', {
    'c.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {v: {{ .Values | toJson | quote }}}\n',
  })
  const files: Files = {
    ...values,
    'web/env/z.yaml': 'a: z\n',
    'web/env/deep/b.yaml': 'a: deep\n',
    'common/a,b.yaml': 'a: never\n',
  }
  const json = async (options: string, more: Files = {}): Promise<unknown> => {
    const all = { ...files, ...more, 'app.yaml': application('web', 'web', `helm: {${options}}`) }
    return valueIn(objectIn(await renderAll(all, engines), 'argocd/argocd/web', 'ConfigMap'), 'data', 'v')
  }
  it.each<[string, unknown]>([
    // What is deeper comes after what is above it, and wins.
    ['valueFiles: ["env/**/*.yaml"]', '{"a":"deep"}'],
    ['valueFiles: ["env/**/*.yaml", env/z.yaml]', '{"a":"z"}'],
    // A folder matches, and Helm cannot read it.
    ['valueFiles: ["env/*"]', expect.stringContaining('env/deep')],
    // Helm's flag takes several files, parted by commas; the second one is seen from the chart.
    ['valueFiles: ["env/z.yaml,env/deep/b.yaml"]', '{"a":"deep"}'],
    ['valueFiles: [/common/a,b.yaml]', expect.stringContaining('does not exist')],
    // YAML's numbers and truths are texts where the type wants one.
    ['parameters: [{name: a, value: 3}, {name: b, value: true}]', '{"a":3,"b":true}'],
    ['parameters: [{name: a, value: 3, forceString: true}]', '{"a":"3"}'],
  ])('%s', async (options, wanted) => {
    expect(await json(options)).toEqual(wanted)
  })
  it.each(['$ARGOCD_APP_NAME.yaml', '$ARGOCD_APP_NAME/v.yaml', '$other/v.yaml'])(
    'between several sources %s is a reference and no variable',
    async (file) => {
      const source = `repoURL: ${self}.git, path: web`
      const app = application('web', 'web').replace(
        /source: .*/,
        `sources: [{${source}, helm: {valueFiles: ["${file}"]}}, {repoURL: ${self}.git, ref: vals}]`,
      )
      const tree = { ...files, 'app.yaml': app, 'web/web.yaml': 'a: w\n', 'web/web/v.yaml': 'a: w\n' }
      expect(await inArgo(tree)).toEqual([
        `failed: source referenced "${file.split('/')[0] ?? ''}", which is not one of the available sources ($vals)`,
      ])
    },
  )
  it.each<[string, string, unknown]>([
    ['nothing', '', 'web/.argocd-source-web.yaml: Invalid JSON Patch'],
    ['a list', '- a\n', expect.stringContaining('cannot unmarshal into Go value')],
    ['options', 'helm: {parameters: [{name: a, value: "2"}]}\n', '{"a":2}'],
  ])('an override that holds %s', async (_, text, wanted) => {
    expect(await json('valueFiles: []', { 'web/.argocd-source-web.yaml': text })).toEqual(wanted)
  })
  it('a template that makes something without a kind', async () => {
    const text = { 'web/templates/x.yaml': 'just: text\n' }
    expect(await json('valueFiles: []', text)).toContain(`Object 'Kind' is missing in '{"just":"text"}'`)
  })
})

it('Argo CD: a version of kustomize is told, because a server may not know it', async () => {
  const { pairs } = await renderAll(
    {
      'web/kustomization.yaml': 'resources: [c.yaml]\n',
      'web/c.yaml': configMap('c'),
      'app.yaml': application('web', 'web', 'kustomize: {version: v4.5.7}'),
    },
    engines,
  )
  const head = pairs.find(({ id }) => id === 'argocd/argocd/web')?.head
  expect(head?.state === 'rendered' && head.warnings).toEqual([expect.stringContaining('kustomize v4.5.7')])
})

describe('Argo CD: ApplicationSets', () => {
  const ground = { 'apps/a/x': 'x', 'apps/b/x': 'x', 'cfg/a.yaml': 'name: one\n' }
  const git = 'repoURL: "https://git.example/acme/fleet", revision: HEAD'
  async function generated(generator: string, more = ''): Promise<readonly JsonObject[] | string> {
    const set = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set, namespace: argocd}
spec:
  goTemplate: true
  generators: [${generator}]
  ${more}
  template:
    metadata: {name: '{{ if hasKey . "path" }}{{ .path.basename }}{{ else }}x{{ end }}', annotations: {v: '{{ .values | toJson }}'}}
    spec: {project: default, nonsense: 1, source: {repoURL: r, path: p}, destination: {server: s, namespace: y}}
`
    const tree = memoryTree({ ...ground, 'set.yaml': set })
    const repository = await repositoryOf(tree, await configurationOf(tree), engines)
    const [found] = repository.written
    if (found === undefined) throw new Error('no set')
    const { applications, error } = await generateApplications(found, repository)
    return error ?? applications.map(({ object }) => object)
  }
  it('path.Match turns a class round with a caret only', async () => {
    const names = async (path: string): Promise<unknown> => {
      const made = await generated(`{git: {${git}, directories: [{path: "${path}"}]}}`)
      return typeof made === 'string' ? made : made.map((object) => field(object, 'metadata', 'name'))
    }
    expect([await names('apps/[!a]'), await names('apps/[^a]')]).toEqual([['a'], ['b']])
  })
  it('keys of values are no templates', async () => {
    const made = await generated(
      `{git: {${git}, files: [{path: cfg/a.yaml}], values: {"{{ .name }}": "{{ .name }}"}}}`,
    )
    expect(valueIn(made[0] ?? '', 'metadata', 'annotations', 'v')).toBe('{"{{ .name }}":"one"}')
  })
  const one = '{list: {elements: [{values: {k: v}}]}}'
  it.each<[string, string | Record<string, unknown>]>([
    ['{kind: Other, apiVersion: v9, status: {health: {}}}', { kind: 'Application', status: undefined }],
    ['{spec: {nonsense: {}, source: {nonsense: 1, ref: x}}}', { spec: { ref: 'x' } }],
    [
      '{metadata: {labels: {l: 1}}}',
      'cannot unmarshal number into Go struct field metadata.labels.l of type string',
    ],
    ['{spec: {revisionHistoryLimit: "ten"}}', 'cannot unmarshal string'],
    ['{spec: {source: {helm: {parameters: text}}}}', 'cannot unmarshal string'],
  ])('templatePatch %s', async (patch, wanted) => {
    const made = await generated(one, `templatePatch: '${patch}'`)
    if (typeof wanted === 'string') {
      expect(made).toContain(wanted)
      return
    }
    const object = typeof made === 'string' ? undefined : made[0]
    const { spec } = wanted
    if (spec === undefined) expect({ kind: object?.['kind'], status: object?.['status'] }).toEqual(wanted)
    else
      expect(object?.['spec']).toEqual({
        project: 'default',
        source: { repoURL: 'r', path: 'p', ...(spec as object) },
        destination: { server: 's', namespace: 'true' },
      })
  })
})

describe('Flux: Kustomizations', () => {
  const rendered = async (files: Files, extra = '', kind = 'ConfigMap'): Promise<JsonObject | string> => {
    const all = {
      'clusters/prod/flux.yaml': `${gitRepository}---\n${fluxKustomization('web', './web', extra)}`,
      ...files,
    }
    return objectIn(await renderAll(all, engines), 'flux/prod/flux-system/web', kind)
  }
  it('fields that kustomize does not know are dropped, numbers are texts where one belongs', async () => {
    const files = {
      'web/kustomization.yaml':
        'resource: [typo]\nresources: [d.yaml]\nnamespace: 5\nimages: [{name: nginx, newTag: 1.20, tag: x}]\n',
      'web/d.yaml': deployment('d'),
    }
    const object = await rendered(files, '', 'Deployment')
    expect([
      valueIn(object, 'metadata', 'namespace'),
      field(valueIn(object, 'spec', 'template', 'spec'), 'containers'),
    ]).toEqual(['5', [expect.objectContaining({ image: 'nginx:1.2' }), expect.anything()]])
  })
  it('a field of another type is refused', async () => {
    const files = {
      'web/kustomization.yaml': 'resources: [c.yaml]\nimages: nginx\n',
      'web/c.yaml': configMap('c'),
    }
    expect(await rendered(files)).toContain('cannot unmarshal string into Go struct field images')
  })
  it.each(['resources: [c.yaml]\n\tnamePrefix: x\n', '- c.yaml\n'])(
    'edits over %j do not hide that it cannot be read',
    async (text) => {
      const files = { 'web/kustomization.yaml': text, 'web/c.yaml': configMap('c') }
      const wanted = text.startsWith('-') ? 'no map of keys and values' : 'cannot start any token'
      expect(await rendered(files, 'namePrefix: p-')).toContain(wanted)
      const app = { ...files, 'app.yaml': application('web', 'web', 'kustomize: {namePrefix: p-}') }
      expect(await inArgo(app)).toEqual([expect.stringContaining('failed: ')])
    },
  )
  it('a kustomization without resources marks origins', async () => {
    const only = { 'web/kustomization.yaml': 'configMapGenerator: [{name: g, literals: [a=1]}]\n' }
    expect(valueIn(await rendered(only), 'metadata', 'annotations')).toEqual({
      'config.kubernetes.io/origin':
        'configuredIn: kustomization.yaml\nconfiguredBy:\n  apiVersion: builtin\n  kind: ConfigMapGenerator\n',
    })
  })
  it('the label of the program that manages has a version only where a release of kustomize builds', async () => {
    const files = {
      'web/kustomization.yaml': 'resources: [c.yaml]\nbuildMetadata: [managedByLabel]\n',
      'web/c.yaml': configMap('c'),
    }
    const label = ['metadata', 'labels', 'app.kubernetes.io/managed-by'] as const
    expect(valueIn(await rendered(files), ...label)).toBe('kustomize-(devel)')
    const argo = await renderAll({ ...files, 'app.yaml': application('web', 'web') }, engines)
    expect(valueIn(objectIn(argo, 'argocd/argocd/web', 'ConfigMap'), ...label)).toBe('kustomize-v5.8.1')
  })
  it('an empty kustomization is nothing', async () => {
    const files = { 'web/kustomization.yaml': '# nothing yet\n', 'web/c.yaml': configMap('c') }
    expect(await rendered(files)).toBe('no such object')
  })
  it('common metadata takes what YAML reads as a truth', async () => {
    const object = await rendered({ 'web/c.yaml': configMap('c') }, 'commonMetadata: {labels: {x: y}}')
    expect(valueIn(object, 'metadata', 'labels', 'x')).toBe('true')
  })
  it.each<[string, string, boolean]>([
    ['docs/keep.yaml', '/docs/\n!/docs/keep.yaml\n', false],
    ['docs/other.yaml', '/docs/\n!/docs/keep.yaml\n', true],
    ['.github/keep.yaml', '!/.github/keep.yaml\n', false],
    ['a/b/c.yaml', '**/b/\n', true],
    ['a/b/c.yaml', '/b/\n', false],
    ['a/b/c.yaml', '/a/**\n', true],
    ['a/b', 'b/\n', false],
    ['images.png/a.yaml', '', true],
  ])('%s under %j', (path, text, wanted) => {
    expect(compileSourceIgnore([{ base: '', text }])(path)).toBe(wanted)
  })
})

describe('Argo CD: definitions that several Applications deploy', () => {
  const child = yaml`
    apiVersion: argoproj.io/v1alpha1
    kind: Application
    metadata: {name: child, namespace: argocd}
    spec: {project: default, source: {repoURL: "https://charts.example", chart: c, targetRevision: 1.0.0}, destination: {namespace: x}}
  `
  const ids = async (files: Files): Promise<readonly string[]> =>
    (await renderAll(files, engines)).targets.head
      .map(({ id }) => id)
      .filter((id) => id.startsWith('argocd/'))
  it('one whose chart is not here is one application', async () => {
    const files = {
      'apps/child.yaml': child,
      'root/one.yaml': application('one', 'apps'),
      'root/two.yaml': application('two', 'apps'),
    }
    expect([...(await ids(files))].sort()).toEqual([
      'argocd/argocd/child',
      'argocd/argocd/one',
      'argocd/argocd/two',
    ])
  })
  it('a set whose Applications deploy the set makes each of them once', async () => {
    const names = Array.from({ length: 30 }, (_, i) => `a${i}`)
    const files = {
      'apps/child.yaml': child,
      'apps/set.yaml': yaml`
        apiVersion: argoproj.io/v1alpha1
        kind: ApplicationSet
        metadata: {name: set, namespace: argocd}
        spec:
          goTemplate: true
          generators: [{list: {elements: [${names.map((name) => `{name: ${name}}`).join(', ')}]}}]
          template:
            metadata: {name: "{{ .name }}"}
            spec: {project: default, source: {repoURL: ${self}.git, path: apps}, destination: {namespace: x}}
      `,
    }
    expect([...(await ids(files))].sort()).toEqual(
      ['child', ...names].map((name) => `argocd/argocd/${name}`).sort(),
    )
  })
})

describe('Flux: HelmReleases', () => {
  const release = (extra: string, version = 'v2'): string => yaml`
    apiVersion: helm.toolkit.fluxcd.io/${version}
    kind: HelmRelease
    metadata: {name: web, namespace: apps}
    spec: {interval: 1h, chart: {spec: {chart: ./chart, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}${extra}}
  `
  const rendered = async (template: string, extra = '', version?: string): Promise<JsonObject | string> => {
    const files = {
      'clusters/prod/flux.yaml': `${gitRepository}---\n${release(extra, version)}`,
      ...chart('chart', { 'c.yaml': template }),
    }
    return objectIn(await renderAll(files, engines), 'flux/prod/apps/web', 'ConfigMap')
  }
  const odd =
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {v: {{ .Values.none }}, on: yes, n: "1"}\n'
  it.each(['', ', postRenderStrategy: separate', ', postRenderStrategy: nohooks'])(
    'a post-renderer reads YAML 1.2, and nothing in braces is an empty text%s',
    async (extra) => {
      expect(valueIn(await rendered(odd, extra), 'data')).toEqual({ v: '', on: 'yes', n: '1' })
    },
  )
  it('hooks that no post-renderer sees are read as ever', async () => {
    const hook = odd.replace('{name: c}', '{name: c, annotations: {helm.sh/hook: post-install}}')
    expect(valueIn(await rendered(hook, ', postRenderStrategy: nohooks'), 'data')).toEqual({
      v: null,
      true: true,
      false: '1',
    })
  })
  it('v2 has no strategic merge patches', async () => {
    const patch =
      ', postRenderers: [{kustomize: {patchesStrategicMerge: [{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {x: z}}]}}]'
    const plain = configMap('c')
    expect(valueIn(await rendered(plain, patch), 'data')).toEqual({ a: '1' })
    expect(valueIn(await rendered(plain, patch, 'v2beta2'), 'data')).toEqual({ a: '1', x: 'z' })
  })
  it('a library chart is installed as nothing, where the command line refuses it', async () => {
    const library = {
      ...chart('chart', { 'c.yaml': configMap('c') }),
      'chart/Chart.yaml': 'apiVersion: v2\nname: chart\nversion: 1.0.0\ntype: library\n',
    }
    const flux = { ...library, 'clusters/prod/flux.yaml': `${gitRepository}---\n${release('')}` }
    expect(objectsOf(await renderAll(flux, engines), 'flux/prod/apps/web')).toEqual([])
    const argo = { ...library, 'app.yaml': application('web', 'chart') }
    expect(await inArgo(argo)).toEqual(['failed: library charts are not installable'])
  })
})
