/** Policies that look other objects up are answered from everything that the cluster holds, touched or not. */
import { afterAll, describe, expect, it } from 'vitest'
import type { Report } from '../../src/model/report.ts'
import { checkFiles, shippedEngines, type Files } from './harness.ts'
import { deploymentFile } from './policy-files.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const kyverno = (expression: string): string => `apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: known-owner}
spec:
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]}
  validations: [{expression: ${JSON.stringify(expression)}, message: nobody owns it}]
`
const gatekeeper = (rego: string): string => `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: uniquename}
spec:
  crd: {spec: {names: {kind: UniqueName}}}
  targets: [{target: admission.k8s.gatekeeper.sh, rego: ${JSON.stringify(rego)}}]
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: UniqueName
metadata: {name: unique}
spec: {match: {kinds: [{apiGroups: [apps], kinds: [Deployment]}]}}
`
const unique = (path: string): string => `package unique
violation[{"msg": msg}] {
  other := ${path}[_]["ConfigMap"][name]
  other.data.of == input.review.object.metadata.name
  msg := sprintf("%v has the name", [name])
}`
const configMap =
  'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: owners, namespace: shop}\ndata: {of: web}\n'

async function run(
  policy: string,
  owners = configMap,
  settings = 'policies: [{path: policies}]\n',
): Promise<Report> {
  const base: Files = {
    '.preadmit.yaml': settings,
    'policies/p.yaml': policy,
    'apps/shop/web.yaml': deploymentFile('web', 2),
    'apps/owners/owners.yaml': owners,
  }
  return await checkFiles(base, { ...base, 'apps/shop/web.yaml': deploymentFile('web', 2, '2') }, engines)
}
const told = ({ findings }: Report): string[] =>
  findings.map(({ status, rule, message }) => `${status} ${rule}: ${message}`)

describe('an object of an application that the change does not touch', () => {
  const owner = (name: string): string =>
    kyverno(`resource.Get('v1', 'configmaps', 'shop', 'owners').data.of == '${name}'`)

  it('is there for Kyverno', async () => {
    const report = await run(owner('web'))
    expect(told(report)).toEqual([])
    expect(report.notChecked).toEqual([])
    expect(report.verdict).toBe('pass')
    expect(told(await run(owner('api')))).toEqual(['existing known-owner: nobody owns it'])
  })

  it("is in Gatekeeper's inventory", async () => {
    const rule = gatekeeper(unique('data.inventory.namespace[_]'))
    expect(told(await run(rule))).toEqual(['existing UniqueName/unique: owners has the name'])
    expect(told(await run(rule, configMap.replace('of: web', 'of: api')))).toEqual([])
  })

  it('is there as the API server would have stored it, with its defaults', async () => {
    const rule = gatekeeper(`package unique
violation[{"msg": "by TCP"}] { data.inventory.namespace[_]["v1"]["Service"][_].spec.ports[_].protocol == "TCP" }`)
    const service =
      'apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: shop}\nspec: {selector: {app: web}, ports: [{port: 80}]}\n'
    expect(told(await run(rule, service))).toEqual(['existing UniqueName/unique: by TCP'])
  })

  it('is only looked at: it is not among what the change touches, and its faults decide nothing', async () => {
    const report = await run(owner('web'), `${configMap}---\n${configMap.replace('shop', 'Shop!')}`)
    expect(report.counts.affected).toBe(1)
    expect(told(report)).toEqual([])
    expect(report.verdict).toBe('pass')
  })

  it('is told as not looked at when its application does not render, and does not block', async () => {
    const settings = 'gate: changed\npolicies: [{path: policies}]\n'
    const report = await run(owner('web'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {\n', settings)
    expect(told(report)).toEqual([])
    expect(report.notChecked.filter(({ code }) => code === 'render-failed')).toEqual([
      expect.objectContaining({ what: 'plain/apps/owners', targets: ['plain/apps/owners'] }),
    ])
    // What the policy looks up is not there, so that it cannot answer.
    expect(report.verdict).toBe('incomplete')
  })

  it('is not rendered for policies that judge an object by itself', async () => {
    const report = await run(
      kyverno("object.metadata.name == 'web'"),
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {\n',
    )
    expect(told(report)).toEqual([])
    expect(report.verdict).toBe('pass')
  })
})
