import { afterAll, describe, expect, it } from 'vitest'
import type { Judgement } from '../../src/judge/judgement.ts'
import type { Configuration } from '../../src/model/configuration.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { displayName } from '../../src/model/object.ts'
import type { RenderedPair } from '../../src/model/rendering.ts'
import { configMap, deployment, pair, secret } from '../compare/objects.ts'
import { configuration } from './configuration.ts'
import { judgedPairs } from './judged.ts'
import { shippedEngines } from './engines.ts'
import { widget, widgetDefinition } from './schema/support.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

interface Setup {
  readonly files?: Readonly<Record<string, string>>
  readonly headFiles?: Readonly<Record<string, string>>
  readonly configuration?: Partial<Configuration>
}

/** Judges pairs with the shipped engines; the location of every object is its origin's file. */
function judged(pairs: readonly RenderedPair[], setup: Setup = {}): Promise<Judgement> {
  const { files = {}, headFiles } = setup
  const settings = configuration({
    ...(files['policies/p.yaml'] === undefined ? {} : { policies: [{ path: 'policies' }] }),
    ...setup.configuration,
  })
  return judgedPairs(engines, pairs, settings, { base: files, head: headFiles })
}

const told = ({ findings }: Judgement): string[] =>
  findings.map(({ status, level, rule, object, path }) =>
    `${status} ${level} ${rule} ${object === undefined ? '' : displayName(object)} ${path}`.trimEnd(),
  )

const container = (more: JsonObject = {}): JsonObject => ({ name: 'api', image: 'acme/api:1.0', ...more })
const api = (more: JsonObject = {}, spec: JsonObject = {}): JsonObject => {
  const object = deployment('api', { containers: [container(more)] })
  return { ...object, spec: { ...(object['spec'] as JsonObject), ...spec } }
}
const claim = (storage: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'PersistentVolumeClaim',
  metadata: { name: 'data', namespace: 'shop' },
  spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
})

describe('what the API server says', () => {
  const cases: readonly {
    name: string
    base: readonly JsonObject[]
    head: readonly JsonObject[]
    told: readonly string[]
  }[] = [
    { name: 'a good update', base: [api()], head: [api({ image: 'acme/api:1.1' })], told: [] },
    {
      name: 'a missing image',
      base: [api()],
      head: [deployment('api', { containers: [{ name: 'api' }] })],
      told: [
        'new required admission/FieldValueRequired Deployment shop/api spec.template.spec.containers[0].image',
      ],
    },
    {
      name: 'a fault that was there before',
      base: [api({ ports: [{ containerPort: 70000 }] })],
      head: [api({ ports: [{ containerPort: 70000 }], image: 'acme/api:2' })],
      told: [
        'existing required admission/FieldValueInvalid Deployment shop/api spec.template.spec.containers[0].ports[0].containerPort',
      ],
    },
    {
      name: 'a fault that goes',
      base: [api({ ports: [{ containerPort: 70000 }] })],
      head: [api({ ports: [{ containerPort: 7000 }] })],
      told: [
        'fixed required admission/FieldValueInvalid Deployment shop/api spec.template.spec.containers[0].ports[0].containerPort',
      ],
    },
    {
      name: 'a fault that another container pushes down the list',
      base: [deployment('api', { containers: [container({ ports: [{ containerPort: 70000 }] })] })],
      head: [
        deployment('api', {
          containers: [{ name: 'first', image: 'x:1' }, container({ ports: [{ containerPort: 70000 }] })],
        }),
      ],
      told: [
        'existing required admission/FieldValueInvalid Deployment shop/api spec.template.spec.containers[1].ports[0].containerPort',
      ],
    },
    {
      name: 'an immutable selector',
      base: [api()],
      head: [
        api(
          {},
          {
            selector: { matchLabels: { app: 'new' } },
            template: { metadata: { labels: { app: 'new' } }, spec: { containers: [container()] } },
          },
        ),
      ],
      told: ['new required safety/immutable-field Deployment shop/api spec.selector'],
    },
    {
      name: 'a volume that shrinks',
      base: [claim('20Gi')],
      head: [claim('10Gi')],
      told: [
        'new required safety/shrinking-volume PersistentVolumeClaim shop/data spec.resources.requests.storage',
      ],
    },
    { name: 'a volume that grows', base: [claim('10Gi')], head: [claim('20Gi')], told: [] },
    { name: 'a deletion', base: [api()], head: [], told: [] },
    {
      name: 'a misspelt field is one finding of schema and server',
      base: [],
      head: [api({}, { replcas: 3 })],
      told: ['new required admission/Strict Deployment shop/api spec.replcas'],
    },
    {
      name: 'a wrong type is one finding',
      base: [],
      head: [api({}, { replicas: '3' })],
      told: ['new required admission/Decode Deployment shop/api spec.replicas'],
    },
    {
      name: 'a kind that is gone',
      base: [],
      head: [
        {
          apiVersion: 'policy/v1beta1',
          kind: 'PodDisruptionBudget',
          metadata: { name: 'a', namespace: 'shop' },
          spec: { minAvailable: 1 },
        },
      ],
      told: ['new required schema/removed-kind PodDisruptionBudget shop/a apiVersion'],
    },
    {
      name: 'an unchanged fault is not judged',
      base: [api({ image: '' })],
      head: [api({ image: '' })],
      told: [],
    },
  ]
  it.each(cases)('$name', async ({ base, head, told: expected }) => {
    const judgement = await judged([pair('app', base, head)])
    expect(told(judgement)).toEqual(expected)
    expect(judgement.notChecked).toEqual([])
  })

  it('gate all judges what did not change', async () => {
    const judgement = await judged([pair('app', [api({ image: '' })], [api({ image: '' })])], {
      configuration: { gate: 'all' },
    })
    expect(told(judgement)).toEqual([
      'existing required admission/FieldValueRequired Deployment shop/api spec.template.spec.containers[0].image',
    ])
  })

  it('one finding for equal targets, with remedy and location', async () => {
    const broken = [deployment('api', { containers: [{ name: 'api' }] })]
    const { findings } = await judged([pair('b', [], broken), pair('a', [], broken)])
    expect(findings).toEqual([
      expect.objectContaining({
        targets: ['a', 'b'],
        remedy: expect.stringContaining('image') as string,
        location: { file: 'app/manifests.yaml' },
      }),
    ])
  })
})

