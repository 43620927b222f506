/**
 * One test for each class of difference that the differential run against Argo CD's and Flux's own code found
 * (`npm run bench -- fidelity`): the wanted values are what their code printed.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { generateApplications } from '../../src/discover/argocd/application-set.ts'
import { textAt } from '../../src/discover/fields.ts'
import { repositoryOf } from '../../src/discover/repository.ts'
import type { ClusterConfiguration, InputConfiguration } from '../../src/model/configuration.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { shippedEngines } from '../check/harness.ts'
import {
  chart,
  configMap,
  configurationOf,
  deployment,
  fluxKustomization,
  gitRepository,
  objectIn,
  objectsOf,
  renderAll,
  renderFiles,
  self,
  valueIn,
  yaml,
  type Files,
} from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const application = (namespace: string, source: string): string => yaml`
  apiVersion: argoproj.io/v1alpha1
  kind: Application
  metadata: {name: web, namespace: ${namespace}}
  spec:
    project: default
    source: {repoURL: "${self}", path: web, ${source}}
    destination: {server: "https://kubernetes.default.svc", namespace: web}
`
const webChart = chart('web', {
  'c.yaml':
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata:\n  v: {{ .Values | toJson | quote }}\n  k: {{ .Capabilities.KubeVersion.Version | quote }}\n',
})

async function webValues(namespace: string, source: string, more: Files = {}): Promise<Json | undefined> {
  const rendered = await renderAll(
    { ...webChart, 'app.yaml': application(namespace, source), ...more },
    engines,
  )
  return valueIn(objectIn(rendered, `argocd/${namespace}/web`, 'ConfigMap'), 'data', 'v')
}

describe('Argo CD', () => {
  it.each<[string, string, string, readonly string[]]>([
    // IsZero of ApplicationSourceKustomize does not look at this one.
    ['an option that does not count', 'kustomize: {forceCommonAnnotations: true}', 'directory', ['plain']],
    ['options without a value', 'kustomize: {namePrefix: "", images: []}', 'directory', ['plain']],
    ['options that count', 'kustomize: {namePrefix: a-}', 'kustomize', ['a-plain']],
    ['an empty block', 'directory: {jsonnet: {}}', 'kustomize', ['plain-k']],
  ])('which tool an override beside the manifests meets: %s', async (_, source, tool, names) => {
    const override = tool === 'directory' ? 'directory: {include: c.yaml}\n' : 'kustomize: {}\n'
    const rendered = await renderAll(
      {
        'app.yaml': application('argocd', source),
        'web/c.yaml': configMap('plain'),
        ...(names[0] === 'plain-k'
          ? { 'web/kustomization.yaml': 'resources: [c.yaml]\nnameSuffix: -k\n' }
          : {}),
        ...(names[0] === 'a-plain' ? { 'web/kustomization.yaml': 'resources: [c.yaml]\n' } : {}),
        'web/.argocd-source.yaml': override,
      },
      engines,
    )
    expect(objectsOf(rendered, 'argocd/argocd/web')).toEqual(names.map((name) => `ConfigMap web/${name}`))
  })

  it('names applications of another namespace with it: tracking, environment, override files', async () => {
    const files = {
      ...webChart,
      'app.yaml': application('team-a', 'helm: {parameters: [{name: named, value: $ARGOCD_APP_NAME}]}'),
      'web/.argocd-source-team-a_web.yaml': 'helm: {valuesObject: {seen: yes}}\n',
      'web/.argocd-source-web.yaml': 'helm: {valuesObject: {wrong: yes}}\n',
    }
    const object = objectIn(await renderAll(files, engines), 'argocd/team-a/web', 'ConfigMap')
    expect(valueIn(object, 'metadata', 'annotations', 'argocd.argoproj.io/tracking-id')).toBe(
      'team-a_web:/ConfigMap:web/c',
    )
    expect(valueIn(object, 'data', 'v')).toBe('{"a":1,"named":"team-a_web","seen":true}')
  })

  it('an override file cannot remove: null keeps what stood there, and list entries keep their fields', async () => {
    const source = 'helm: {valueFiles: [x.yaml], parameters: [{name: p, value: "1", forceString: true}]}'
    const more = {
      'web/x.yaml': 'x: 1\n',
      'web/.argocd-source.yaml': 'helm: {valueFiles: null, parameters: [{name: p, value: "2"}]}\n',
    }
    expect(await webValues('argocd', source, more)).toBe('{"a":1,"p":"2","x":1}')
  })

  it('a single source reads $name as a variable, which is empty', async () => {
    const values = await webValues('argocd', 'helm: {valueFiles: [$vals/x.yaml]}', { 'x.yaml': 'x: 1\n' })
    expect(values).toBe('{"a":1,"x":1}')
  })

  it('shows charts a kubeVersion of two parts as it is written', async () => {
    const files = { ...webChart, 'app.yaml': application('argocd', 'helm: {kubeVersion: "1.30"}') }
    const object = objectIn(await renderAll(files, engines), 'argocd/argocd/web', 'ConfigMap')
    expect(valueIn(object, 'data', 'k')).toBe('v1.30')
  })

  it('refuses labels in templates without labelWithoutSelector', async () => {
    const files = {
      'web/kustomization.yaml': 'resources: [c.yaml]\n',
      'web/c.yaml': configMap('c'),
      'app.yaml': application('argocd', 'kustomize: {commonLabels: {a: b}, labelIncludeTemplates: true}'),
    }
    expect(objectIn(await renderAll(files, engines), 'argocd/argocd/web', 'ConfigMap')).toMatch(
      /--without-selector flag must be specified/,
    )
  })
})

describe('ApplicationSet', () => {
  const made = async (
    spec: string,
    inputs: readonly InputConfiguration[] = [],
    clusters: readonly ClusterConfiguration[] = [],
  ): Promise<{ names: readonly (string | undefined)[]; error: string; objects: readonly JsonObject[] }> => {
    const definition = yaml`
      apiVersion: argoproj.io/v1alpha1
      kind: ApplicationSet
      metadata: {name: set, namespace: argocd}
      spec: {${spec}}
    `
    const tree = memoryTree({
      'set.yaml': definition,
      'apps/one/x': '',
      'apps/two/x': '',
      'size.json': '{"name": "s", "size": 10000000, "half": 0.5}',
    })
    const repository = await repositoryOf(
      tree,
      { ...(await configurationOf(tree)), inputs, clusters },
      engines,
    )
    const [set] = repository.written
    if (set === undefined) throw new Error('no set')
    const { applications, error, notChecked } = await generateApplications(set, repository)
    const objects = applications.map(({ object }) => object)
    return {
      objects,
      names: objects.map((object) => textAt(object, 'metadata', 'name')),
      error: error ?? notChecked[0]?.reason ?? '',
    }
  }
  const template = (name: string): string =>
    `template: {metadata: {name: "${name}"}, spec: {project: default, source: {repoURL: r, path: p}, destination: {}}}`

  it('adds the finalizer that cascades, unless resources are to be preserved', async () => {
    const list = 'generators: [{list: {elements: [{name: a}]}}]'
    const [plain] = (await made(`${list}, ${template('{{name}}')}`)).objects
    expect(valueIn(plain ?? '', 'metadata', 'finalizers')).toEqual(['resources-finalizer.argocd.argoproj.io'])
    const kept = `${list}, syncPolicy: {preserveResourcesOnDeletion: true}, ${template('{{name}}')}`
    expect(valueIn((await made(kept)).objects[0] ?? '', 'metadata', 'finalizers')).toBeUndefined()
  })

  it('takes a merge key with dots as one name', async () => {
    const directories = `{git: {repoURL: "${self}", directories: [{path: "apps/*"}]}}`
    const { error } = await made(
      `goTemplate: true, generators: [{merge: {mergeKeys: [path.basename], generators: [${directories}, {list: {elements: []}}]}}], ${template('x')}`,
    )
    expect(error).toMatch(/Duplicate key was \{"path\.basename":null\}/)
  })

  it('fails for a git generator without directories and files', async () => {
    const { error } = await made(
      `generators: [{git: {repoURL: "${self}", directories: []}}], ${template('x')}`,
    )
    expect(error).toBe('ApplicationSet is empty')
  })

  it("keeps a second generator's values for its own parameters", async () => {
    const directories = `{git: {repoURL: "${self}", directories: [{path: "apps/*"}], values: {v: "{{.path.basename}}"}}}`
    const { names } = await made(
      `goTemplate: true, generators: [{matrix: {generators: [{list: {elements: [{name: a}]}}, ${directories}]}}], ${template('{{.name}}-{{.values.v}}')}`,
    )
    expect(names).toEqual(['a-one', 'a-two'])
  })

  it('prints flat numbers as Go does', async () => {
    const { names } = await made(
      `generators: [{git: {repoURL: "${self}", files: [{path: size.json}]}}], ${template('{{size}}-{{half}}')}`,
    )
    expect(names).toEqual(['1e+07-0.5'])
  })

  it('selects declared clusters by their labels, and knows when there is none', async () => {
    const cluster = (name: string, labels?: Record<string, string>): ClusterConfiguration => ({
      name,
      paths: [],
      destinations: [`https://${name}.example`],
      apiVersions: [],
      ...(labels === undefined ? {} : { labels, annotations: { team: name } }),
    })
    const spec = (region: string): string =>
      `goTemplate: true, generators: [{clusters: {selector: {matchLabels: {region: ${region}}}}}], ${template('{{.name}}-{{.metadata.labels.region}}-{{.metadata.annotations.team}}')}`
    const known = [cluster('one', { region: 'eu' }), cluster('two', { region: 'us' })]
    expect(await made(spec('eu'), [], known)).toMatchObject({ names: ['one-eu-one'], error: '' })
    expect(await made(spec('asia'), [], known)).toMatchObject({ names: [], error: '' })
    expect((await made(spec('eu'), [], [cluster('bare')])).error).toMatch(/not known/)
  })

  it.each(['scmProvider', 'pullRequest', 'plugin', 'clusterDecisionResource'] as const)(
    '%s: not known without inputs, and generated with them',
    async (generator) => {
      const spec = `goTemplate: true, generators: [{${generator}: {values: {v: "{{.branch}}"}}}], ${template('{{.number}}-{{.values.v}}')}`
      expect((await made(spec)).error).toMatch(
        /not known.*declare its parameters under inputs.*argocd\/set, generator: /,
      )
      const input = { applicationSet: 'argocd/set', generator, parameters: [{ number: '42', branch: 'f' }] }
      expect(await made(spec, [input])).toMatchObject({ names: ['42-f'], error: '' })
    },
  )
})

describe('Flux', () => {
  const flux = (path: string, extra: string, files: Files): Files => ({
    'clusters/a/flux-system/gotk-sync.yaml': `${gitRepository}---\n${fluxKustomization('flux-system', './clusters/a')}`,
    'clusters/a/apps.yaml': fluxKustomization('apps', path, extra),
    ...files,
  })

  it('loses every label when one of them is no text, and makes null an empty one', async () => {
    const file = (value: string): Files => ({
      'apps/c.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, labels: {kept: x, num: "\${N}"}}\ndata: {a: "${value}"}\n`,
    })
    const labels = async (value: string): Promise<Json | undefined> =>
      valueIn(
        objectIn(
          await renderAll(flux('./apps', `postBuild: {substitute: {N: "${value}"}}`, file('1')), engines),
          'flux/a/flux-system/apps',
          'ConfigMap',
        ),
        'metadata',
        'labels',
      )
    const owner = {
      'kustomize.toolkit.fluxcd.io/name': 'apps',
      'kustomize.toolkit.fluxcd.io/namespace': 'flux-system',
    }
    expect(await labels('12')).toEqual(owner)
    expect(await labels('')).toEqual({ kept: 'x', num: '', ...owner })
    expect(await labels('one')).toEqual({ kept: 'x', num: 'one', ...owner })
  })

  it('builds a folder without manifests when there are patches, and refuses one without its object', async () => {
    const patch = `patches: [{patch: "${configMap('nobody').replaceAll('\n', '\\n').replaceAll('"', '\\"')}"}]`
    const files = { 'apps/readme.md': '' }
    expect(
      objectIn(
        await renderAll(flux('./apps', patch, files), engines),
        'flux/a/flux-system/apps',
        'ConfigMap',
      ),
    ).toMatch(/no resource matches strategic merge patch/)
  })

  it.each<[string, Files, RegExp]>([
    [
      'ignored',
      { '.sourceignore': '*.yml\n', 'comp/kustomization.yml': 'kind: Component\n' },
      /ignore patterns leave it out/,
    ],
    [
      'a link',
      { 'comp/kustomization.yml': { symlink: '../real.yml' }, 'real.yml': 'kind: Component\n' },
      /is a symbolic link/,
    ],
  ])('does not build with what the artifact does not hold: %s', async (_, more, wanted) => {
    const files = flux('./apps', '', {
      'apps/kustomization.yaml': 'resources: [d.yaml]\ncomponents: [../comp]\n',
      'apps/d.yaml': deployment('d'),
      ...more,
    })
    expect(objectIn(await renderAll(files, engines), 'flux/a/flux-system/apps', 'Deployment')).toMatch(wanted)
  })

  const release = (spec: string): string => yaml`
    apiVersion: helm.toolkit.fluxcd.io/v2
    kind: HelmRelease
    metadata: {name: web, namespace: apps}
    spec:
      interval: 1h
      chart: {spec: {chart: ./web, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}
      ${spec}
  `
  const crd = (description: string): string =>
    `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com, annotations: {v: "${description}"}}\nspec: {group: example.com, scope: Cluster, names: {kind: Thing, plural: things}, versions: []}\n`
  const releaseFiles = (spec: string, description: string, more: Files = {}): Files =>
    flux('./apps', '', {
      ...webChart,
      'web/crds/t.yaml': crd(description),
      'web/templates/hook.yaml':
        'apiVersion: v1\nkind: Pod\nmetadata: {name: hook, annotations: {helm.sh/hook: pre-install}}\n',
      'apps/release.yaml': release(spec),
      ...more,
    })
  const id = 'flux/a/apps/web'

  it.each([
    ['', 'one'],
    ['upgrade: {crds: Create}', 'one'],
    ['upgrade: {crds: CreateReplace}', 'two'],
  ])('a changed crds folder reaches the cluster only as upgrade.crds says: %s', async (spec, wanted) => {
    const rendered = await renderFiles(releaseFiles(spec, 'one'), releaseFiles(spec, 'two'), engines)
    const object = objectIn(rendered, id, 'CustomResourceDefinition')
    expect(valueIn(object, 'metadata', 'annotations', 'v')).toBe(wanted)
    const held = rendered.pairs.find((pair) => pair.id === id)?.heldBack ?? []
    expect(held.some((sentence) => sentence.includes('crds folder'))).toBe(wanted === 'one')
  })

  it('installs the crds folder unless install.crds is Skip', async () => {
    const kinds = async (spec: string): Promise<JsonObject | string> =>
      objectIn(await renderAll(releaseFiles(spec, 'one'), engines), id, 'CustomResourceDefinition')
    expect(typeof (await kinds('upgrade: {crds: Skip}'))).toBe('object')
    expect(await kinds('install: {crds: Skip}')).toBe('no such object')
  })

  it.each([
    ['combined', 'web'],
    ['separate', 'web'],
    ['nohooks', undefined],
  ])('hooks and post-renderers: %s', async (strategy, wanted) => {
    const rendered = await renderAll(releaseFiles(`postRenderStrategy: ${strategy}`, 'one'), engines)
    const hook = objectIn(rendered, id, 'Pod')
    expect(valueIn(hook, 'metadata', 'labels', 'helm.toolkit.fluxcd.io/name')).toBe(wanted)
  })

  it('reads targetPath values as --set does: a comma starts another key', async () => {
    const spec = 'valuesFrom: [{kind: ConfigMap, name: v, valuesKey: k, targetPath: x}]'
    const more = {
      'apps/v.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: v, namespace: apps}\ndata: {k: "a,b"}\n',
    }
    expect(objectIn(await renderAll(releaseFiles(spec, 'one', more), engines), id, 'ConfigMap')).toMatch(
      /'apps\/v' with key 'k': key "b" has no value/,
    )
  })

  it('renders definitions of templates like everything else', async () => {
    const more = {
      'web/templates/d.yaml': crd('template').replaceAll('thing', 'gizmo').replaceAll('Thing', 'Gizmo'),
    }
    const spec = 'install: {crds: Skip}\n      commonMetadata: {labels: {common: "yes"}}'
    const object = objectIn(
      await renderAll(releaseFiles(spec, 'one', more), engines),
      id,
      'CustomResourceDefinition',
    )
    expect(valueIn(object, 'metadata', 'labels', 'common')).toBe('yes')
  })

  const artifacts = (copy: string): Files => ({
    'clusters/a/artifacts.yaml': yaml`
      apiVersion: source.extensions.fluxcd.io/v1beta1
      kind: ArtifactGenerator
      metadata: {name: charts, namespace: apps}
      spec:
        sources: [{alias: repo, kind: GitRepository, name: flux-system, namespace: flux-system}]
        artifacts: [{name: web-chart, copy: [${copy}]}]
    `,
    'clusters/a/release.yaml': yaml`
      apiVersion: helm.toolkit.fluxcd.io/v2
      kind: HelmRelease
      metadata: {name: web, namespace: apps}
      spec: {interval: 1h, chartRef: {kind: ExternalArtifact, name: web-chart}}
    `,
  })

  it('installs a chart that an ArtifactGenerator packs from this repository', async () => {
    const files = flux('./apps', '', { ...webChart, 'apps/d.yaml': deployment('d') })
    const of = async (copy: string): Promise<JsonObject | string> =>
      objectIn(await renderAll({ ...files, ...artifacts(copy) }, engines), id, 'ConfigMap')
    expect(valueIn(await of('{from: "@repo/web/**", to: "@artifact/"}'), 'data', 'v')).toBe('{"a":1}')
    expect(await of('{from: "@repo/apps/**", to: "@artifact/"}')).toMatch(/apps: Chart\.yaml file is missing/)
    expect(await of('{from: "@other/web/**", to: "@artifact/"}')).toBe('not rendered')
  })

  it('deploys what it deployed', async () => {
    // Guards the helpers above: a plain folder renders.
    const rendered = await renderAll(flux('./apps', '', { 'apps/d.yaml': deployment('d') }), engines)
    expect(valueIn(objectIn(rendered, 'flux/a/flux-system/apps', 'Deployment'), 'metadata', 'name')).toBe('d')
  })
})
