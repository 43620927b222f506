/** ValidatingAdmissionPolicies and Pod Security in the shipped engine, as sets, tests and lint ask for them. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { AdmissionLoadRequest, PolicyWrite } from '../../src/engine/api.ts'
import type { AdmissionSession, EngineAnswer, Engines } from '../../src/engine/engines.ts'
import { createEngines } from '../../src/engine/pool.ts'
import type { JsonObject } from '../../src/model/json.ts'

let engines: Engines
beforeAll(() => {
  engines = createEngines({ directory: new URL('../../dist/engines/', import.meta.url), cores: 2 })
})
afterAll(() => engines.close())

const api = 'admissionregistration.k8s.io/v1'

function policy(name: string, spec: JsonObject): JsonObject {
  const resourceRules = [
    { apiGroups: ['apps'], apiVersions: ['v1'], operations: ['*'], resources: ['deployments'] },
  ]
  return {
    apiVersion: api,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: { matchConstraints: { resourceRules }, ...spec },
  }
}

function binding(policyName: string): JsonObject {
  return {
    apiVersion: api,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name: policyName },
    spec: { policyName, validationActions: ['Deny'] },
  }
}

function deployment(replicas: number): JsonObject {
  const labels = { app: 'web' }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop' },
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: { containers: [{ name: 'app', image: 'web:1', securityContext: { privileged: true } }] },
      },
    },
  }
}

const create: PolicyWrite = { operation: 'CREATE', object: deployment(3), namespace: 'shop' }

async function open(
  load: Omit<AdmissionLoadRequest, 'op' | 'kubernetes'>,
  kubernetes = '1.37',
): Promise<AdmissionSession> {
  const session = await engines.admission.open({ kubernetes, ...load })
  if ('error' in session) throw new Error(session.error.message)
  return session
}

function resultOf<T>(answer: EngineAnswer<T>): T {
  if (!answer.ok) throw new Error(answer.error.message)
  return answer.result
}

const nested = (depth: number): string =>
  Array.from({ length: depth }).reduce<string>(
    (text, _, i) => `[0,1,2,3,4,5,6,7,8,9].all(v${i}, ${text})`,
    'true',
  )

describe('a bad policy ends in a named state, and the others still judge', () => {
  const cases: readonly [name: string, validation: JsonObject, outcome: string, says: RegExp][] = [
    ['syntax', { expression: 'object.spec.replicas <=' }, 'error', /Syntax error/],
    ['type', { expression: '"text"' }, 'error', /must evaluate to bool/],
    ['budget', { expression: nested(7) }, 'error', /cost limit exceeded/],
    ['field', { expression: 'object.spec.none == 1' }, 'error', /no such key: none/],
    ['message', { expression: 'false', message: 'x'.repeat(2 ** 20) }, 'fail', /^x{5120} …$/],
    ['deep', { expression: `${'('.repeat(600)}true${')'.repeat(600)}` }, 'error', /compilation/],
  ]
  test.each(cases)('%s', async (_, validation, outcome, says) => {
    const session = await open({
      policies: [
        policy('bad', { validations: [validation] }),
        policy('good', { validations: [{ expression: 'object.spec.replicas == 1' }] }),
      ],
      bindings: [binding('bad'), binding('good')],
    })
    const { evaluations } = resultOf(await session.evaluatePolicies([create]))
    const bad = evaluations.filter((evaluation) => evaluation.policy === 'bad')
    expect(bad.map((evaluation) => evaluation.outcome)).toEqual([outcome])
    expect(bad[0]?.message).toMatch(says)
    expect(evaluations.filter((evaluation) => evaluation.policy === 'good')).toMatchObject([
      { outcome: 'fail' },
    ])
  })
})

test('a test gives user, namespace and parameters, and hears what was taken', async () => {
  const expression =
    'request.userInfo.username == "ann" && namespaceObject.metadata.labels["env"] == "prod" && object.spec.replicas <= int(params.data.max)'
  const session = await open({
    policies: [
      policy('tested', { paramKind: { apiVersion: 'v1', kind: 'ConfigMap' }, validations: [{ expression }] }),
      policy('other', { validations: [{ expression: 'false' }] }),
    ],
  })
  const given: PolicyWrite = {
    ...create,
    user: { name: 'ann', groups: [] },
    namespaceObject: {
      apiVersion: 'v1',
      kind: 'Namespace',
      metadata: { name: 'shop', labels: { env: 'prod' } },
    },
    policies: ['tested'],
    parameters: [{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'limit' }, data: { max: '3' } }],
  }
  const writes: PolicyWrite[] = [
    given,
    { ...given, user: { name: 'bob', groups: [] } },
    { ...given, object: deployment(4) },
    { ...given, parameters: [] },
  ]
  const { evaluations, taken } = resultOf(await session.evaluatePolicies(writes, { detail: true }))
  expect(taken).toEqual({ tested: [0, 1, 2, 3] })
  expect(evaluations.map(({ write, outcome, binding: by }) => [write, outcome, by])).toEqual([
    [1, 'fail', ''],
    [2, 'fail', ''],
    [3, 'error', ''],
  ])
})

test('inspection names types that do not fit, resources that nobody serves, and what expressions cost', async () => {
  const rules = {
    matchConstraints: {
      resourceRules: [
        {
          apiGroups: ['apps'],
          apiVersions: ['v1'],
          operations: ['*'],
          resources: ['deployments', 'deploymnets'],
        },
      ],
    },
  }
  const session = await open({
    inspect: true,
    policies: [
      policy('p', {
        ...rules,
        validations: [
          { expression: 'object.spec.replicas.size() == 1' },
          { expression: 'object.spec.template.spec.containers.all(c, c.image.startsWith("a"))' },
          { expression: 'object.spec.template.spec.containers.all(c, c.resources.limits["cpu"] == "1")' },
        ],
      }),
    ],
  })
  const inspection = session.loaded.policies[0]?.inspection
  expect(inspection).toMatchObject({
    kinds: ['apps/v1 Deployment'],
    unknownResources: ['apps/v1/deploymnets'],
    typeWarnings: [{ field: 'spec.validations[0].expression', kind: 'apps/v1 Deployment' }],
  })
  const cost = inspection?.costs.find(({ field }) => field === 'spec.validations[1].expression')
  expect(cost?.limit).toBe(1_000_000)
  expect(cost?.maximum).toBeGreaterThan(1_000_000)
})

test('standards of sets are evaluated whatever the labels of the namespace say', async () => {
  const labels = { 'pod-security.kubernetes.io/enforce': 'privileged' }
  const session = await open({
    namespaces: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels } }],
  })
  const answer = resultOf(
    await session.podSecurity([create], undefined, [
      { level: 'baseline', version: 'latest' },
      { level: 'restricted' },
      { level: 'privileged' },
    ]),
  )
  expect(answer.violations).toEqual([])
  expect(answer.pods).toEqual([0])
  expect(answer.standards?.map(({ standard, level }) => [standard, level])).toEqual([
    [0, 'baseline'],
    [1, 'restricted'],
  ])
})