describe('sentences', () => {
  it('an immutable field says what the sync will do', async () => {
    const selector = (app: string): JsonObject =>
      api(
        {},
        {
          selector: { matchLabels: { app } },
          template: { metadata: { labels: { app } }, spec: { containers: [container()] } },
        },
      )
    const { findings } = await judged([pair('app', [selector('a')], [selector('b')])])
    expect(findings[0]?.message).toBe(
      'field is immutable. The sync fails until the Deployment is deleted; its pods stop meanwhile.',
    )
  })
  it('a broken namespace of the change is a finding, not something open', async () => {
    const judgement = await judged([
      pair('app', [], [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: '.hello' } }]),
    ])
    expect(judgement.findings.map(({ path }) => path)).toContain('metadata.name')
    expect(judgement.notChecked).toEqual([])
  })
  it('an object without spec says what is missing in it, once', async () => {
    const judgement = await judged([
      pair(
        'app',
        [],
        [{ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name: 'a', namespace: 'x' } }],
      ),
    ])
    expect(judgement.findings.map(({ source }) => source)).not.toContain('schema')
  })
})

describe('several clusters', () => {
  const old: JsonObject = {
    apiVersion: 'flowcontrol.apiserver.k8s.io/v1beta3',
    kind: 'FlowSchema',
    metadata: { name: 'a' },
    spec: { matchingPrecedence: 100, priorityLevelConfiguration: { name: 'global-default' } },
  }
  it('each is judged by its own version', async () => {
    const judgement = await judged([
      pair('new', [], [old], { cluster: 'new', kubernetes: '1.34' }),
      pair('old', [], [old], { cluster: 'old', kubernetes: '1.29' }),
    ])
    const removed = judgement.findings.filter(({ rule }) => rule === 'schema/removed-kind')
    expect(removed.map(({ targets }) => targets)).toEqual([['new']])
  })
  it('each knows its own definitions', async () => {
    const definition = widgetDefinition({ type: 'object', properties: { size: { type: 'integer' } } })
    const { notChecked } = await judged([
      pair('eu', [], [definition, widget({ size: 1 })], { cluster: 'eu' }),
      pair('us', [], [widget({ size: 1 })], { cluster: 'us' }),
    ])
    expect(notChecked.map(({ code, targets }) => `${code} ${targets.join()}`)).toEqual(['unknown-kind us'])
  })
})

describe('a version that a default server does not serve', () => {
  const bundle = {
    apiVersion: 'certificates.k8s.io/v1beta1',
    kind: 'ClusterTrustBundle',
    metadata: { name: 'a' },
    spec: { trustBundle: 'x' },
  }
  it('is not checked, and the report says why', async () => {
    const { findings, notChecked } = await judged([pair('app', [], [bundle])])
    expect(findings).toEqual([])
    expect(notChecked).toMatchObject([
      { what: 'certificates.k8s.io/v1beta1/ClusterTrustBundle', code: 'unknown-kind', targets: ['app'] },
    ])
    expect(notChecked[0]?.reason).toMatch(/^a default API server does not serve this version/)
  })
})

