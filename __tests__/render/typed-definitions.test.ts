/**
 * Definitions as Go reads them into Argo CD's and Flux's types, and the rest of what a third set of cases written by hand
 * found: the wanted values are what Argo CD's and Flux's own code said.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { generateApplications } from '../../src/discover/argocd/application-set.ts'
import { strategicMerge } from '../../src/discover/argocd/strategic-merge.ts'
import { field } from '../../src/discover/fields.ts'
import { repositoryOf } from '../../src/discover/repository.ts'
import { readTyped } from '../../src/discover/typed.ts'
import { compileWildcard, doublestar, doublestarGlob } from '../../src/discover/wildcard.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
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
  valueIn,
  yaml,
  type Files,
} from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

describe('Argo CD: an Application that does not fit its type', () => {
  const files: Files = {
    ...chart('web', {
      'c.yaml':
        'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {v: {{ .Values | toJson | quote }}}\n',
    }),
    'web/env/a.yaml': 'a: file\n',
    'web/env/eu/ab.yaml': 'a: eu\n',
  }
  const answer = async (options: string): Promise<unknown> => {
    const all = { ...files, 'app.yaml': application('web', 'web', options) }
    return valueIn(objectIn(await renderAll(all, engines), 'argocd/argocd/web', 'ConfigMap'), 'data', 'v')
  }
  it.each([
    [
      'helm: {values: {a: b}}',
      'cannot unmarshal object into Go struct field source.helm.values of type string',
    ],
    ['helm: {valuesObject: "a: b"}', 'cannot unmarshal string into Go struct field source.helm.valuesObject'],
    [
      'helm: {skipCrds: "true"}',
      'cannot unmarshal string into Go struct field source.helm.skipCrds of type bool',
    ],
    [
      'helm: {valueFiles: values.yaml}',
      'cannot unmarshal string into Go struct field source.helm.valueFiles',
    ],
    ['directory: {recurse: "yes"}', 'cannot unmarshal string into Go struct field source.directory.recurse'],
  ])('%s', async (options, wanted) => {
    expect(await answer(options)).toContain(wanted)
  })
  it.each([
    ['numbers are texts', 'helm: {parameters: [{name: a, value: 7}]}', '{"a":7}'],
    ['fields that nobody knows are dropped', 'helm: {nonsense: {a: b}}', '{"a":1}'],
    // doublestar never tries an empty alternative that stands last.
    ['braces', 'helm: {valueFiles: ["env/{eu/,}a*.yaml"]}', '{"a":"eu"}'],
  ])('%s', async (_, options, wanted) => {
    expect(await answer(options)).toBe(wanted)
  })
  it('a null among the files of values is a file without a name', async () => {
    expect(await answer('helm: {valueFiles: [env/a.yaml, null]}')).not.toBe('{"a":"file"}')
  })
})

describe('readTyped', () => {
  it.each<[string, JsonObject, JsonObject]>([
    ['null in a list of texts', { list: [null, 'a'] }, { list: ['', 'a'] }],
    ['null in a map of texts', { map: { a: null, b: 1 } }, { map: { a: '', b: '1' } }],
    ['null in a list of structs', { structs: [null] }, { structs: [{}] }],
    ['null in a field', { list: null, map: {} }, { map: {} }],
  ])('%s', (_, value, wanted) => {
    const shape = {
      fields: { list: { list: 'text' }, map: { map: 'text' }, structs: { list: { fields: { a: 'text' } } } },
    } as const
    expect(readTyped(value, shape, 'yaml')).toEqual({ value: wanted })
  })
})

describe('braces of doublestar', () => {
  it.each([
    ['a{b,}', 'a', true, false],
    ['a{,b}', 'a', true, true],
    ['a{b,}', 'ab', true, true],
  ])('%s and %s', (pattern, text, matched, found) => {
    expect(compileWildcard(pattern, doublestar)(text)).toBe(matched)
    expect(compileWildcard(pattern, doublestarGlob)(text)).toBe(found)
  })
})

describe('Argo CD: objects that the server names', () => {
  it('are as many as are written', async () => {
    const job = yaml`
      apiVersion: batch/v1
      kind: Job
      metadata: {generateName: migrate-}
      spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: busybox}]}}}
    `
    const files = {
      'web/a.yaml': `${job}---\n${job}`,
      'web/b.yaml': configMap('b'),
      'app.yaml': application('web', 'web'),
    }
    expect(objectsOf(await renderAll(files, engines), 'argocd/argocd/web')).toEqual([
      'Job web/migrate-*',
      'Job web/migrate-*#2',
      'ConfigMap web/b',
    ])
  })
})

describe('Argo CD: what a set makes of its template', () => {
  const made = async (template: string, patch = ''): Promise<JsonObject> => {
    const set = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set, namespace: argocd}
spec:
  goTemplate: true
  generators: [{list: {elements: [{name: x}]}}]
${patch === '' ? '' : `  templatePatch: '${patch}'\n`}  template: ${template}
`
    const tree = memoryTree({ 'set.yaml': set })
    const repository = await repositoryOf(tree, await configurationOf(tree), engines)
    const [found] = repository.written
    if (found === undefined) throw new Error('no set')
    const { applications, error } = await generateApplications(found, repository)
    return applications[0]?.object ?? { error: error ?? 'none' }
  }
  const source = '{repoURL: r, path: p, helm: {}, directory: {recurse: false}, kustomize: {namePrefix: a-}}'
  it('has no operation, no empty options, and a project', async () => {
    const object = await made(
      `{metadata: {name: a, uid: u}, operation: {sync: {}}, spec: {syncPolicy: {}, source: ${source}, destination: {}}}`,
    )
    expect(field(object, 'operation')).toBeUndefined()
    expect(field(object, 'metadata', 'uid')).toBeUndefined()
    expect(field(object, 'spec')).toEqual({
      project: 'default',
      source: { repoURL: 'r', path: 'p', kustomize: { namePrefix: 'a-' } },
      destination: {},
    })
  })
  it.each<[string, Json]>([
    ['spec: {source: {$patch: delete}}', {}],
    ['spec: {source: {$patch: replace, repoURL: other}}', { repoURL: 'other' }],
    ['spec: {source: {helm: {$patch: replace, values: x}}}', { repoURL: 'r', path: 'p' }],
    ['spec: {source: {helm: {valueFiles: null}}}', { repoURL: 'r', path: 'p' }],
    ['spec: {source: {path: null}}', { repoURL: 'r' }],
  ])('a templatePatch: %s', async (patch, wanted) => {
    const object = await made('{metadata: {name: a}, spec: {source: {repoURL: r, path: p}}}', patch)
    expect(field(object, 'spec', 'source')).toEqual(wanted)
  })
  it('a templatePatch may ask for an operation, whose parts are there as Go prints them', async () => {
    const object = await made('{metadata: {name: a}, spec: {}}', 'operation: {sync: {revision: x}}')
    expect(field(object, 'operation')).toEqual({ initiatedBy: {}, retry: {}, sync: { revision: 'x' } })
  })
  it('an unknown directive is an error', async () => {
    const object = await made(
      '{metadata: {name: a}, spec: {source: {path: p}}}',
      'spec: {source: {$patch: x}}',
    )
    expect(object).toEqual({ error: expect.stringContaining('unknown patch type') as string })
  })
})

describe('Argo CD: an ApplicationSet that does not fit its type', () => {
  const errorOf = async (spec: string): Promise<unknown> => {
    const set = `apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: set, namespace: argocd}
spec: ${spec}
`
    const tree = memoryTree({ 'set.yaml': set })
    const repository = await repositoryOf(tree, await configurationOf(tree), engines)
    const [found] = repository.written
    if (found === undefined) throw new Error('no set')
    const { applications, error } = await generateApplications(found, repository)
    return error ?? applications.map(({ object }) => field(object, 'metadata', 'finalizers'))
  }
  const list = 'generators: [{list: {elements: [{x: a}]}}]'
  const template = (extra: string): string =>
    `template: {metadata: {name: x}, spec: {project: p, source: {repoURL: r, path: p}, destination: {}${extra}}}`
  const two = '[{list: {elements: [{a: b}]}}, {list: {elements: [{c: d}]}}]'
  it.each([
    // A flag cannot be a template: the type is read before anything is filled in.
    [
      `goTemplate: true, ${list}, ${template(", syncPolicy: {automated: {prune: '{{ .x }}'}}")}`,
      'template.spec.syncPolicy.automated.prune of type bool',
    ],
    [`goTemplate: "true", ${list}, ${template('')}`, 'goTemplate of type bool'],
    [`goTemplate: true, goTemplateOptions: [missingkey], ${list}`, 'unrecognized option: missingkey'],
    [`generators: [{git: {repoURL: r, directories: [a]}}]`, 'generators.git.directories of type struct'],
    [
      'generators: [{list: {elements: []}, selector: {matchLabels: [a]}}]',
      'generators.selector.matchLabels of type map',
    ],
    [`${list}, template: [a]`, 'template of type struct'],
    [`${list}, templatePatch: {a: b}`, 'templatePatch of type string'],
    [`generators: [{matrix: {generators: [{}, {list: {elements: []}}]}}]`, 'generated no parameters'],
    [
      `generators: [{matrix: {generators: [{list: {elements: []}, clusters: {}}, {list: {elements: []}}]}}]`,
      'more than one inner generator',
    ],
    // Combinations nest once: a deeper one is no field of its type.
    [
      `generators: [{matrix: {generators: [{matrix: {generators: [{matrix: {generators: ${two}}}, {clusters: {}}]}}, {clusters: {}}]}}]`,
      'generated no parameters',
    ],
    // A combination in another one is raw JSON, in which no number becomes a text.
    [
      `generators: [{matrix: {generators: [{merge: {mergeKeys: [1], generators: ${two}}}, {clusters: {}}]}}]`,
      'mergeKeys of type string',
    ],
  ])('%s', async (spec, wanted) => {
    expect(await errorOf(`{${spec}}`)).toContain(wanted)
  })
  it('what is written as a number is a text', async () => {
    const spec =
      '{generators: [{list: {elements: [{x: a}]}}], template: {metadata: {name: x, finalizers: [5, null]}, spec: {}}}'
    expect(await errorOf(spec)).toEqual([['5', '']])
  })
})

describe('strategicMerge', () => {
  it('replaces lists and what has another type', () => {
    expect(
      strategicMerge({ a: [1, 2], b: { c: 1 }, d: 'x' }, { a: [3], b: 'text', d: { e: null, f: 1 } }),
    ).toEqual({ a: [3], b: 'text', d: { f: 1 } })
  })
  it('leaves out what a directive stands in when there is nothing to change', () => {
    expect(strategicMerge({}, { a: { $patch: 'replace', b: 1 }, c: [{ $patch: 'delete' }, 1] })).toEqual({
      c: [1],
    })
  })
})

describe('Flux: numbers where texts belong', () => {
  const files = { 'web/d.yaml': deployment('web'), 'web/c.yaml': configMap('c') }
  const flux = async (extra: string): Promise<readonly string[]> => {
    const all = {
      ...files,
      'clusters/prod/flux.yaml': `${gitRepository}---\n${fluxKustomization('web', './web', extra)}`,
    }
    return objectsOf(await renderAll(all, engines), 'flux/prod/flux-system/web')
  }
  it.each<[string, readonly string[]]>([
    ['targetNamespace: 7', ['ConfigMap 7/c', 'Deployment 7/web']],
    ['namePrefix: 5', ['ConfigMap /5c', 'Deployment /5web']],
    ['images: [{name: nginx, newTag: 1.2}]', ['ConfigMap /c', 'Deployment /web']],
    // The API server refuses these with the definition's schema, and so does the controller's own reader.
    [
      'timeout: 5',
      [expect.stringContaining('cannot unmarshal number into Go struct field timeout') as string],
    ],
    ['retryInterval: soon', [expect.stringContaining('invalid duration "soon"') as string]],
    [
      'healthCheckExprs: [{apiVersion: v1, kind: X, current: 1}]',
      [expect.stringContaining('healthCheckExprs.current of type string') as string],
    ],
    ['path: [a]', [expect.stringContaining('cannot unmarshal array into Go struct field path') as string]],
    [
      'postBuild: {substituteFrom: [{kind: ConfigMap, name: x, optional: "yes"}]}',
      [expect.stringContaining('postBuild.substituteFrom.optional of type bool') as string],
    ],
  ])('%s', async (extra, wanted) => {
    const given = extra.startsWith('path:') ? await fluxPath(extra) : await flux(extra)
    expect(given).toEqual(wanted)
  })
  async function fluxPath(path: string): Promise<readonly string[]> {
    const text = fluxKustomization('web', './web').replace('path: ./web', path)
    const all = { ...files, 'clusters/prod/flux.yaml': `${gitRepository}---\n${text}` }
    return objectsOf(await renderAll(all, engines), 'flux/prod/flux-system/web')
  }
  it('build metadata of the definition reaches the build', async () => {
    const all = {
      ...files,
      'clusters/prod/flux.yaml': `${gitRepository}---\n${fluxKustomization('web', './web', 'buildMetadata: [originAnnotations]')}`,
    }
    const object = objectIn(await renderAll(all, engines), 'flux/prod/flux-system/web', 'ConfigMap')
    expect(valueIn(object, 'metadata', 'annotations', 'config.kubernetes.io/origin')).toBe('path: c.yaml\n')
  })
})

describe('Flux: a HelmRelease that does not fit its type', () => {
  const files = chart('web', { 'c.yaml': configMap('c') })
  it.each<[string, string]>([
    ['upgrade: {remediation: {retries: "3"}}', 'upgrade.remediation.retries of type int64'],
    ['install: {timeout: 5}', 'install.timeout of type string'],
    ['driftDetection: enabled', 'driftDetection of type struct'],
    ['postRenderStrategy: never', "unknown post-render strategy: 'never'"],
    ['chart: {spec: {version: "1"}}', 'names no chart: neither chart.spec.chart nor chartRef'],
  ])('%s', async (extra, wanted) => {
    const chartOf = extra.startsWith('chart:')
      ? ''
      : 'chart: {spec: {chart: web, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}, '
    const release = `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: apps}
spec: {${chartOf}${extra}}
`
    const all = { ...files, 'clusters/prod/flux.yaml': `${gitRepository}---\n${release}` }
    expect(objectsOf(await renderAll(all, engines), 'flux/prod/apps/web')).toEqual([
      expect.stringContaining(wanted) as string,
    ])
  })
})
