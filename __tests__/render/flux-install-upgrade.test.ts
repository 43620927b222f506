/**
 * Install against upgrade of a HelmRelease, as helm-controller's own tests and code have it: internal/action
 * (crds, install, upgrade, verify) and internal/release (name), version 1.6. Facts as data.
 */
import { afterAll, describe, expect, it } from 'vitest'
import { releaseFacts } from '../../src/discover/flux/facts.ts'
import { releaseName } from '../../src/discover/flux/release-name.ts'
import { applicationChanges } from '../../src/compare/application-changes.ts'
import type { Json } from '../../src/model/json.ts'
import { movedRelease } from '../../src/model/release.ts'
import type { RenderedPair } from '../../src/model/rendering.ts'
import { shippedEngines } from '../check/harness.ts'
import { chart, fluxKustomization, gitRepository, renderFiles, type Files } from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

it.each([
  ['release-name', 'release-name'],
  [
    'release-name-with-very-long-name-which-is-longer-than-53-characters',
    'release-name-with-very-long-name-which-i-788ca0d0d7b0',
  ],
  [
    'another-release-name-with-very-long-name-which-is-longer-than-53-characters',
    'another-release-name-with-very-long-name-7e72150d5a36',
  ],
  ['a'.repeat(53), 'a'.repeat(53)],
  ['', ''],
])('the release of the name %j is %j', (name, wanted) => {
  expect(releaseName({ releaseName: '', targetNamespace: '', name })).toBe(wanted)
})

describe('what makes another release of it (ReleaseTargetChanged)', () => {
  const facts = (spec: Record<string, Json>, name: string) =>
    releaseFacts({ metadata: { name: 'default-name', namespace: 'default' }, spec }, 'default', name)
  const long = 'target-namespace-exceeding-max-characters'
  it.each<[string, Record<string, Json>, Record<string, Json>, string, string | undefined]>([
    ['no change', {}, {}, 'chart', undefined],
    [
      'the same said in words',
      {},
      { storageNamespace: 'default', releaseName: 'default-name' },
      'chart',
      undefined,
    ],
    ['different storage namespace', {}, { storageNamespace: 'storage' }, 'chart', 'storage'],
    ['different release namespace', {}, { targetNamespace: 'target' }, 'chart', 'namespace'],
    ['different release name', {}, { releaseName: 'other' }, 'chart', 'name'],
    ['different chart name', {}, {}, 'other-chart', 'chart'],
    [
      'different chart name, in place',
      {},
      { upgrade: { chartNameChangeStrategy: 'InPlaceUpdate' } },
      'other-chart',
      undefined,
    ],
    [
      'different chart name, said to reinstall',
      {},
      { upgrade: { chartNameChangeStrategy: 'Reinstall' } },
      'other-chart',
      'chart',
    ],
    [
      'matching shortened release name',
      { targetNamespace: long, releaseName: `${long.slice(0, 40)}-eceb26601388` },
      { targetNamespace: long },
      'chart',
      undefined,
    ],
    [
      'different shortened release name',
      { targetNamespace: long, releaseName: 'release' },
      { targetNamespace: long },
      'chart',
      'name',
    ],
  ])('%s', (_, before, after, name, wanted) => {
    expect(movedRelease(facts(before, 'chart'), facts(after, name))).toBe(wanted)
  })
})

const crd = (name: string, note: string): string =>
  `apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: ${name}.example.com, annotations: {note: "${note}"}}\nspec: {group: example.com, scope: Cluster, names: {kind: ${name}, plural: ${name}}, versions: []}\n`
const facts =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: facts}\ndata:\n  is: "install {{ .Release.IsInstall }}, upgrade {{ .Release.IsUpgrade }}"\n  a: {{ .Values.a | quote }}\n'
const files = (spec: string, more: Files = {}): Files => ({
  'clusters/eu/source.yaml': gitRepository,
  'clusters/eu/sync.yaml': fluxKustomization('flux-system', './clusters/eu'),
  'clusters/eu/web.yaml': `apiVersion: helm.toolkit.fluxcd.io/v2
kind: HelmRelease
metadata: {name: web, namespace: apps}
spec:
  interval: 1h
  chart: {spec: {chart: ./web, sourceRef: {kind: GitRepository, name: flux-system, namespace: flux-system}}}
  ${spec}
`,
  ...chart('web', { 'facts.yaml': facts }),
  ...more,
})

