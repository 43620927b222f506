/**
 * What a policy that cannot judge does to a check (issue 6): it is named with its state, it is never a pass, and the others
 * still judge.
 */
import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'
import { binding, deploymentFile, policy } from './policy-files.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const cel = (expression: string): Files => ({
  'policies/bad.yaml': `${policy('bad', expression, 'bad')}${binding('bad')}`,
})
const rego = (body: string): Files => ({
  'policies/bad.rego': `package bad\n\nimport rego.v1\n\n${body}\n`,
})
/** Ten to the power of the depth. */
const nested = (depth: number): string =>
  depth === 0 ? 'object.spec.replicas > 0' : `[1,2,3,4,5,6,7,8,9,10].all(a${depth}, ${nested(depth - 1)})`
const parameters = `apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: bad}
spec:
  paramKind: {apiVersion: v1, kind: ConfigMap}
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]}
  validations: [{expression: 'object.spec.replicas >= int(params.data.replicas)'}]
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicyBinding
metadata: {name: bad}
spec: {policyName: bad, validationActions: [Deny], paramRef: {name: nowhere, namespace: shop, parameterNotFoundAction: Deny}}
`

const run = (bad: Files, replicas: number): Promise<Report> => {
  const base: Files = {
    '.preadmit.yaml': 'policies: [{path: policies}]\n',
    'policies/good.yaml': `${policy('replicas', 'object.spec.replicas >= 2', 'too few replicas')}${binding('replicas')}`,
    ...bad,
    'apps/shop/web.yaml': deploymentFile('web', 2),
  }
  return checkFiles(base, { ...base, 'apps/shop/web.yaml': deploymentFile('web', replicas, '2') }, engines)
}
const states = ({ notChecked, findings }: Report): string[] => [
  ...notChecked.map(({ what, code, reason }) => `${what} ${code}: ${reason}`),
  ...findings.map(({ rule, status, message }) => `${rule} ${status}: ${message}`),
]

describe('a policy that cannot judge', () => {
  it.each<{ name: string; bad: Files; says: RegExp }>([
    {
      name: 'CEL that does not parse',
      bad: cel('object.spec.replicas >='),
      says: /^bad policy-error: .*Syntax error/,
    },
    { name: 'CEL of the wrong type', bad: cel('"text"'), says: /^bad policy-error: .*must evaluate to bool/ },
    {
      name: 'CEL without its function',
      bad: cel('object.spec.nothing()'),
      says: /^bad policy-error: .*undeclared reference/,
    },
    { name: 'CEL over budget', bad: cel(nested(7)), says: /^bad limit: .*cost limit exceeded/ },
    {
      name: 'Rego that does not parse',
      bad: rego('deny contains "x" if {'),
      says: /^bad policy-error: .*rego_parse_error/,
    },
    {
      name: 'Rego without an end',
      bad: rego(
        'deny contains "x" if {\n\tsome a in numbers.range(1, 3000)\n\tsome b in numbers.range(1, 3000)\n\ta + b == 0\n}',
      ),
      says: /^bad (?:limit|timeout): /,
    },
    {
      name: 'Rego that asks the network',
      bad: rego(
        'deny contains "x" if http.send({"method": "get", "url": "https://elsewhere.example"}).status_code == 200',
      ),
      says: /^bad not-evaluable: .*http\.send/,
    },
    {
      name: 'a parameter that is not there',
      bad: { 'policies/bad.yaml': parameters },
      says: /^bad not-evaluable: .*no params found/,
    },
  ])('$name', { timeout: 60_000 }, async ({ bad, says }) => {
    const fine = await run(bad, 3)
    expect(states(fine)).toContainEqual(expect.stringMatching(says))
    expect(fine.verdict).toBe('incomplete')
    const broken = await run(bad, 1)
    expect(states(broken)).toContainEqual('replicas new: too few replicas')
    expect(broken.verdict).toBe('fail')
  })

  it('a message of 10 MB is cut, and the others judge', async () => {
    const report = await run(
      rego(
        `deny contains concat("", [x | some _ in numbers.range(1, 100000); x := "${'0123456789'.repeat(10)}"])`,
      ),
      1,
    )
    expect(states(report).map((one) => one.slice(0, 40).trim())).toEqual([
      'bad existing: 01234567890123456789012345',
      'replicas new: too few replicas',
    ])
    expect(JSON.stringify(report).length).toBeLessThan(100_000)
  })
})

describe('an object that the API server cannot read', () => {
  it('is one line, and what policies said of it before is not mended', async () => {
    const base: Files = {
      '.preadmit.yaml': 'policies: [{path: policies}]\n',
      'policies/one.yaml': `${policy('one', 'object.spec.replicas >= 5', 'too few')}${binding('one')}`,
      'policies/two.yaml': `${policy('two', 'object.spec.replicas >= 6', 'too few')}${binding('two')}`,
      'apps/shop/web.yaml': deploymentFile('web', 2),
    }
    const head = {
      ...base,
      'apps/shop/web.yaml': deploymentFile('web', 2).replace('"replicas":2', '"replicas":[2]'),
    }
    const report = await checkFiles(base, head, engines)
    expect(report.verdict).toBe('fail')
    expect(report.findings.map(({ source, status }) => `${source} ${status}`)).toEqual(['admission new'])
    expect(report.notChecked.map(({ what, reason, targets }) => [what, reason, targets])).toEqual([
      [
        'Deployment shop/web',
        'policies are not asked about an object that the API server cannot read',
        ['plain/apps/shop'],
      ],
    ])
  })
})
