import { afterAll, describe, expect, it } from 'vitest'
import { loadPolicies } from '../../../../src/judge/policy/source.ts'
import { readPolicyTest } from '../../../../src/judge/policy/suites/policy-test.ts'
import { runCases } from '../../../../src/judge/policy/suites/run-cases.ts'
import { memoryTree } from '../../../../src/source/memory-tree.ts'
import { configuration } from '../../configuration.ts'
import { shippedEngines } from '../../engines.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

describe('Rego with combine', () => {
  const rego =
    'package budget\n\ndeny contains "no budget" if {\n  input[_].contents.kind == "Deployment"\n  count([1 | input[_].contents.kind == "PodDisruptionBudget"]) == 0\n}\n'
  const set = `apiVersion: preadmit.dev/v1alpha1
kind: PolicySet
name: acme
version: 1.0.0
policies:
  - {id: acme/budget, path: budget.rego, combine: true}
`
  const object = '{apiVersion: apps/v1, kind: Deployment, metadata: {name: web}}'
  const budget = '{apiVersion: policy/v1, kind: PodDisruptionBudget, metadata: {name: web}}'

  it.each([
    { others: '[]', outcome: 'fail' },
    { others: `[${budget}]`, outcome: 'pass' },
  ])('the objects that a case names: $outcome', async ({ others, outcome }) => {
    const settings = configuration({ policies: [{ path: 'policies' }] })
    const tree = memoryTree({ 'policies/policyset.yaml': set, 'policies/budget.rego': rego })
    const policies = await loadPolicies(tree, settings, engines)
    const text = `apiVersion: preadmit.dev/v1alpha1\nkind: PolicyTest\npolicy: acme/budget\ncases: [{name: one, object: ${object}, others: ${others}, expect: ${outcome}}]\n`
    const { cases, problems } = readPolicyTest(text, 'tests/a.yaml', () => undefined)
    expect(problems).toEqual([])
    const [result] = await runCases({ cases, policies, engines, configuration: settings })
    expect(result).toMatchObject({ outcome })
    expect(result?.problem).toBeUndefined()
  })
})

describe('Pod Security policies of a set', () => {
  const set = `apiVersion: preadmit.dev/v1alpha1
kind: PolicySet
name: acme
version: 1.0.0
policies:
  - {id: acme/baseline, podSecurity: {level: baseline}, appliesTo: {namespaces: [bank]}}
  - {id: acme/restricted, podSecurity: {level: restricted}}
`
  const pod = (securityContext: string): string =>
    `{apiVersion: v1, kind: Pod, metadata: {name: p, namespace: shop}, spec: {containers: [{name: c, image: a, securityContext: ${securityContext}}]}}`
  const map = '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}}'

  it.each([
    { policy: 'acme/baseline', object: pod('{privileged: true}'), outcome: 'fail', count: 1 },
    { policy: 'acme/baseline', object: pod('{}'), outcome: 'pass', count: 0 },
    { policy: 'acme/restricted', object: pod('{}'), outcome: 'fail', count: 4 },
    { policy: 'acme/restricted', object: map, outcome: 'skip', count: 0 },
  ])('$policy $outcome', async ({ policy, object, outcome, count }) => {
    const settings = configuration({ policies: [{ path: 'policies' }] })
    const policies = await loadPolicies(memoryTree({ 'policies/policyset.yaml': set }), settings, engines)
    // A case that expects something else tells what it came to.
    const text = `apiVersion: preadmit.dev/v1alpha1\nkind: PolicyTest\npolicy: ${policy}\ncases: [{name: one, object: ${object}, expect: ${outcome}}]\n`
    const { cases, problems } = readPolicyTest(text, 'tests/a.yaml', () => undefined)
    expect(problems).toEqual([])
    const [result] = await runCases({ cases, policies, engines, configuration: settings })
    expect(result).toMatchObject({ outcome })
    expect(result?.messages).toHaveLength(count)
    expect(result?.problem).toBeUndefined()
  })
})

describe('a policy that is broken comes to error, never to fail', () => {
  const match =
    'matchConstraints: {resourceRules: [{apiGroups: [""], apiVersions: [v1], operations: [CREATE], resources: [configmaps]}]}'
  const missing = "object.data.missing == 'x'"
  const binding = (more: string): string => `---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: p}
spec: {policyName: p, ${more}}
`
  const admission = (expression: string, more: string): string =>
    `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec: {${match}, validations: [{expression: "${expression}"}]}
${binding(more)}`
  const template = (code: string): string => `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: maps}
spec:
  crd: {spec: {names: {kind: Maps}}}
  targets: [{target: admission.k8s.gatekeeper.sh, code: [${code}]}]
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Maps
metadata: {name: p}
`
  it.each([
    ['admission', 'p', admission(missing, 'validationActions: [Deny]')],
    ['a binding that an API server refuses', 'p', admission('true', 'validationActions: [deny]')],
    [
      'Kyverno',
      'p',
      `apiVersion: policies.kyverno.io/v1\nkind: ValidatingPolicy\nmetadata: {name: p}\nspec: {${match}, validations: [{expression: "${missing}"}]}\n`,
    ],
    [
      'Gatekeeper, CEL',
      'Maps/p',
      template(
        `{engine: K8sNativeValidation, source: {validations: [{expression: "variables.anyObject.data.missing == 'x'"}]}}`,
      ),
    ],
    [
      'Gatekeeper, Rego',
      'Maps/p',
      template(
        '{engine: Rego, source: {rego: "package maps\\n\\nv = x { x := [1, 2][_] }\\n\\nviolation[{\\"msg\\": \\"no\\"}] { v == 1 }"}}',
      ),
    ],
  ])('%s', async (_, id, text) => {
    const settings = configuration({ policies: [{ path: 'policies' }] })
    const policies = await loadPolicies(memoryTree({ 'policies/p.yaml': text }), settings, engines)
    const suite = `apiVersion: preadmit.dev/v1alpha1\nkind: PolicyTest\npolicy: ${id}\ncases: [{name: one, object: {apiVersion: v1, kind: ConfigMap, metadata: {name: c, namespace: n}, data: {a: b}}, expect: error}]\n`
    const { cases, problems } = readPolicyTest(suite, 'tests/a.yaml', () => undefined)
    expect(problems).toEqual([])
    const [result] = await runCases({ cases, policies, engines, configuration: settings })
    expect(result?.problem).toBeUndefined()
  })
})
