import { afterAll, describe, expect, it } from 'vitest'
import type { Judgement } from '../../../src/judge/judgement.ts'
import type { PolicyConfiguration } from '../../../src/model/configuration.ts'
import type { JsonObject } from '../../../src/model/json.ts'
import { displayName } from '../../../src/model/object.ts'
import type { RenderedPair } from '../../../src/model/rendering.ts'
import { configMap, deployment, pair, secret } from '../../compare/objects.ts'
import { configuration } from '../configuration.ts'
import { judgedPairs } from '../judged.ts'
import { shippedEngines } from '../engines.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

function judged(
  pairs: readonly RenderedPair[],
  documents: readonly JsonObject[],
  source: Partial<PolicyConfiguration> = {},
): Promise<Judgement> {
  const base = Object.fromEntries(
    documents.map((document, index) => [`policies/${index}.json`, JSON.stringify(document)]),
  )
  return judgedPairs(engines, pairs, configuration({ policies: [{ path: 'policies', ...source }] }), { base })
}

const told = ({ findings }: Judgement): string[] =>
  findings
    .filter(({ source }) => source === 'policy')
    .map(({ status, level, rule, object, path, message, validation, exemption }) =>
      [
        `${status} ${level} ${rule}/${validation ?? ''}`,
        `${object === undefined ? '' : displayName(object)} ${path}`.trimEnd(),
        message,
        ...(exemption === undefined
          ? []
          : [`(${exemption.native ?? ''} until ${exemption.expires ?? 'ever'})`]),
      ].join(': '),
    )

const open = ({ notChecked }: Judgement): string[] =>
  notChecked
    .filter(({ code }) => ['not-evaluable', 'policy-error', 'engine'].includes(code))
    .map(({ code, what, reason }) => `${code} ${what}: ${reason.split('\n')[0] ?? ''}`)

const namespace: JsonObject = {
  apiVersion: 'v1',
  kind: 'Namespace',
  metadata: { name: 'shop', labels: { team: 'shop' } },
}
const web = (image: string, more: JsonObject = {}): JsonObject =>
  deployment('web', { containers: [{ name: 'app', image, ...more }] })
const change = (image = 'web:latest', more: readonly JsonObject[] = []): RenderedPair[] => [
  pair('shop', [namespace, ...more], [namespace, web(image), ...more]),
]

const latest = {
  expression: "object.spec.containers.all(c, !c.image.endsWith(':latest'))",
  message: 'no latest',
}
const policy = (name: string, spec: JsonObject = {}, more: JsonObject = {}): JsonObject => ({
  apiVersion: 'policies.kyverno.io/v1',
  kind: 'ValidatingPolicy',
  metadata: { name },
  spec: {
    matchConstraints: {
      resourceRules: [
        { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE', 'UPDATE'], resources: ['pods'] },
      ],
    },
    validations: [latest],
    ...spec,
  },
  ...more,
})
const says = (name: string, expression: string, spec: JsonObject = {}): JsonObject =>
  policy(name, { validations: [{ expression, message: `${name} fails` }], ...spec })
const clusterPolicy = (name: string, validate: JsonObject, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'kyverno.io/v1',
  kind: 'ClusterPolicy',
  metadata: { name },
  spec: {
    rules: [{ name: 'images', match: { any: [{ resources: { kinds: ['Pod'] } }] }, validate }],
    ...spec,
  },
})
const cel = (expression: string, more: JsonObject = {}): JsonObject => ({
  message: 'no latest',
  cel: { expressions: [{ expression }] },
  ...more,
})
const exception = (name: string, spec: JsonObject = {}): JsonObject => ({
  apiVersion: 'policies.kyverno.io/v1',
  kind: 'PolicyException',
  metadata: { name, namespace: 'team' },
  spec: { policyRefs: [{ kind: 'ValidatingPolicy', name: 'latest' }], ...spec },
})