async function pairOf(base: Files, head: Files): Promise<RenderedPair> {
  const { pairs } = await renderFiles(base, head, engines)
  const pair = pairs.find(({ id }) => id === 'flux/eu/apps/web')
  if (pair === undefined) throw new Error(`no such target: ${pairs.map(({ id }) => id).join(', ')}`)
  return pair
}

const objectsOf = ({ head }: RenderedPair): Record<string, string> =>
  head?.state !== 'rendered'
    ? { state: head?.state ?? 'gone' }
    : Object.fromEntries(
        head.objects.map(({ identity, object }) => {
          const { metadata, data } = object as {
            metadata: { annotations?: { note?: string } }
            data?: { is: string }
          }
          return [identity.name, data?.is ?? metadata.annotations?.note ?? '']
        }),
      )

const crdsOf = (pair: RenderedPair): Record<string, string> =>
  Object.fromEntries(Object.entries(objectsOf(pair)).filter(([name]) => name !== 'facts'))

describe('.Release.IsInstall and IsUpgrade', () => {
  it.each<[string, Files, Files, boolean]>([
    ['a new release', {}, files(''), false],
    ['one that is there', files(''), files('values: {a: 2}'), true],
    ['another release name', files(''), files('releaseName: other'), false],
    ['the same name in words', files(''), files('releaseName: web\n  values: {a: 2}'), true],
    ['another storage namespace', files(''), files('storageNamespace: other'), false],
    ['another namespace', files(''), files('targetNamespace: other'), false],
    [
      'another name of the chart',
      files(''),
      files('', { 'web/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' }),
      false,
    ],
    [
      'another name of the chart, in place',
      files('upgrade: {chartNameChangeStrategy: InPlaceUpdate}'),
      files('upgrade: {chartNameChangeStrategy: InPlaceUpdate}', {
        'web/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n',
      }),
      true,
    ],
    [
      'another version of the chart',
      files(''),
      files('', { 'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 2.0.0\n' }),
      true,
    ],
  ])('%s', async (_, base, head, upgrade) => {
    expect(objectsOf(await pairOf(base, head))['facts']).toBe(`install ${!upgrade}, upgrade ${upgrade}`)
  })
})

describe('the chart’s crds folder', () => {
  const old = { 'web/crds/a.yaml': crd('a', 'old') }
  const now = { 'web/crds/a.yaml': crd('a', 'new'), 'web/crds/b.yaml': crd('b', 'new') }
  const both = { 'a.example.com': 'new', 'b.example.com': 'new' }
  const kept = { 'a.example.com': 'old', 'b.example.com': 'new' }
  const none = { 'a.example.com': 'old' }
  it.each<[string, string, boolean, Record<string, string>]>([
    ['install', '', false, both],
    ['install', 'install: {crds: Skip}', false, {}],
    ['install', 'install: {crds: Create}', false, both],
    ['install', 'install: {crds: CreateReplace}', false, both],
    // Deprecated, and read by nothing any more.
    ['install', 'install: {skipCRDs: true}', false, both],
    // crdPolicyOrDefault gives both actions Create.
    ['upgrade', '', true, kept],
    ['upgrade', 'install: {crds: Skip}', true, kept],
    ['upgrade', 'install: {crds: CreateReplace}', true, kept],
    ['upgrade', 'upgrade: {crds: Skip}', true, none],
    ['upgrade', 'upgrade: {crds: Create}', true, kept],
    ['upgrade', 'upgrade: {crds: CreateReplace}', true, both],
  ])('%s with {%s}', async (_, spec, exists, wanted) => {
    const pair = await pairOf(exists ? files(spec, old) : {}, files(spec, now))
    expect(crdsOf(pair)).toEqual(wanted)
  })

  it.each([
    ['install: {crds: CreateReplace}', both],
    ['install: {crds: Skip}, upgrade: {crds: CreateReplace}', none],
    ['upgrade: {crds: CreateReplace}', kept],
  ])('install.crds counts where the release is installed anew: {%s}', async (spec, wanted) => {
    const lines = spec.replace('}, ', '}\n  ')
    const pair = await pairOf(files(lines, old), files(`${lines}\n  releaseName: other`, now))
    expect(crdsOf(pair)).toEqual(wanted)
  })

  it('is not a folder of that name among the templates', async () => {
    const spec = 'upgrade: {crds: Skip}\n  commonMetadata: {labels: {common: "yes"}}'
    const pair = await pairOf(
      files(spec, { 'web/templates/crds/a.yaml': crd('a', 'old') }),
      files(spec, { 'web/templates/crds/a.yaml': crd('a', 'new') }),
    )
    expect(objectsOf(pair)['a.example.com']).toBe('new')
    expect(pair.heldBack?.some((sentence) => sentence.includes('crds folder')) ?? false).toBe(false)
    const labels =
      pair.head?.state === 'rendered' ? pair.head.objects.map(({ object }) => object['metadata']) : []
    expect(labels.every((metadata) => JSON.stringify(metadata).includes('"common":"yes"'))).toBe(true)
  })

  it('holds nothing but definitions of the API server’s own group', async () => {
    const more = {
      'web/crds/policy.yaml':
        'apiVersion: admissionregistration.k8s.io/v1\nkind: ValidatingAdmissionPolicy\nmetadata: {name: safe-upgrades.example.com}\nspec: {failurePolicy: Fail}\n',
      'web/crds/other.yaml': crd('other', 'x').replace('apiextensions.k8s.io/v1', 'example.com/v1'),
      'web/crds/a.yaml': crd('a', 'new'),
    }
    expect(Object.keys(objectsOf(await pairOf({}, files('', more))))).toEqual(['a.example.com', 'facts'])
  })
})

