/** ValidatingAdmissionPolicies inside kyverno suites, with the shipped engine. */
import { afterAll, expect, it } from 'vitest'
import { runKyvernoSuite } from '../../../../src/judge/policy/suites/kyverno-results.ts'
import { openSuite } from '../../../../src/judge/policy/suites/suite-files.ts'
import { memoryTree } from '../../../../src/source/memory-tree.ts'
import { shippedEngines } from '../../engines.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const typed = (kind: string, name: string, spec: object): string =>
  `${JSON.stringify({ apiVersion: 'admissionregistration.k8s.io/v1', kind, metadata: { name }, spec })}\n---\n`
const rule = {
  apiGroups: ['apps'],
  apiVersions: ['v1'],
  operations: ['CREATE'],
  resources: ['deployments'],
}
const policy = (spec: object): string =>
  typed('ValidatingAdmissionPolicy', 'replicas', { matchConstraints: { resourceRules: [rule] }, ...spec })
const own = policy({ validations: [{ expression: 'object.spec.replicas <= 3', message: 'too many' }] })
const binding = (spec: object): string =>
  typed('ValidatingAdmissionPolicyBinding', 'replicas', {
    policyName: 'replicas',
    validationActions: ['Deny'],
    ...spec,
  })
const deployment = (name: string, replicas: number, namespace = 'shop'): string =>
  `${JSON.stringify({ apiVersion: 'apps/v1', kind: 'Deployment', metadata: { name, namespace }, spec: { replicas } })}\n---\n`
const objects = deployment('few', 2) + deployment('many', 5) + deployment('many', 5, 'elsewhere')
const results = [
  { policy: 'replicas', kind: 'Deployment', resources: ['shop/few'], result: 'pass' },
  { policy: 'replicas', kind: 'Deployment', resources: ['shop/many'], result: 'fail' },
]

async function outcomes(
  policies: string,
  more: object = {},
  files: Record<string, string> = {},
): Promise<string[]> {
  const suite = {
    apiVersion: 'cli.kyverno.io/v1alpha1',
    kind: 'Test',
    metadata: { name: 'a' },
    policies: ['policy.yaml'],
    resources: ['objects.yaml'],
    results,
    ...more,
  }
  const tree = memoryTree({
    'kyverno-test.yaml': JSON.stringify(suite),
    'policy.yaml': policies,
    'objects.yaml': objects,
    ...files,
  })
  const document = { object: suite, location: { file: 'kyverno-test.yaml' } }
  const { results: cases, problems } = await runKyvernoSuite(await openSuite(document, tree, engines), {
    engines,
    policies: { policies: new Map() },
    kubernetes: '1.37',
  })
  return [
    ...problems.map(({ message }) => message),
    ...cases.map(({ name, outcome, problem }) => [name, outcome, problem].filter(Boolean).join(' | ')),
  ]
}
const held = ['Deployment/shop/few | pass', 'Deployment/shop/many | fail']

it('a policy without bindings is asked about everything that it matches', async () => {
  expect(await outcomes(own)).toEqual(held)
})

it('bindings narrow it, by the labels of namespaces too', async () => {
  const selector = { matchResources: { namespaceSelector: { matchLabels: { team: 'a' } } } }
  const all = [{ policy: 'replicas', kind: 'Deployment', resources: ['many'], result: 'fail' }]
  const values = { values: { namespaceSelector: [{ name: 'shop', labels: { team: 'a' } }] }, results: all }
  expect(await outcomes(own + binding(selector), values)).toEqual([
    'Deployment/shop/many | fail',
    'Deployment/elsewhere/many | skip',
  ])
})

it('parameters come from the files of the suite', async () => {
  const parameterised = policy({
    paramKind: { apiVersion: 'v1', kind: 'ConfigMap' },
    validations: [{ expression: 'object.spec.replicas <= int(params.data.most)' }],
  })
  const bound = binding({ paramRef: { name: 'limits', namespace: 'shop', parameterNotFoundAction: 'Deny' } })
  const limits = JSON.stringify({
    apiVersion: 'v1',
    kind: 'ConfigMap',
    metadata: { name: 'limits', namespace: 'shop' },
    data: { most: '3' },
  })
  const files = { 'limits.yaml': limits }
  expect(await outcomes(parameterised + bound, { paramResources: ['limits.yaml'] }, files)).toEqual(held)
})

it('a wrong expectation does not hold, and a policy that no server takes is an error', async () => {
  const wrong = { results: [{ policy: 'replicas', resources: ['shop/many'], result: 'pass' }] }
  expect(await outcomes(own, wrong)).toEqual(['Deployment/shop/many | fail | expected pass, came to fail'])
  expect((await outcomes(policy({ validations: [{ expression: 'object.(' }] })))[0]).toMatch(
    /^Deployment\/shop\/few \| error \| an API server refuses ValidatingAdmissionPolicy\/replicas: spec\.validations\[0\]\.expression: /,
  )
})