describe('custom resources', () => {
  const definition = widgetDefinition({
    type: 'object',
    properties: { size: { type: 'integer', minimum: 1 } },
  })

  it('a definition in a file of the repository judges', async () => {
    const judgement = await judged([pair('app', [], [widget({ size: 0 })])], {
      files: { 'crds/widgets.json': JSON.stringify(definition) },
    })
    expect(told(judgement).map((line) => line.split(' ').slice(0, 2).join(' '))).toEqual(['new required'])
    expect(judgement.findings[0]?.path).toBe('spec.size')
    expect(judgement.notChecked).toEqual([])
  })
  it('a definition that comes in the same change judges', async () => {
    const judgement = await judged([pair('app', [], [definition, widget({ size: 0 })])])
    expect(judgement.findings.map(({ path }) => path)).toEqual(['spec.size'])
  })
  it('unknown kinds are one entry with a count', async () => {
    const gadget = (name: string): JsonObject => ({
      apiVersion: 'acme.example/v1',
      kind: 'Gadget',
      metadata: { name },
    })
    const { notChecked } = await judged([pair('app', [], [gadget('a'), gadget('b')])])
    expect(notChecked).toEqual([
      expect.objectContaining({
        what: 'acme.example/Gadget',
        code: 'unknown-kind',
        count: 2,
        targets: ['app'],
      }),
    ])
  })
  it('skipped kinds are left out', async () => {
    const gadget: JsonObject = { apiVersion: 'acme.example/v1', kind: 'Gadget', metadata: { name: 'a' } }
    const { notChecked } = await judged([pair('app', [], [gadget])], {
      configuration: { schemas: { locations: [], skip: ['acme.example/*'], crds: [] } },
    })
    expect(notChecked).toEqual([])
  })
})

const policy = (expression: string, more = '', actions = 'Deny'): string => `
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata:
  name: rule
  annotations: {preadmit.dev/severity: high, preadmit.dev/remediation: set it, preadmit.dev/docs: "https://example.com/rule"}
spec:
  matchConstraints:
    resourceRules:
      - {apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE, DELETE], resources: [deployments]}
${more}
  validations:
    - expression: ${JSON.stringify(expression)}
      message: two replicas are needed
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: rule}
spec: {policyName: rule, validationActions: [${actions}]}
`
const replicas = 'object == null || object.spec.replicas >= 2'