describe('a chart whose files change', () => {
  const changedTemplate = {
    'web/templates/facts.yaml': facts.replace('name: facts', 'name: facts, labels: {b: c}'),
  }
  const version = { 'web/Chart.yaml': 'apiVersion: v2\nname: web\nversion: 1.0.1\n' }
  const chartSpec = (more: string): string => `timeout: 1m\n  values: {a: 1${more}}`
  const revision = (all: Files): Files => ({
    ...all,
    'clusters/eu/web.yaml': (all['clusters/eu/web.yaml'] as string).replace(
      'chart: ./web,',
      'chart: ./web, reconcileStrategy: Revision,',
    ),
  })
  it.each<[string, Files, Files, boolean]>([
    ['under the same version', files(''), files('', changedTemplate), true],
    [
      'under the same version, with new values',
      files(chartSpec('')),
      files(chartSpec('0'), changedTemplate),
      true,
    ],
    ['in the values alone', files(''), files('', { 'web/values.yaml': 'a: 2\n' }), true],
    ['under another version', files(''), files('', { ...changedTemplate, ...version }), false],
    ['by revision', revision(files('')), revision(files('', changedTemplate)), false],
    ['with another HelmChart', files(''), revision(files('', changedTemplate)), false],
    ['in nothing that is rendered', files(''), files('', { 'web/README.md': 'x' }), false],
    ['not at all, only the values', files(''), files('values: {a: 2}'), false],
  ])('%s', async (_, base, head, held) => {
    const pair = await pairOf(base, head)
    expect(pair.heldBack ?? []).toEqual(
      held ? [expect.stringContaining('keeps its chart web 1.0.0 as it was built before')] : [],
    )
  })
})

it('a chart of another name is told before it takes the release away', async () => {
  const pair = await pairOf(
    files(''),
    files('', { 'web/Chart.yaml': 'apiVersion: v2\nname: shop\nversion: 1.0.0\n' }),
  )
  expect(applicationChanges([pair], new Map(), []).map(({ change, sentence }) => [change, sentence])).toEqual(
    [
      [
        'retargeted',
        'installs the chart shop in place of web: the release is uninstalled first and installed anew, unless upgrade.chartNameChangeStrategy is InPlaceUpdate',
      ],
    ],
  )
})

it.each([
  ['values: {b: 1}', 'values: {b: 1}', 'a: 2\n', true],
  ['values: {a: 3}', 'values: {b: 1}', 'a: 1\n', true],
  ['values: {a: 3}', 'releaseName: other', 'a: 1\n', false],
  ['values: {b: 1}', 'values: {b: 2}', 'a: 1\n', false],
])('upgrade.preserveValues: from {%s} to {%s} and %j', async (before, after, values, told) => {
  const kept = 'upgrade: {preserveValues: true}'
  const pair = await pairOf(
    files(`${kept}\n  ${before}`),
    files(`${kept}\n  ${after}`, { 'web/values.yaml': values }),
  )
  const said = (pair.heldBack ?? []).some((sentence) => sentence.includes('upgrade.preserveValues'))
  expect(said).toBe(told)
})
