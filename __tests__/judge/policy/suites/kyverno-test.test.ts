import { describe, expect, it } from 'vitest'
import type { KyvernoEvaluation } from '../../../../src/engine/api-kyverno.ts'
import { compareKyverno } from '../../../../src/judge/policy/suites/kyverno-compare.ts'
import {
  isKyvernoSuite,
  kyvernoCases,
  kyvernoWorld,
  readKyvernoSuite,
} from '../../../../src/judge/policy/suites/kyverno-test.ts'
import type { JsonObject } from '../../../../src/model/json.ts'

const suite: JsonObject = {
  apiVersion: 'cli.kyverno.io/v1alpha1',
  kind: 'Test',
  metadata: { name: 'labels' },
  policies: ['policy.yaml', '../shared'],
  resources: ['resources.yaml'],
  exceptions: ['exception.yaml'],
  variables: 'values.yaml',
  userinfo: 'user.yaml',
  context: 'context.yaml',
  targetResources: ['target.yaml'],
  apiCallResponses: [
    { url: 'https://example.com/a', method: 'get', response: { body: { ok: true } } },
    { urlPath: '/api/v1/namespaces', response: { statusCode: 404, body: {} } },
  ],
  globalContextEntries: [
    { name: 'whole', data: { items: [1] } },
    { name: 'projected', data: { a: { b: [2] } }, projections: [{ name: 'list', path: 'a.b' }] },
    { name: 'function', data: { a: [] }, fieldPath: 'length(a)' },
    { name: 'files', resourceFiles: ['more.yaml'] },
  ],
  results: [
    { policy: 'team/labels', rule: 'check', kind: 'Pod', resources: ['a', 'shop/b'], result: 'fail' },
    { policy: 'labels', kind: 'Pod', operation: 'DELETE', result: 'pass' },
    { policy: 'old', rule: 'r', resource: 'c', namespace: 'shop', status: 'skip' },
    { policy: 'no result' },
  ],
}
const pod = (name: string, namespace?: string): JsonObject => ({
  apiVersion: 'v1',
  kind: 'Pod',
  metadata: { name, ...(namespace === undefined ? {} : { namespace }) },
})

describe('a kyverno-test.yaml', () => {
  const read = readKyvernoSuite(suite)

  it('is told from other documents', () => {
    expect(isKyvernoSuite(suite)).toBe(true)
    expect(isKyvernoSuite({ ...suite, apiVersion: 'v1' })).toBe(false)
  })

  it('names files, mocks, results and what is not supported', () => {
    expect(read).toMatchObject({
      name: 'labels',
      policies: ['policy.yaml', '../shared'],
      resources: ['resources.yaml'],
      exceptions: ['exception.yaml'],
      variables: 'values.yaml',
      userInfo: 'user.yaml',
      context: 'context.yaml',
      unsupported: ['targetResources'],
      http: {
        'GET:https://example.com/a': { body: { ok: true }, statusCode: 200 },
        '/api/v1/namespaces': { body: {}, statusCode: 404 },
      },
      results: [
        { policy: 'team/labels', rule: 'check', result: 'fail', resources: ['a', 'shop/b'] },
        { policy: 'labels', result: 'pass', resources: [], operation: 'DELETE' },
        { policy: 'old', rule: 'r', result: 'skip', resources: ['shop/c'] },
      ],
    })
  })

  it('makes one case of every result and resource that it names', () => {
    const resources = [pod('a'), pod('b', 'shop'), pod('b', 'other'), pod('c', 'shop')]
    const cases = kyvernoCases(read, resources, { operation: 'UPDATE' })
    const shown = cases.map(({ expectation, resource, operation }) => [
      expectation.policy,
      resource['metadata'],
      operation,
    ])
    expect(shown).toEqual([
      ['team/labels', { name: 'a' }, 'UPDATE'],
      ['team/labels', { name: 'b', namespace: 'shop' }, 'UPDATE'],
      ...resources.map(({ metadata }) => ['labels', metadata, 'DELETE']),
      ['old', { name: 'c', namespace: 'shop' }, 'UPDATE'],
    ])
  })

  it('tells what the cluster holds', () => {
    const world = kyvernoWorld(read, {
      variables: {
        globalValues: { 'request.operation': 'UPDATE' },
        namespaceSelector: [{ name: 'shop', labels: { team: 'shop' } }],
      },
      userInfo: { clusterRoles: ['admin'], userInfo: { username: 'jane', groups: ['dev'] } },
      context: {
        spec: { resources: [pod('seen')], images: [{ image: 'nginx', registry: 'index.docker.io' }] },
      },
      clusterResources: [{ spec: { resources: [pod('held')] } }],
      globalContext: new Map([['files', [pod('listed')]]]),
    })
    expect(world).toEqual({
      operation: 'UPDATE',
      namespaces: [
        { apiVersion: 'v1', kind: 'Namespace', metadata: { name: 'shop', labels: { team: 'shop' } } },
      ],
      user: { name: 'jane', groups: ['dev'], roles: [], clusterRoles: ['admin'] },
      others: [pod('seen'), pod('held')],
      images: { nginx: { image: 'nginx', registry: 'index.docker.io' } },
      globalContext: { whole: { items: [1] }, projected: { list: [2] }, files: [pod('listed')] },
      unresolved: ['function'],
    })
  })
})