describe('policies', () => {
  const cases: readonly {
    name: string
    text: string
    base: readonly JsonObject[]
    head: readonly JsonObject[]
    told: readonly string[]
    matched: number
  }[] = [
    {
      name: 'new',
      text: policy(replicas),
      base: [api({}, { replicas: 2 })],
      head: [api({}, { replicas: 1 })],
      told: ['new required rule Deployment shop/api'],
      matched: 1,
    },
    {
      name: 'existing',
      text: policy(replicas),
      base: [api({}, { replicas: 1 })],
      head: [api({ image: 'x:2' }, { replicas: 1 })],
      told: ['existing required rule Deployment shop/api'],
      matched: 1,
    },
    {
      name: 'fixed',
      text: policy(replicas),
      base: [api({}, { replicas: 1 })],
      head: [api({}, { replicas: 2 })],
      told: ['fixed required rule Deployment shop/api'],
      matched: 1,
    },
    {
      name: 'the default of the API server is seen',
      text: policy(replicas),
      base: [],
      head: [api()],
      told: ['new required rule Deployment shop/api'],
      matched: 1,
    },
    {
      name: 'Warn is advisory',
      text: policy(replicas, '', 'Warn'),
      base: [],
      head: [api()],
      told: ['new advisory rule Deployment shop/api'],
      matched: 1,
    },
    {
      name: 'a deletion has no object',
      text: policy('object != null'),
      base: [api()],
      head: [],
      told: ['new required rule Deployment shop/api'],
      matched: 1,
    },
    {
      name: 'oldObject is the base',
      text: policy('oldObject == null || object == null || object.spec.replicas >= oldObject.spec.replicas'),
      base: [api({}, { replicas: 3 })],
      head: [api({}, { replicas: 2 })],
      told: ['new required rule Deployment shop/api'],
      matched: 1,
    },
    {
      name: 'nothing matched',
      text: policy(replicas),
      base: [],
      head: [configMap('a', {})],
      told: [],
      matched: 0,
    },
  ]
  it.each(cases)('$name', async ({ text, base, head, told: expected, matched }) => {
    const judgement = await judged([pair('app', base, head)], { files: { 'policies/p.yaml': text } })
    expect(told(judgement)).toEqual(expected)
    expect(judgement.policies).toEqual([
      expect.objectContaining({ id: 'rule', matched, source: 'policies', everywhere: false }),
    ])
    expect(judgement.notChecked).toEqual([])
  })

  it('brings severity, remedy, docs and message', async () => {
    const { findings } = await judged([pair('app', [], [api()])], {
      files: { 'policies/p.yaml': policy(replicas) },
    })
    expect(findings[0]).toMatchObject({
      severity: 'high',
      remedy: 'set it',
      docs: 'https://example.com/rule',
      message: 'two replicas are needed',
      location: { file: 'app/manifests.yaml' },
    })
  })
  it('the level of the configuration wins', async () => {
    const { findings } = await judged([pair('app', [], [api()])], {
      files: { 'policies/p.yaml': policy(replicas) },
      configuration: { policies: [{ path: 'policies', level: 'mandatory', owner: 'acme/platform' }] },
    })
    expect(findings[0]).toMatchObject({ level: 'mandatory', owner: 'acme/platform' })
  })
  it('head cannot relabel its namespace out of a rule', async () => {
    const namespace = (exempt: string): JsonObject => ({
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { exempt } },
    })
    const selector =
      '    namespaceSelector: {matchExpressions: [{key: exempt, operator: NotIn, values: ["yes"]}]}'
    const judgement = await judged([pair('app', [namespace('no')], [namespace('yes'), api()])], {
      files: { 'policies/p.yaml': policy(replicas, selector) },
    })
    expect(told(judgement)).toEqual([
      'new required rule Deployment shop/api',
      'new advisory safety/namespace-labels Namespace shop metadata.labels',
    ])
  })
  it('a policy that needs the cluster is not evaluable, with its targets', async () => {
    const judgement = await judged([pair('app', [], [api()])], {
      files: { 'policies/p.yaml': policy("authorizer.group('').resource('pods').check('get').allowed()") },
    })
    expect(judgement.notChecked).toEqual([
      expect.objectContaining({ what: 'rule', code: 'not-evaluable', targets: ['app'] }),
    ])
    expect(told(judgement)).toEqual([])
  })
  it('a policy that does not compile is open for every touched target', async () => {
    const judgement = await judged([pair('app', [], [api()])], {
      files: { 'policies/p.yaml': policy('object.spec.(') },
    })
    const open = [
      ...told(judgement),
      ...judgement.notChecked.map(({ code, targets }) => `${code} ${targets.join()}`),
    ]
    expect(open.join('\n')).toMatch(/policy-error app|new required rule/)
  })
  it('a Secret value that a policy quotes is masked', async () => {
    const text = policy('false')
      .replace('apiGroups: [apps]', 'apiGroups: [""]')
      .replace('resources: [deployments]', 'resources: [configmaps]')
      .replace('message: two replicas are needed', `messageExpression: "'found ' + object.data.copy"`)
    const judgement = await judged(
      [pair('app', [], [secret('s', { A: 'hunter2-canary' }), configMap('c', { copy: 'hunter2-canary' })])],
      {
        files: { 'policies/p.yaml': text },
      },
    )
    expect(judgement.findings).toHaveLength(1)
    expect(JSON.stringify(judgement)).not.toContain('hunter2-canary')
    expect(judgement.findings[0]?.message).toBe('found (masked)')
  })
})

describe('pod security', () => {
  const namespace: JsonObject = {
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
  }
  const privileged = api({ securityContext: { privileged: true } })

  it('the labels of a namespace in a file of the repository', async () => {
    const judgement = await judged([pair('app', [], [privileged])], {
      files: { 'namespaces/shop.yaml': JSON.stringify(namespace) },
    })
    expect(told(judgement)).toEqual(['new required pod-security/privileged Deployment shop/api'])
  })
  it('the configuration, where labels say nothing', async () => {
    const judgement = await judged([pair('app', [privileged], [api()])], {
      configuration: { podSecurity: { enforce: 'baseline', warn: null, version: 'latest' } },
    })
    expect(told(judgement)).toEqual(['fixed required pod-security/privileged Deployment shop/api'])
  })
  it('nothing without either', async () => {
    expect(told(await judged([pair('app', [], [privileged])]))).toEqual([])
  })
})
