import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/model/json.ts'
import { check, deployment, lines, object, schemas } from './support.ts'

const cases: { name: string; object: JsonObject; kubernetes?: string; expected: string[] }[] = [
  { name: 'a Deployment', object: deployment(), expected: [] },
  {
    name: 'a misspelt field',
    object: deployment({ replcas: 3 }),
    expected: ['spec.replcas: unknown field "replcas", did you mean "replicas"?'],
  },
  {
    name: 'a field in the wrong case',
    object: deployment({}, { imagepullpolicy: 'Always' }),
    expected: [
      'spec.template.spec.containers[0].imagepullpolicy: unknown field "imagepullpolicy", did you mean "imagePullPolicy"?',
    ],
  },
  {
    name: 'a field that nothing resembles',
    object: deployment({}, { frobnicate: true }),
    expected: ['spec.template.spec.containers[0].frobnicate: unknown field "frobnicate"'],
  },
  {
    name: 'a number in quotes',
    object: deployment({ replicas: '3' }),
    expected: ['spec.replicas: expected integer, got string "3"'],
  },
  {
    name: 'a fraction for an integer',
    object: deployment({ replicas: 1.5 }),
    expected: ['spec.replicas: expected integer, got number 1.5'],
  },
  {
    name: 'a number beyond 32 bits',
    object: deployment({ replicas: 2 ** 31 }),
    expected: ['spec.replicas: must fit into 32 bits (−2147483648 to 2147483647), got integer 2147483648'],
  },
  {
    name: 'an unquoted label',
    object: deployment({ selector: { matchLabels: { version: 2 } } }),
    expected: ['spec.selector.matchLabels.version: expected string, got integer 2'],
  },
  {
    name: 'an unquoted annotation with a slash in its key',
    object: object('v1', 'ConfigMap', { metadata: { name: 'one', annotations: { 'example.com/on': true } } }),
    expected: ['metadata.annotations[example.com/on]: expected string, got boolean true'],
  },
  {
    name: 'an object for a list',
    object: deployment({}, {}, { containers: { name: 'api' } }),
    expected: ['spec.template.spec.containers: expected list, got object'],
  },
  {
    name: 'a missing field',
    object: deployment({}, {}, { containers: [{ image: 'api:1' }] }),
    expected: ['spec.template.spec.containers[0].name: missing required field "name"'],
  },
  {
    name: 'several mistakes at once',
    object: deployment({ replicas: 'x', paused: 1 }),
    expected: [
      'spec.paused: expected boolean, got integer 1',
      'spec.replicas: expected integer, got string "x"',
    ],
  },
  {
    name: 'int-or-string as integer',
    object: deployment({}, { ports: [{ containerPort: 80 }], livenessProbe: { tcpSocket: { port: 80 } } }),
    expected: [],
  },
  {
    name: 'int-or-string as string',
    object: deployment({}, { livenessProbe: { tcpSocket: { port: 'http' } } }),
    expected: [],
  },
  {
    name: 'int-or-string as fraction',
    object: deployment({}, { livenessProbe: { tcpSocket: { port: 80.5 } } }),
    expected: [
      'spec.template.spec.containers[0].livenessProbe.tcpSocket.port: expected integer or string, got number 80.5',
    ],
  },
  {
    name: 'quantities as strings and numbers',
    object: deployment({}, { resources: { limits: { cpu: 1, memory: '1Gi' } } }),
    expected: [],
  },
  {
    name: 'a quantity as boolean',
    object: deployment({}, { resources: { limits: { cpu: true } } }),
    expected: [
      'spec.template.spec.containers[0].resources.limits.cpu: expected quantity (string or number), got boolean true',
    ],
  },
  {
    name: 'nulls, which the server takes for absent',
    object: deployment({ replicas: null, strategy: null }, { env: null }),
    expected: [],
  },
  {
    name: 'an incomplete status, which the server forgets',
    object: object('policy/v1', 'PodDisruptionBudget', { spec: {}, status: { currentHealthy: 1 } }),
    expected: [],
  },
  {
    name: 'a value of any type in a CRD',
    object: object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
      spec: {
        group: 'a.b',
        names: { kind: 'A', plural: 'as' },
        scope: 'Cluster',
        versions: [
          {
            name: 'v1',
            served: true,
            storage: true,
            schema: { openAPIV3Schema: { type: 'object', default: { a: [1] }, enum: [1, 'a'] } },
          },
        ],
      },
    }),
    expected: [],
  },
  {
    name: 'names of prototypes as fields',
    object: deployment(JSON.parse('{"__proto__": 1, "constructor": 2, "toString": 3}') as JsonObject),
    expected: [
      'spec.__proto__: unknown field "__proto__"',
      'spec.constructor: unknown field "constructor"',
      'spec.toString: unknown field "toString"',
    ],
  },
  {
    name: 'values of a Secret are not repeated',
    object: object('v1', 'Secret', { stringData: { password: 12345 } }),
    expected: ['stringData.password: expected string, got integer'],
  },
  {
    name: 'long values are cut',
    object: deployment({ replicas: 'x'.repeat(1000) }),
    expected: [`spec.replicas: expected integer, got string "${'x'.repeat(57)}…"`],
  },
  {
    name: 'a field that came later',
    object: deployment({}, {}, { hostUsers: false }),
    kubernetes: '1.24',
    expected: [
      'spec.template.spec.hostUsers: unknown field "hostUsers": Kubernetes 1.24 does not have it, it exists since 1.25',
    ],
  },
  {
    name: 'the same field in the minor that has it',
    object: deployment({}, {}, { hostUsers: false }),
    kubernetes: '1.25',
    expected: [],
  },
  {
    name: 'a field that went away',
    object: object('v1', 'PersistentVolumeClaim', {
      spec: { accessModes: ['ReadWriteOnce'], resources: { claims: [] } },
    }),
    kubernetes: '1.30',
    expected: [
      'spec.resources.claims: unknown field "claims": Kubernetes 1.30 does not have it, 1.28 was the last that had it',
    ],
  },
  {
    name: 'no kind',
    object: { apiVersion: 'v1', metadata: { name: 'one' } },
    expected: [': apiVersion and kind are required texts'],
  },
  {
    name: 'kind is no text',
    object: { apiVersion: 'v1', kind: ['Pod'] },
    expected: [': apiVersion and kind are required texts'],
  },
]