describe('the comparison of kyverno test', () => {
  const evaluation = (more: Partial<KyvernoEvaluation>): KyvernoEvaluation => ({
    write: 0,
    policy: 0,
    outcome: 'pass',
    ...more,
  })
  const cases: readonly {
    name: string
    wants: 'pass' | 'fail' | 'skip' | 'error' | 'warn'
    rule?: string
    evaluations: readonly KyvernoEvaluation[]
    legacy?: boolean
    scored?: boolean
    state: string
  }[] = [
    { name: 'a pass', wants: 'pass', evaluations: [evaluation({})], state: 'agree' },
    { name: 'another result', wants: 'fail', evaluations: [evaluation({})], state: 'disagree' },
    { name: 'nothing said', wants: 'fail', evaluations: [], state: 'excluded' },
    {
      name: 'generated rules of the name',
      wants: 'fail',
      rule: 'r',
      legacy: true,
      evaluations: [
        evaluation({ rule: 'other' }),
        evaluation({ rule: 'autogen-cronjob-r', outcome: 'fail' }),
      ],
      state: 'agree',
    },
    {
      name: 'an error of a legacy rule is a failure',
      wants: 'fail',
      legacy: true,
      evaluations: [evaluation({ outcome: 'error' })],
      state: 'agree',
    },
    {
      name: 'an error of a policy',
      wants: 'error',
      evaluations: [evaluation({ outcome: 'error' })],
      state: 'agree',
    },
    {
      name: 'a failure that does not score is a warning',
      wants: 'warn',
      scored: false,
      evaluations: [evaluation({ outcome: 'fail' })],
      state: 'agree',
    },
    {
      name: 'an exception skips',
      wants: 'skip',
      evaluations: [evaluation({ outcome: 'exempt', exceptions: [{ name: 'e' }] })],
      state: 'agree',
    },
    {
      name: 'the exception of the highest priority says pass',
      wants: 'pass',
      evaluations: [
        evaluation({
          outcome: 'exempt',
          exceptions: [
            { name: 'low', priority: '1' },
            { name: 'high', priority: '10', reportResult: 'pass' },
          ],
        }),
      ],
      state: 'agree',
    },
    {
      name: 'what cannot be evaluated is no disagreement',
      wants: 'fail',
      evaluations: [evaluation({ outcome: 'not-evaluable', message: 'why' })],
      state: 'not-supported',
    },
  ]

  it.each(cases)('$name', ({ wants, rule, evaluations, legacy = false, scored = true, state }) => {
    const expectation = { policy: 'p', result: wants, resources: [], ...(rule === undefined ? {} : { rule }) }
    expect(compareKyverno(expectation, evaluations, { legacy, scored }).state).toBe(state)
  })
})
