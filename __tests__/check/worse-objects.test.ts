/** A second fault in an object that already has one, in every language of policies, through the whole pipeline. */
import { afterAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/model/json.ts'
import { checkFiles, shippedEngines } from './harness.ts'
import { binding, policy, set } from './policy-files.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const rego = (name: string, message: string): string =>
  `package main\nimport rego.v1\n${name} contains msg if {\n  some c in input.spec.template.spec.containers\n  not c.resources.limits\n  msg := ${message}\n}\n`
const gatekeeper = (message: string): string => `apiVersion: templates.gatekeeper.sh/v1
kind: ConstraintTemplate
metadata: {name: limits}
spec:
  crd: {spec: {names: {kind: Limits}}}
  targets:
    - target: admission.k8s.gatekeeper.sh
      rego: |
        package limits
        violation[{"msg": msg}] {
          c := input.review.object.spec.template.spec.containers[_]
          not c.resources.limits
          msg := ${message}
        }
---
apiVersion: constraints.gatekeeper.sh/v1beta1
kind: Limits
metadata: {name: all}
spec: {}
`
const kyverno = `apiVersion: policies.kyverno.io/v1
kind: ValidatingPolicy
metadata: {name: limits}
spec:
  validationActions: [Deny]
  matchConstraints: {resourceRules: [{apiGroups: [apps], apiVersions: [v1], operations: [CREATE, UPDATE], resources: [deployments]}]}
  validations: [{expression: "object.spec.template.spec.containers.all(c, has(c.resources) && has(c.resources.limits))", message: limits are missing}]
`
const vap = (expression: string): string =>
  `${policy('limits', expression, 'limits are missing')}${binding('limits')}`
const containers = 'object.spec.template.spec.containers'
const limited = 'has(c.resources) && has(c.resources.limits)'

const languages: Readonly<Record<string, readonly [file: string, text: string]>> = {
  ValidatingAdmissionPolicy: ['policies/a.yaml', vap(`${containers}.all(c, ${limited})`)],
  Kyverno: ['policies/a.yaml', kyverno],
  'Gatekeeper, one sentence': ['policies/a.yaml', gatekeeper('"limits are missing"')],
  'Gatekeeper, a sentence each': [
    'policies/a.yaml',
    gatekeeper('sprintf("limits of %v are missing", [c.name])'),
  ],
  'Rego, one sentence': ['policies/a.rego', rego('deny', '"limits are missing"')],
  'Rego, a sentence each': ['policies/a.rego', rego('deny', 'sprintf("limits of %s are missing", [c.name])')],
  'Rego, sentences without names': [
    'policies/a.rego',
    rego('deny', 'sprintf("limits of %s are missing", [c.image])'),
  ],
}

const good = { resources: { limits: { cpu: '1', memory: '1Gi' } } }
const bad = {}
type Containers = Readonly<Record<string, JsonObject>>
const workload = (listed: Containers, more: JsonObject = {}, labels: JsonObject = {}): string =>
  JSON.stringify({
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', labels },
    spec: {
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: Object.entries(listed).map(([name, spec]) => ({
            name,
            image: `acme/of-${name}:1`,
            ...spec,
          })),
          ...more,
        },
      },
    },
  })

async function statuses(
  [file, text]: readonly [string, string],
  base: string,
  head: string,
): Promise<string[]> {
  const files = { '.preadmit.yaml': 'policies: [{path: policies}]\n', [file]: text }
  const { findings, notChecked } = await checkFiles(
    { ...files, 'apps/shop/web.yaml': base },
    { ...files, 'apps/shop/web.yaml': head },
    engines,
  )
  expect(notChecked).toEqual([])
  return findings
    .filter(({ source }) => source === 'policy')
    .map(({ status }) => status)
    .sort()
}

