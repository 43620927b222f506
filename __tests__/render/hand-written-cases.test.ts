/**
 * Cases that somebody wrote by hand from the rules, and that found a difference: the wanted values are what Argo CD's and
 * Flux's own code said (`npm run bench -- fidelity --cases`).
 */
import { afterAll, describe, expect, it } from 'vitest'
import { generateApplications } from '../../src/discover/argocd/application-set.ts'
import { field } from '../../src/discover/fields.ts'
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
  renderAll,
  valueIn,
  type Files,
} from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const rendered = async (files: Files, id: string, kind: string): Promise<JsonObject | string> =>
  objectIn(await renderAll(files, engines), id, kind)

describe('options of an Application', () => {
  const kustomization = {
    'web/kustomization.yaml':
      'resources: [d.yaml]\nlabels: [{pairs: {own: "1"}, includeTemplates: true}, {pairs: {tier: a}}]\n',
    'web/d.yaml': deployment('d'),
    'parts/one/kustomization.yaml':
      'apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {part: "1"}\n',
  }
  const labels = ['metadata', 'labels']
  it.each<[string, readonly string[], unknown]>([
    ['commonLabels: {"a:b": x}', [...labels, 'a'], 'b:x'],
    [`commonLabels: {l: '"q"'}`, [...labels, 'l'], 'q'],
    ['commonLabels: {own: "2"}, labelWithoutSelector: true', [...labels, 'own'], '2'],
    [
      'commonLabels: {tier: b}, labelWithoutSelector: true',
      labels,
      'label tier already in kustomization file. Use --force to override.',
    ],
    ['replicas: [{name: d, count: "$NONE"}]', ['spec'], 'expected integer value for count. Received: $NONE'],
    ['replicas: [{name: d, count: "5"}]', ['spec', 'replicas'], 5],
    ['images: [nginx]', ['spec'], expect.stringContaining('invalid format of image nginx')],
    ['components: ["../parts/*"]', ['metadata', 'annotations', 'part'], '1'],
    ['components: [../parts/one, ../parts/one]', ['metadata', 'annotations', 'part'], '1'],
    [
      'components: ["../parts/*", ../none], ignoreMissingComponents: true',
      ['metadata', 'annotations', 'part'],
      undefined,
    ],
    [
      'kubeVersion: nonsense',
      ['spec'],
      'could not parse kubernetes version nonsense: could not parse "nonsense" as version',
    ],
  ])('kustomize: %s', async (options, path, wanted) => {
    const files = { ...kustomization, 'app.yaml': application('web', 'web', `kustomize: {${options}}`) }
    expect(valueIn(await rendered(files, 'argocd/argocd/web', 'Deployment'), ...path)).toEqual(wanted)
  })

  const values = chart('web', {
    'c.yaml':
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {v: {{ .Values | toJson | quote }}}\n',
  })
  it.each<[string, unknown]>([
    ['values: "a: 2\\n---\\nb: {c: 1}\\n---\\nb: {d: 2}"', '{"a":2,"b":{"c":1,"d":2}}'],
    ['valueFiles: ["v{1,2}.yaml"]', expect.stringContaining('v{1 does not exist')],
    ['valueFiles: ["v[1]*.yaml"]', '{"a":"one"}'],
    ['version: v2', "helm version 'v2' is not supported"],
    ['version: v4', '{"a":1}'],
    [
      'kubeVersion: nonsense',
      'could not parse kubernetes version nonsense: could not parse "nonsense" as version',
    ],
  ])('helm: %s', async (options, wanted) => {
    const files = {
      ...values,
      'web/v1.yaml': 'a: one\n',
      'web/v2.yaml': 'a: two\n',
      'app.yaml': application('web', 'web', `helm: {${options}}`),
    }
    expect(valueIn(await rendered(files, 'argocd/argocd/web', 'ConfigMap'), 'data', 'v')).toEqual(wanted)
  })
})

