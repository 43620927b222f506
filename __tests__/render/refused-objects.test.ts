/**
 * Objects that the tools themselves refuse or drop before an API server sees them, and kustomizations that other parsers
 * would refuse: the wanted values are what Argo CD's and Flux's own code said of a fourth set of cases.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { shippedEngines } from '../check/harness.ts'
import {
  application,
  chart,
  configMap,
  fluxKustomization,
  gitRepository,
  objectIn,
  objectsOf,
  renderAll,
  valueIn,
  type Files,
} from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const containing = (text: string): string => expect.stringContaining(text) as string
const inArgo = async (files: Files, options = ''): Promise<readonly string[]> =>
  objectsOf(
    await renderAll({ ...files, 'app.yaml': application('web', 'web', options) }, engines),
    'argocd/argocd/web',
  )
const inHelmRelease = async (template: string, extra = ''): Promise<readonly string[]> => {
  const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: apps}
spec:
  chart: {spec: {chart: web, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}
${extra}`
  const files = {
    ...chart('web', { 't.yaml': template }),
    'clusters/prod/flux.yaml': `${gitRepository}---\n${release}`,
  }
  return objectsOf(await renderAll(files, engines), 'flux/prod/apps/web')
}

describe('Argo CD: what cannot be tracked', () => {
  const annotated = (annotations: string, kind = 'v1\nkind: ConfigMap'): string =>
    `apiVersion: ${kind}\nmetadata: {name: a, annotations: ${annotations}}\n`
  it.each<[string, string, string]>([
    ['a number', '{x: 1}', 'contains non-string value in the map under key "x": 1'],
    ['a value that was forgotten', '{x: }', 'contains non-string value in the map under key "x": null'],
    ['a list', '[a]', 'is no map of texts'],
  ])('annotations: %s', async (_, annotations, wanted) => {
    expect(await inArgo({ 'web/a.yaml': annotated(annotations) })).toEqual([containing(wanted)])
  })
  it('neither null nor a definition of custom resources asks for them', async () => {
    const definition = 'apiextensions.k8s.io/v1\nkind: CustomResourceDefinition'
    const files = { 'web/a.yaml': annotated('null'), 'web/b.yaml': annotated('{x: 1}', definition) }
    expect(await inArgo(files)).toEqual(['ConfigMap web/a', 'CustomResourceDefinition /a'])
  })
  it('an item of a List without a kind of its own', async () => {
    const list = 'apiVersion: v1\nkind: ConfigMapList\nitems:\n- metadata: {name: a}\n'
    expect(await inArgo({ 'web/a.yaml': list })).toEqual([containing("Object 'Kind' is missing in")])
  })
  it('an object without an apiVersion is one, and the API server refuses it', async () => {
    expect(await inArgo({ 'web/a.yaml': 'kind: ConfigMap\nmetadata: {name: a}\n' })).toEqual([
      'ConfigMap web/a',
    ])
  })
  it('a chart of a format that Helm does not read', async () => {
    const files = {
      ...chart('web', { 't.yaml': configMap('c') }),
      'web/Chart.yaml': 'apiVersion: v3\nname: web\nversion: 1.0.0\n',
    }
    expect(await inArgo(files)).toEqual([containing('invalid chart apiVersion')])
  })
})

describe('Flux: what no post-renderer takes', () => {
  const job = (name: string, annotations = '{}'): string =>
    `apiVersion: batch/v1\nkind: Job\nmetadata: {${name}, annotations: ${annotations}}\nspec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: i}]}}}\n`
  it.each<[string, string, readonly string[]]>([
    // Every release is post-rendered, for the labels of its origin.
    [
      'a name that the server draws',
      job('generateName: j-'),
      [containing('missing metadata.name in object')],
    ],
    ['no kind', 'a: b\n', [containing('missing kind in object')]],
    [
      'an item of a List without a kind',
      'apiVersion: v1\nkind: ConfigMapList\nitems: [{metadata: {name: a}}]\n',
      [containing('missing kind in object')],
    ],
    ['an empty List', 'apiVersion: v1\nkind: List\nitems: []\n', []],
  ])('%s', async (_, template, wanted) => {
    expect(await inHelmRelease(template)).toEqual(wanted)
  })
  it.each([
    ['on: x', [containing('the key true of commonMetadata is no text')]],
    ['"1.5": x', [containing('the key 1.5 of commonMetadata is no text')]],
    ['"on": x', ['ConfigMap apps/c']],
  ])('a label that all objects get: %s', async (label, wanted) => {
    const extra = `  commonMetadata: {labels: {${label}}}\n`
    expect(await inHelmRelease(configMap('c'), extra)).toEqual(wanted)
  })
  it('a hook has no name where hooks are left out', async () => {
    const hook = job('generateName: j-', '{helm.sh/hook: pre-install}')
    expect(await inHelmRelease(hook, '  postRenderStrategy: nohooks\n')).toEqual(['Job apps/j-*'])
  })
})

describe('kustomizations that say too much or nothing', () => {
  const twice = 'resources: [nope.yaml]\nnamePrefix: a-\nresources: [c.yaml]\n'
  const flux = async (kustomization: string, extra: string): Promise<readonly string[]> => {
    const files = {
      'web/kustomization.yaml': kustomization,
      'web/c.yaml': configMap('c'),
      'clusters/prod/flux.yaml': `${gitRepository}---\n${fluxKustomization('web', './web', extra)}`,
    }
    return objectsOf(await renderAll(files, engines), 'flux/prod/flux-system/web')
  }
  it('the last of two keys counts, with what the definition adds', async () => {
    const files = { 'web/kustomization.yaml': twice, 'web/c.yaml': configMap('c') }
    expect(await inArgo(files, 'kustomize: {namePrefix: b-}')).toEqual(['ConfigMap web/b-c'])
    expect(await flux(twice, 'namePrefix: b-')).toEqual(['ConfigMap /b-c'])
  })
  it('an empty one takes the options of its Application and builds nothing', async () => {
    expect(await inArgo({ 'web/kustomization.yaml': '' }, 'kustomize: {namePrefix: b-}')).toEqual([])
    expect(await inArgo({ 'web/kustomization.yaml': '' })).toEqual([
      containing('kustomization.yaml is empty'),
    ])
  })
  it("numbers are no texts in a generator's arguments, which another type embeds", async () => {
    const generator = 'configMapGenerator: [{name: g, literals: [a=1], options: {labels: {size: 1}}}]\n'
    expect(await flux(generator, '')).toEqual([
      containing('configMapGenerator.options.labels.size of type string'),
    ])
  })
})

describe('Argo CD: a key that stands twice in one map', () => {
  const twice = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: "1"}\ndata: {ka: "2"}\n'
  it('in a directory the last one counts, document by document', async () => {
    const files = {
      'web/a.yaml': `# first\n---\n${twice}---\n${configMap('c')}`,
      'app.yaml': application('web', 'web'),
    }
    const all = await renderAll(files, engines)
    expect(objectsOf(all, 'argocd/argocd/web')).toEqual(['ConfigMap web/a', 'ConfigMap web/c'])
    expect(valueIn(objectIn(all, 'argocd/argocd/web', 'ConfigMap'), 'data')).toEqual({ ka: '2' })
  })
  it('kustomize refuses it', async () => {
    const files = { 'web/kustomization.yaml': 'resources: [a.yaml]\n', 'web/a.yaml': twice }
    expect(await inArgo(files)).toEqual([containing('already defined')])
  })
})