const place = 'Deployment shop/web: spec.template.spec.containers'.replace(': spec', ' spec')
const violation = `new required latest/0: ${place}: no latest`

describe('Kyverno policies', () => {
  const cases: readonly {
    name: string
    documents: readonly JsonObject[]
    pairs?: RenderedPair[]
    source?: Partial<PolicyConfiguration>
    told?: readonly string[]
    open?: readonly string[]
  }[] = [
    { name: 'a policy for pods takes deployments', documents: [policy('latest')], told: [violation] },
    { name: 'a good object', documents: [policy('latest')], pairs: change('web:1') },
    {
      name: 'what was there before',
      documents: [policy('latest')],
      pairs: [pair('shop', [namespace, web('web:latest')], [namespace, web('other:latest')])],
      told: [violation.replace('new', 'existing')],
    },
    {
      name: 'what is fixed',
      documents: [policy('latest')],
      pairs: [pair('shop', [namespace, web('web:latest')], [namespace, web('web:1')])],
      told: [violation.replace('new', 'fixed')],
    },
    {
      name: 'controllers that the author switched off',
      documents: [policy('latest', { autogen: { podControllers: { controllers: ['cronjobs'] } } })],
    },
    {
      name: 'audit only tells',
      documents: [policy('latest', { validationActions: ['Audit'] })],
      told: [violation.replace('required', 'advisory')],
    },
    {
      name: 'the level of the configuration wins',
      documents: [policy('latest', { validationActions: ['Audit'] })],
      source: { level: 'mandatory' },
      told: [violation.replace('required', 'mandatory')],
    },
    {
      name: 'policies see defaults, as in the cluster',
      documents: [says('pull', "object.spec.containers.all(c, c.imagePullPolicy == 'IfNotPresent')")],
      told: [`new required pull/0: ${place}: pull fails`],
    },
    {
      name: 'an exception names itself, with its end',
      documents: [policy('latest'), exception('web', { expiresAt: '2999-01-31T00:00:00Z' })],
      told: [`${violation}: (PolicyException team/web until 2999-01-31)`],
    },
    {
      name: 'expired exceptions and those of other objects do not apply',
      documents: [
        policy('latest'),
        exception('old', { expiresAt: '1999-01-31T00:00:00Z' }),
        exception('api', { matchConditions: [{ name: 'n', expression: "object.metadata.name == 'api'" }] }),
      ],
      told: [violation],
    },
    {
      name: 'a mandatory policy knows no exception',
      documents: [policy('latest'), exception('web')],
      source: { level: 'mandatory' },
      told: [violation.replace('required', 'mandatory')],
    },
    {
      name: 'broken policies judge nothing, and the others still do',
      documents: [
        says('syntax', 'object.spec.containers.all(c,'),
        says('type', 'object.metadata.name'),
        policy('latest'),
      ],
      told: [violation],
      open: [
        "policy-error syntax: [<nil>: Internal error: validating policy compiler 1.0 error: failed to compile policy, spec.validations[0].expression: Invalid value: \"object.spec.containers.all(c,\": ERROR: <input>:1:30: Syntax error: mismatched input '<EOF>' expecting {'[', '{', '(', '.', '-', '!', 'true', 'false', 'null', NUM_FLOAT, NUM_INT, NUM_UINT, STRING, BYTES, IDENTIFIER}",
        'policy-error type: [<nil>: Internal error: validating policy compiler 1.0 error: failed to compile policy, spec.validations[0].expression: Invalid value: "object.metadata.name": output is expected to be of type bool]',
      ],
    },
    {
      name: 'actions and versions that no cluster takes are no weaker level',
      documents: [
        policy('latest', { validationActions: ['Enforce'] }),
        { ...policy('version'), apiVersion: 'policies.kyverno.io/v3' },
      ],
      open: [
        'policy-error latest: spec.validationActions "Enforce" is not one of Deny, Audit, Warn',
        'policy-error version: Kyverno has no ValidatingPolicy in policies.kyverno.io/v3: its versions are v1, v1beta1, v1alpha1',
      ],
    },
    {
      name: 'errors of an evaluation fail closed',
      documents: [
        says('field', "object.spec.nodeName == 'x'"),
        says('budget', 'lists.range(3000).all(x, lists.range(3000).all(y, x + y >= 0))'),
      ],
      told: [
        'new required budget/0: Deployment shop/web: the policy cannot be evaluated and fails closed: operation cancelled: actual cost limit exceeded',
        'new required field/0: Deployment shop/web: the policy cannot be evaluated and fails closed: no such key: nodeName',
      ],
    },
    {
      name: 'calls that leave the repository',
      documents: [
        says('http', "http.Get('https://example.com').ok == true"),
        says('image', "image.GetMetadata('web').ok == true"),
        says('global', "globalContext.Get('x', '') == null"),
        says('unneeded', "true || http.Get('https://example.com').ok == true"),
      ],
      open: [
        'not-evaluable global: globalContext "x" is held by the cluster',
        'not-evaluable http: http calls leave the repository',
        'not-evaluable image: the data of image "web" is held by its registry',
      ],
    },
    {
      name: 'other objects of the repository answer',
      documents: [
        says('allowed', "resource.Get('v1', 'configmaps', 'shop', 'allowed').data.image == 'web:1'"),
        says('denied', "resource.Get('v1', 'configmaps', 'shop', 'allowed').data.image == 'web:2'"),
        says('elsewhere', "resource.Get('v1', 'configmaps', 'shop', 'nowhere').data.image == 'web:2'"),
      ],
      pairs: change('web:1', [configMap('allowed', { image: 'web:1' })]),
      told: ['new required denied/0: Deployment shop/web: denied fails'],
      open: ['not-evaluable elsewhere: configmaps "shop/nowhere" is not in the repository'],
    },
    {
      name: 'each side is answered by the objects of its own side',
      documents: [
        says('allowed', "resource.Get('v1', 'configmaps', 'shop', 'allowed').data.image == 'web:1'"),
      ],
      pairs: [
        pair(
          'shop',
          [namespace, configMap('allowed', { image: 'web:1' }), web('web:1')],
          [namespace, configMap('allowed', { image: 'web:2' }), web('web:1', { imagePullPolicy: 'Always' })],
        ),
      ],
      told: [`new required allowed/0: Deployment shop/web: allowed fails`],
    },
    {
      name: 'labels of a namespace that nobody knows',
      documents: [says('team', "namespaceObject.metadata.labels.team == 'shop'")],
      pairs: [pair('shop', [], [web('web:1')])],
      open: [
        'not-evaluable team: the labels of namespace "shop" are not known: the repository does not hold it',
      ],
    },
    {
      name: 'every namespace carries its name as a label, known or not',
      documents: ['shop', 'other'].map((own) =>
        policy(own, {
          matchConstraints: {
            namespaceSelector: { matchLabels: { 'kubernetes.io/metadata.name': own } },
            resourceRules: [
              { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['pods'] },
            ],
          },
        }),
      ),
      pairs: [pair('shop', [], [web('web:latest')])],
      told: [violation.replace('latest/', 'shop/')],
    },
    {
      name: 'a namespace of the repository carries its name as a label',
      documents: [says('named', "namespaceObject.metadata.labels['kubernetes.io/metadata.name'] != 'shop'")],
      told: ['new required named/0: Deployment shop/web: named fails'],
    },
    {
      name: 'what does not validate objects is named',
      documents: [
        policy('change', {}, { kind: 'MutatingPolicy' }),
        policy('sign', {}, { kind: 'ImageValidatingPolicy' }),
        policy('json', { evaluation: { mode: 'JSON' } }),
        policy('off', { evaluation: { admission: { enabled: false }, background: { enabled: false } } }),
        policy('scan', { evaluation: { admission: { enabled: false } } }),
      ],
      told: [violation.replace('required', 'advisory').replace('latest/', 'scan/')],
      open: [
        'not-evaluable change: a MutatingPolicy is not evaluated: it changes objects',
        'not-evaluable json: its evaluation mode JSON is not for objects of a cluster',
        'not-evaluable off: is not evaluated in the cluster either: its admission and background are both switched off',
        'not-evaluable sign: a ImageValidatingPolicy is not evaluated: signatures are held by registries',
      ],
    },
    {
      name: 'CEL rules of ClusterPolicy, with the names that their authors gave',
      documents: [
        clusterPolicy('audit', cel(latest.expression)),
        clusterPolicy('enforce', cel(latest.expression), { validationFailureAction: 'Enforce' }),
        clusterPolicy('rule', cel(latest.expression, { failureAction: 'Enforce' })),
        clusterPolicy('elsewhere', cel(latest.expression), {
          validationFailureAction: 'Enforce',
          validationFailureActionOverrides: [{ action: 'Audit', namespaces: ['sh*'] }],
        }),
        clusterPolicy('labelled', cel(latest.expression), {
          validationFailureActionOverrides: [
            { action: 'Enforce', namespaceSelector: { matchLabels: { team: 'shop' } } },
          ],
        }),
      ],
      told: [
        `new advisory audit/images: ${place}: no latest`,
        `new advisory elsewhere/images: ${place}: no latest`,
        `new required enforce/images: ${place}: no latest`,
        `new required labelled/images: ${place}: no latest`,
        `new required rule/images: ${place}: no latest`,
      ],
    },
    {
      name: 'rules that are not CEL are named, and errors follow the failure policy',
      documents: [
        clusterPolicy('pattern', { pattern: { spec: { hostNetwork: 'false' } } }),
        clusterPolicy('ignored', cel("object.spec.nodeName == 'x'"), { failurePolicy: 'Ignore' }),
        clusterPolicy('closed', cel("object.spec.nodeName == 'x'"), { validationFailureAction: 'Enforce' }),
        clusterPolicy('roles', cel("authorizer.group('').resource('pods').check('get').allowed()")),
      ],
      told: [
        "new required closed/images: Deployment shop/web: the policy cannot be evaluated and fails closed: expression 'object.spec.template.spec.nodeName == 'x'' resulted in error: no such key: nodeName",
      ],
      open: [
        "policy-error ignored: rule images: expression 'object.spec.template.spec.nodeName == 'x'' resulted in error: no such key: nodeName",
        'not-evaluable pattern: rule images: rules of the type pattern are not evaluated, only validate.cel',
        'not-evaluable roles: rule images: the authorizer knows the roles of the cluster',
      ],
    },
  ]

  it.each(cases)('$name', async ({ documents, pairs = change(), source, told: findings, open: left }) => {
    const judgement = await judged(pairs, documents, source)
    expect({ told: told(judgement).sort(), open: open(judgement).sort() }).toEqual({
      told: [...(findings ?? [])].sort(),
      open: [...(left ?? [])].sort(),
    })
  })

  it('counts what each policy matched', async () => {
    const { policies } = await judged(change(), [policy('latest'), policy('none', { matchConstraints: {} })])
    expect(policies.map(({ id, matched }) => [id, matched])).toContainEqual(['latest', 1])
  })

  it('never shows the value of a secret', async () => {
    const reads = policy('reads', {
      matchConstraints: {
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], operations: ['CREATE'], resources: ['secrets'] },
        ],
      },
      validations: [
        { expression: 'false', messageExpression: "'value ' + string(base64.decode(object.data.token))" },
      ],
    })
    const judgement = await judged(
      [pair('shop', [namespace], [namespace, secret('s', { token: 'hunter2hunter2' })])],
      [reads],
    )
    expect(told(judgement)).toHaveLength(1)
    expect(JSON.stringify(judgement)).not.toContain('hunter2')
  })
})
