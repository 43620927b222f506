import { afterAll, describe, expect, it } from 'vitest'
import { loadPolicies } from '../../../../src/judge/policy/source.ts'
import { findSuites } from '../../../../src/judge/policy/suites/find-suites.ts'
import { runNativeSuites } from '../../../../src/judge/policy/suites/native-suites.ts'
import { memoryTree } from '../../../../src/source/memory-tree.ts'
import { configuration } from '../../configuration.ts'
import { shippedEngines } from '../../engines.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const policy = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: replicas}
spec:
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints:
    resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]
  matchConditions: [{name: not-system, expression: "request.namespace != 'kube-system'"}]
  validations:
    - expression: object.spec.replicas <= int(params.data.most)
      messageExpression: "'at most ' + params.data.most + ' for ' + request.userInfo.username"
    - expression: oldObject == null || oldObject.spec.replicas <= object.spec.replicas
      message: no fewer
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: replicas}
spec: {policyName: replicas, validationActions: [Deny], paramRef: {name: limits, namespace: team, parameterNotFoundAction: Deny}}
`
const workload = (kind: string, name: string, replicas: number, namespace = 'shop'): string =>
  `apiVersion: apps/v1\nkind: ${kind}\nmetadata: {name: ${name}, namespace: ${namespace}}\nspec: {replicas: ${replicas}}\n---\n`
const resources = `${workload('Deployment', 'two', 2)}${workload('Deployment', 'nine', 9)}${workload('Deployment', 'system', 9, 'kube-system')}${workload('StatefulSet', 'set', 2)}
apiVersion: v1
kind: ConfigMap
metadata: {name: limits}
data: {most: "3"}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: empty}
data: {}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
---
apiVersion: v1
kind: Namespace
metadata: {name: kube-system}
`

async function run(test: string, more: Readonly<Record<string, string>> = {}) {
  const tree = memoryTree({
    'policies/replicas.yaml': policy,
    'policies/replicas.test/resources.yaml': resources,
    'policies/replicas.test/kaptest.yaml': `validatingAdmissionPolicies: [../replicas.yaml]
resources: [resources.yaml]
testSuites:
  - policy: replicas
    tests:
      - ${test}
`,
    ...more,
  })
  const settings = configuration({ policies: [{ path: 'policies' }] })
  const policies = await loadPolicies(tree, settings, engines)
  const suites = await findSuites(tree, engines)
  return { policies, ...(await runNativeSuites(suites, tree, { policies, engines, kubernetes: '1.37' })) }
}

describe('suites of kaptest', () => {
  it('are found by their lists, and neither they nor what stands beside them is a policy or parameter', async () => {
    const { policies, results } = await run(
      '{object: {kind: Deployment, name: two}, param: {name: limits}, expect: admit}',
    )
    expect([...policies.policies.values()].map(({ id }) => id)).toEqual(['replicas'])
    expect(policies.load.parameters).toEqual([])
    expect(results).toEqual([
      {
        policy: 'replicas',
        name: 'Deployment two with limits',
        location: { file: 'policies/replicas.test/kaptest.yaml', line: 6 },
        expected: 'pass',
        outcome: 'pass',
        messages: [],
        shows: ['pass'],
      },
    ])
  })

  it.each<[string, string, { outcome: string; shows?: string[]; messages?: string[]; problem?: string }]>([
    [
      'a refusal, with who writes',
      '{object: {kind: Deployment, name: nine}, param: {name: limits}, userInfo: {name: eve}, expect: deny}',
      { outcome: 'fail', shows: ['fail'], messages: ['at most 3 for eve'] },
    ],
    [
      'an update',
      '{object: {kind: Deployment, name: two}, oldObject: {kind: Deployment, name: nine}, param: {name: limits}, expect: deny}',
      { outcome: 'fail', shows: ['fail'], messages: ['no fewer'] },
    ],
    [
      'a match condition that does not hold',
      '{object: {kind: Deployment, name: system}, param: {name: limits}, expect: skip}',
      { outcome: 'skip', shows: [] },
    ],
    [
      'an expression that breaks',
      '{object: {kind: Deployment, name: two}, param: {name: empty}, expect: error}',
      { outcome: 'error', shows: [] },
    ],
    [
      'an object that matchConstraints do not take holds, and shows nothing',
      '{object: {kind: StatefulSet, name: set}, param: {name: limits}, expect: admit}',
      { outcome: 'pass', shows: [] },
    ],
    [
      'an expectation that does not hold',
      '{object: {kind: Deployment, name: nine}, param: {name: limits}, expect: admit}',
      { outcome: 'fail', problem: 'expected pass, came to fail' },
    ],
    [
      'an object that is not there',
      '{object: {kind: Deployment, name: gone}, param: {name: limits}, expect: admit}',
      {
        outcome: 'error',
        problem: 'expected pass, and cannot be run: an object of the case is not among the resources',
      },
    ],
    [
      'a parameter that is not there',
      '{object: {kind: Deployment, name: two}, expect: deny}',
      {
        outcome: 'error',
        problem: 'expected fail, and cannot be run: the parameter is not among the resources',
      },
    ],
  ])('%s', async (_, test, expected) => {
    const { results, problems } = await run(test)
    expect(problems).toEqual([])
    expect(results).toHaveLength(1)
    expect(results[0]).toMatchObject(expected)
    expect(results[0]?.problem).toBe(expected.problem)
  })

  it('say what of them cannot be read', async () => {
    const { results, problems } = await run('{object: {kind: Deployment, name: two}, expect: allow}', {
      'policies/other.test/kaptest.yaml':
        'validatingAdmissionPolicies: [gone.yaml]\nresources: [../replicas.test/resources.yaml]\ntestSuites:\n  - policy: gone\n    tests: [{object: {kind: Deployment, name: two}, expect: error}]\n',
    })
    expect(problems.map(({ file, line, message }) => `${file}:${line} ${message}`).sort()).toEqual([
      'policies/other.test/kaptest.yaml:1 "gone.yaml" is no file of the set',
      'policies/replicas.test/kaptest.yaml:6 expect must be one of admit, deny, error, skip, not "allow"',
    ])
    expect(results).toMatchObject([
      {
        policy: 'gone',
        foreign: true,
        problem: 'expected error, and cannot be run: the policy is not there',
      },
    ])
  })
})