describe.each(Object.entries(languages))('%s', (name, native) => {
  const each = /each|without/.test(name)
  it.each<{
    name: string
    base: Containers
    head: Containers
    has: readonly string[]
    of?: readonly string[]
  }>([
    {
      name: 'a second bad container',
      base: { api: bad },
      head: { api: bad, log: bad },
      has: ['new'],
      of: ['existing', 'new'],
    },
    {
      name: 'one that was good',
      base: { api: bad, log: good },
      head: { api: bad, log: bad },
      has: ['new'],
      of: ['existing', 'new'],
    },
    {
      name: 'one mended, another broken',
      base: { api: bad, log: good },
      head: { api: good, log: bad },
      has: ['new'],
      of: /without/.test(name) ? ['new'] : ['fixed', 'new'],
    },
    {
      name: 'one of two mended',
      base: { api: bad, log: bad },
      head: { api: bad, log: good },
      has: ['existing'],
      of: ['existing', 'fixed'],
    },
    { name: 'a second good one', base: { api: bad }, head: { api: bad, log: good }, has: ['existing'] },
    {
      name: 'another order',
      base: { api: bad, log: bad },
      head: { log: bad, api: { ...bad, tty: true } },
      has: ['existing'],
      of: ['existing', 'existing'],
    },
    {
      name: 'another field',
      base: { api: bad, log: good },
      head: { api: { ...bad, tty: true }, log: good },
      has: ['existing'],
    },
  ])('$name', async ({ base, head, has, of }) => {
    expect(await statuses(native, workload(base), workload(head))).toEqual(each ? (of ?? has) : has)
  })
})