describe('generators of an ApplicationSet', () => {
  const files = { 'apps/a/x': 'x', 'apps/b/x': 'x', 'cfg/a.yaml': 'name: one\n' }
  const git = 'repoURL: "https://git.example/acme/fleet", revision: HEAD'

  async function generated(
    generator: string,
    name: string,
    more = '',
  ): Promise<{ objects: readonly JsonObject[]; error: string | undefined }> {
    const set = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set, namespace: argocd}
spec:
  goTemplate: ${String(!name.includes('{{n'))}
  generators: [${generator}]
  ${more}
  template:
    metadata: {name: '${name}'}
    spec: {project: default, source: {repoURL: r, path: p}, destination: {server: s, namespace: n}}
`
    const tree = memoryTree({ ...files, 'set.yaml': set })
    const repository = await repositoryOf(tree, await configurationOf(tree), engines)
    const [found] = repository.written
    if (found === undefined) throw new Error('no set')
    const { applications, error } = await generateApplications(found, repository)
    return { objects: applications.map(({ object }) => object), error }
  }

  const basename = '{{ .path.basename }}'
  it.each<[string, string, readonly string[] | string]>([
    [`{git: {${git}, directories: [{path: apps/a/}]}}`, basename, []],
    [`{git: {${git}, directories: [{path: ./apps/a}]}}`, basename, []],
    [`{git: {${git}, files: [{path: /cfg/a.yaml}]}}`, basename, 'unable to list files'],
    [
      `{git: {${git}, directories: [{path: apps/*}]}, selector: {matchLabels: {path.segments.1: a}}}`,
      basename,
      [],
    ],
    [
      `{git: {${git}, directories: [{path: apps/*}]}, selector: {matchLabels: {path.segments: "[apps a]"}}}`,
      basename,
      ['a'],
    ],
    ['{list: {elements: [text]}}', 'x', 'cannot unmarshal string'],
    ['{list: {elementsYaml: "- {n: 1}"}}', '{{n}}', ['{{n}}']],
    ['{list: {elements: [{e: "true"}, {e: x}]}, selector: {matchLabels: {e: y}}}', '{{ .e }}', ['true']],
    [
      '{merge: {mergeKeys: [y], generators: [{list: {elements: [{y: a, v: "1"}]}}, {list: {elements: [{y: a, v: "2"}]}}]}}',
      'v{{ .v }}',
      ['v2'],
    ],
  ])('%s', async (generator, name, wanted) => {
    const { objects, error } = await generated(generator, name)
    if (typeof wanted === 'string') expect(error).toContain(wanted)
    else
      expect([error, ...objects.map((object) => field(object, 'metadata', 'name'))]).toEqual([
        undefined,
        ...wanted,
      ])
  })

  it('a templatePatch changes neither project nor namespace, and its finalizers join', async () => {
    const patch =
      'templatePatch: "{metadata: {namespace: other, finalizers: [f/f]}, spec: {project: other, revisionHistoryLimit: 3}}"'
    const { objects } = await generated('{list: {elements: [{e: x}]}}', '{{ .e }}', patch)
    expect(objects.map(({ metadata, spec }) => ({ metadata, spec }))).toEqual([
      {
        metadata: {
          name: 'x',
          namespace: 'argocd',
          finalizers: ['f/f', 'resources-finalizer.argocd.argoproj.io'],
        },
        spec: expect.objectContaining({ project: 'default', revisionHistoryLimit: 3 }) as unknown,
      },
    ])
  })
})

it('Flux takes inline variables that YAML reads as numbers or truth, and they come out as such', async () => {
  const files = {
    'clusters/prod/flux.yaml': `${gitRepository}---\n${fluxKustomization('web', './web', 'postBuild: {substitute: {A: 5, B: y}}')}`,
    'web/c.yaml': configMap('c', 'a: "${A}", b: "${B}"'),
  }
  expect(valueIn(await rendered(files, 'flux/prod/flux-system/web', 'ConfigMap'), 'data')).toEqual({
    a: 5,
    b: true,
  })
})