describe('shape of built-in kinds', () => {
  it.each(cases)('$name', ({ object, kubernetes, expected }) => {
    expect(lines(check(object, kubernetes)).sort()).toEqual(expected)
  })
})

/** Fields that old specifications call required although the server takes their absence. */
const absent: { name: string; object: JsonObject }[] = [
  { name: 'StatefulSet without serviceName', object: { ...deployment(), kind: 'StatefulSet' } },
  {
    name: 'NetworkPolicy without podSelector',
    object: object('networking.k8s.io/v1', 'NetworkPolicy', { spec: { policyTypes: ['Ingress'] } }),
  },
  { name: 'PriorityClass without value', object: object('scheduling.k8s.io/v1', 'PriorityClass') },
  {
    name: 'RoleBinding whose roleRef has no apiGroup',
    object: object('rbac.authorization.k8s.io/v1', 'RoleBinding', { roleRef: { kind: 'Role', name: 'r' } }),
  },
  { name: 'CSIDriver without spec', object: object('storage.k8s.io/v1', 'CSIDriver') },
]
describe.each(schemas.catalogue.minors)('what the server accepts, in %s', (minor) => {
  it.each(absent)('$name', ({ object }) => {
    expect(lines(check(object, minor))).toEqual([])
  })
})

describe('elements for fingerprints', () => {
  const elements = (object: JsonObject) => {
    const outcome = check(object)
    return outcome.status === 'findings' ? outcome.findings.map(({ element }) => element) : []
  }
  it('names list elements by their keys', () => {
    const ports = [{ containerPort: 80, protocol: 'UDP', nme: 'dns' }]
    expect(elements(deployment({}, { ports }))).toEqual([
      'spec.template.spec.containers[name=api].ports[containerPort=80,protocol=UDP].nme',
    ])
  })
  it('does not name elements of plain lists by their value', () => {
    expect(elements(deployment({}, { args: ['ok', 5] }))).toEqual([
      'spec.template.spec.containers[name=api].args[*]',
    ])
  })
  it('stays the same when elements move', () => {
    const wrong = { name: 'b', image: 1 }
    const first = elements(deployment({}, {}, { containers: [wrong, { name: 'a' }] }))
    const second = elements(deployment({}, {}, { containers: [{ name: 'a' }, wrong] }))
    expect(first).toEqual(second)
  })
})

describe('limits', () => {
  it('an object that is nested too deep is not checked', () => {
    let deep: JsonObject = {}
    for (let i = 0; i < 20_000; i++) deep = { properties: { a: deep } }
    const definition = object('apiextensions.k8s.io/v1', 'CustomResourceDefinition', {
      spec: { versions: [{ schema: { openAPIV3Schema: deep } }] },
    })
    expect(check(definition)).toMatchObject({ status: 'not-checked', code: 'limit' })
  })
  it('a hundred thousand mistakes cost linear time and give a hundred findings', () => {
    const env = Array.from({ length: 100_000 }, () => ({ x: 1 }))
    const began = performance.now()
    const outcome = check(deployment({}, { env }))
    // Quadratic joining of errors took more than ten seconds.
    expect(performance.now() - began).toBeLessThan(5_000)
    expect(outcome).toMatchObject({ status: 'findings' })
    expect(outcome.status === 'findings' && outcome.findings.length).toBe(100)
    expect(outcome.status === 'findings' && outcome.more).toBeGreaterThan(0)
  })
  it('never throws, whatever the JSON', () => {
    fc.assert(
      fc.property(
        fc.constantFrom('apps/v1', 'v1', 'example.com/v1'),
        fc.constantFrom('Deployment', 'Pod', 'Widget'),
        fc.jsonValue(),
        (apiVersion, kind, spec) => {
          const outcome = check({ apiVersion, kind, metadata: spec as JsonObject, spec: spec as JsonObject })
          return typeof outcome.status === 'string'
        },
      ),
      { numRuns: 300 },
    )
  })
})