describe('what a list is not to blame for stays existing', () => {
  it.each<{ name: string; expression: string; base: string; head: string; has: readonly string[] }>([
    {
      name: 'a label that the object lacks, whatever is added',
      expression: 'has(object.metadata.labels) && "team" in object.metadata.labels',
      base: workload({ api: bad }),
      head: workload({ api: bad, log: bad }),
      has: ['existing'],
    },
    {
      name: 'something that must be there',
      expression: `${containers}.exists(c, c.name == "mesh")`,
      base: workload({ api: bad }),
      head: workload({ api: bad, log: bad }),
      has: ['existing'],
    },
    {
      name: 'a number of entries',
      expression: `size(${containers}) < 2`,
      base: workload({ api: bad, log: bad }),
      head: workload({ api: bad, log: bad, dns: bad }),
      has: ['existing'],
    },
    {
      name: 'an entry that refers to another list',
      expression: `${containers}.all(c, !has(c.volumeMounts) || c.volumeMounts.all(m, object.spec.template.spec.volumes.exists(v, v.name == m.name && !has(v.hostPath))))`,
      base: workload(
        { api: { volumeMounts: [{ name: 'host', mountPath: '/a' }] }, log: bad },
        {
          volumes: [
            { name: 'host', hostPath: { path: '/' } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      ),
      head: workload(
        {
          api: { volumeMounts: [{ name: 'host', mountPath: '/a' }] },
          log: { volumeMounts: [{ name: 'tmp', mountPath: '/b' }] },
        },
        {
          volumes: [
            { name: 'host', hostPath: { path: '/' } },
            { name: 'tmp', emptyDir: {} },
          ],
        },
      ),
      has: ['existing'],
    },
  ])('$name', async ({ expression, base, head, has }) => {
    expect(await statuses(['policies/a.yaml', vap(expression)], base, head)).toEqual(has)
  })
  it('an init container is a container', async () => {
    const all = 'object.spec.template.spec'
    const expression = `(${all}.containers + (has(${all}.initContainers) ? ${all}.initContainers : [])).all(c, ${limited})`
    const init = { initContainers: [{ name: 'init', image: 'acme/init:1' }] }
    const sides = [workload({ api: bad }), workload({ api: bad }, init)] as const
    expect(await statuses(['policies/a.yaml', vap(expression)], ...sides)).toEqual(['new'])
  })
  it('any other list: hosts of an Ingress', async () => {
    const text = `${policy('hosts', '!has(object.spec.rules) || object.spec.rules.all(r, r.host.endsWith(".acme.test"))', 'a foreign host', 'ingresses', 'networking.k8s.io')}${binding('hosts')}`
    const ingress = (...hosts: readonly string[]): string =>
      JSON.stringify({
        apiVersion: 'networking.k8s.io/v1',
        kind: 'Ingress',
        metadata: { name: 'web', namespace: 'shop' },
        spec: { rules: hosts.map((host) => ({ host })) },
      })
    const run = (base: readonly string[], head: readonly string[]): Promise<string[]> =>
      statuses(['policies/a.yaml', text], ingress(...base), ingress(...head))
    expect(await run(['a.other.test'], ['a.other.test', 'b.other.test'])).toEqual(['new'])
    expect(await run(['a.other.test'], ['a.other.test', 'b.acme.test'])).toEqual(['existing'])
  })
  it('the sentence says what is to blame, and the change blocks', async () => {
    const files = {
      '.preadmit.yaml': 'policies: [{path: policies}]\n',
      'policies/a.yaml': vap(`${containers}.all(c, ${limited})`),
    }
    const report = await checkFiles(
      { ...files, 'apps/shop/web.yaml': workload({ api: bad }) },
      { ...files, 'apps/shop/web.yaml': workload({ api: bad, log: bad }) },
      engines,
    )
    expect(report.verdict).toBe('fail')
    expect(report.findings.map(({ message }) => message)).toEqual([
      'limits are missing (before, and now by spec.template.spec.containers[name=log] too)',
    ])
  })
})

describe('Pod Security, whose sentence lists the containers', () => {
  const privileged = { securityContext: { privileged: true } }
  const plain = { securityContext: { privileged: false } }
  const sets = {
    'a set': {
      '.preadmit.yaml': 'policies: [{path: policies}]\n',
      'policies/policyset.yaml': set(['{id: acme/baseline, podSecurity: {level: baseline}}']),
    },
    'the labels of the namespace': {
      'apps/shop/namespace.yaml': JSON.stringify({
        apiVersion: 'v1',
        kind: 'Namespace',
        metadata: { name: 'shop', labels: { 'pod-security.kubernetes.io/enforce': 'baseline' } },
      }),
    },
  }
  it.each(
    Object.entries(sets).flatMap(([by, files]) =>
      [
        {
          name: 'one more',
          base: { a1: privileged },
          head: { a1: privileged, b1: privileged },
          has: ['new'],
        },
        {
          name: 'one more of two',
          base: { a1: privileged, b1: privileged, c1: plain },
          head: { a1: privileged, b1: privileged, c1: privileged },
          has: ['new'],
        },
        {
          name: 'one less',
          base: { a1: privileged, b1: privileged },
          head: { a1: privileged, b1: plain },
          has: ['existing'],
        },
        {
          name: 'another one',
          base: { a1: privileged, b1: plain },
          head: { a1: plain, b1: privileged },
          has: ['fixed', 'new'],
        },
      ].map((one) => ({ ...one, by, files })),
    ),
  )('$by: $name', async ({ base, head, has, files }) => {
    const { findings } = await checkFiles(
      { ...files, 'apps/shop/web.yaml': workload(base) },
      { ...files, 'apps/shop/web.yaml': workload(head) },
      engines,
    )
    expect(
      findings
        .filter(({ source }) => source === 'policy')
        .map(({ status }) => status)
        .sort(),
    ).toEqual(has)
  })
})

describe('what the API server and the schema say', () => {
  it.each<{ name: string; base: JsonObject; head: JsonObject; has: readonly string[] }>([
    {
      name: 'a second unknown field, in another container',
      base: {
        containers: [
          { name: 'a1', image: 'x', colour: 1 },
          { name: 'b1', image: 'x' },
        ],
      },
      head: {
        containers: [
          { name: 'a1', image: 'x', colour: 1 },
          { name: 'b1', image: 'x', colour: 1 },
        ],
      },
      has: ['existing', 'new'],
    },
    {
      name: 'a second bad value, in an entry without a name',
      base: {
        tolerations: [
          { key: 'a', operator: 'Sometimes' },
          { key: 'b', operator: 'Exists' },
        ],
      },
      head: {
        tolerations: [
          { key: 'a', operator: 'Sometimes' },
          { key: 'b', operator: 'Sometimes' },
        ],
      },
      has: ['existing', 'new'],
    },
    {
      name: 'the same in another order',
      base: {
        containers: [
          { name: 'a1', image: 'x', colour: 1 },
          { name: 'b1', image: 'x' },
        ],
      },
      head: {
        containers: [
          { name: 'b1', image: 'x:2' },
          { name: 'a1', image: 'x', colour: 1 },
        ],
      },
      has: ['existing'],
    },
  ])('$name', async ({ base, head, has }) => {
    const side = (more: JsonObject): string => workload({ main: {} }, more)
    const { findings } = await checkFiles(
      { 'apps/shop/web.yaml': side(base) },
      { 'apps/shop/web.yaml': side(head) },
      engines,
    )
    expect(
      findings
        .filter(({ level }) => level === 'required')
        .map(({ status }) => status)
        .sort(),
    ).toEqual(has)
  })
})
