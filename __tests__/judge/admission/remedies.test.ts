import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { AdmissionSession } from '../../../src/engine/engines.ts'
import { admitWrites } from '../../../src/judge/admission/findings.ts'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import { configMap, deployment, rendered } from '../../compare/objects.ts'
import { shippedEngines } from '../engines.ts'

const engines = shippedEngines()
let session: AdmissionSession
beforeAll(async () => {
  const opened = await engines.admission.open({ kubernetes: '1.37' })
  if ('error' in opened) throw new Error(opened.error.message)
  session = opened
})
afterAll(() => engines.close())

interface Said {
  readonly path: string
  readonly message: string
  readonly remedy: string | undefined
}

/** What the shipped engine says, as findings tell it. */
async function said(object: JsonObject, old?: JsonObject): Promise<Said[]> {
  const { identity, ...rest } = rendered(object)
  const change = {
    target: 'a',
    identity,
    operation: old === undefined ? ('CREATE' as const) : ('UPDATE' as const),
    differences: [],
  }
  const write = {
    operation: change.operation,
    object,
    ...(old === undefined ? {} : { old }),
    namespace: 'shop',
  }
  const { found } = await admitWrites(
    session,
    [{ change, object: { identity, ...rest }, write }],
    () => undefined,
  )
  return found.map(({ finding: { path, message, remedy } }) => ({ path, message, remedy }))
}

const container = (more: JsonObject): JsonObject => ({ name: 'api', image: 'x:1', ...more })
const app = (more: JsonObject, pod: JsonObject = {}, spec: JsonObject = {}): JsonObject => {
  const object = deployment('api', { containers: [container(more)], ...pod })
  return { ...object, spec: { ...(object['spec'] as JsonObject), ...spec } }
}
const object = (apiVersion: string, kind: string, rest: JsonObject, name = 'one'): JsonObject => ({
  apiVersion,
  kind,
  metadata: { name, namespace: 'shop' },
  ...rest,
})
const service = (ports: Json, more: JsonObject = {}): JsonObject =>
  object('v1', 'Service', { spec: { ports, ...more } })
const claim = (storage: string, more: JsonObject = {}): JsonObject =>
  object('v1', 'PersistentVolumeClaim', {
    spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } }, ...more },
  })
const binding = (name: string): JsonObject =>
  object('rbac.authorization.k8s.io/v1', 'RoleBinding', {
    roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'Role', name },
  })
const job = (image: string): JsonObject =>
  object('batch/v1', 'Job', {
    spec: { template: { spec: { restartPolicy: 'Never', containers: [{ name: 'a', image }] } } },
  })
const stateful = (storage: string): JsonObject =>
  object('apps/v1', 'StatefulSet', {
    spec: {
      serviceName: 'db',
      selector: { matchLabels: { app: 'db' } },
      template: { metadata: { labels: { app: 'db' } }, spec: { containers: [container({})] } },
      volumeClaimTemplates: [
        {
          metadata: { name: 'data' },
          spec: { accessModes: ['ReadWriteOnce'], resources: { requests: { storage } } },
        },
      ],
    },
  })
const ingress = (path: JsonObject): JsonObject =>
  object('networking.k8s.io/v1', 'Ingress', { spec: { rules: [{ http: { paths: [path] } }] } })

const cases: readonly [remedy: string, object: JsonObject, old?: JsonObject][] = [
  [
    'keep the selector, or rename the object and remove the old one in a second step',
    app(
      {},
      {},
      {
        selector: { matchLabels: { app: 'api', x: 'y' } },
        template: { metadata: { labels: { app: 'api', x: 'y' } }, spec: { containers: [container({})] } },
      },
    ),
    app({}),
  ],
  ['keep the claim templates', stateful('2Gi'), stateful('1Gi')],
  ['give the Job another name', job('b:1'), job('a:1')],
  ['delete the binding and create it anew', binding('b'), binding('a')],
  [
    'give the Secret another name',
    object('v1', 'Secret', { type: 'kubernetes.io/basic-auth', stringData: { username: 'x' } }),
    object('v1', 'Secret', { type: 'Opaque', stringData: { username: 'x' } }),
  ],
  [
    'give the new content another name',
    { ...configMap('c', { a: '2' }), immutable: true },
    { ...configMap('c', { a: '1' }), immutable: true },
  ],
  ['volumes grow only', claim('1Gi'), claim('2Gi')],
  [
    'keep the claim as it is',
    claim('1Gi', { storageClassName: 'b' }),
    claim('1Gi', { storageClassName: 'a' }),
  ],
  ['name an image', deployment('api', { containers: [{ name: 'api' }] })],
  ['check the spelling', app({ imgae: 'x' })],
  ['name a port of the container', app({ livenessProbe: { httpGet: { port: 0 } } })],
  ['keep one of exec, httpGet', app({ livenessProbe: { exec: { command: ['x'] }, tcpSocket: { port: 1 } } })],
  [
    'lower the request or raise the memory limit',
    app({ resources: { requests: { memory: '2Gi' }, limits: { memory: '1Gi' } } }),
  ],
  [
    'give every port',
    app({
      ports: [
        { containerPort: 1, name: 'p' },
        { containerPort: 2, name: 'p' },
      ],
    }),
  ],
  ['remove one of the two', deployment('api', { containers: [container({}), container({})] })],
  ['give the pod template the labels', app({}, {}, { selector: { matchLabels: { app: 'other' } } })],
  ['use lower-case letters', object('v1', 'ConfigMap', {}, 'MyMap')],
  [
    'use at most 63 letters',
    { ...app({}), metadata: { name: 'api', namespace: 'shop', labels: { a: 'b c' } } },
  ],
  ['give the Service at least one port', service([{ port: 1 }, { port: 2 }])],
  ['set pathType', ingress({ path: '/', backend: { service: { name: 'a', port: { number: 1 } } } })],
  [
    'let minReplicas be at most maxReplicas',
    object('autoscaling/v2', 'HorizontalPodAutoscaler', {
      spec: {
        minReplicas: 3,
        maxReplicas: 2,
        scaleTargetRef: { kind: 'Deployment', name: 'a', apiVersion: 'apps/v1' },
      },
    }),
  ],
  [
    'keep minAvailable or maxUnavailable',
    object('policy/v1', 'PodDisruptionBudget', {
      spec: { minAvailable: 1, maxUnavailable: 1, selector: { matchLabels: { a: 'b' } } },
    }),
  ],
  [
    'write five fields as cron does',
    object('batch/v1', 'CronJob', {
      spec: {
        schedule: 'daily',
        jobTemplate: {
          spec: { template: { spec: { restartPolicy: 'Never', containers: [container({})] } } },
        },
      },
    }),
  ],
  ['Jobs need OnFailure or Never', app({}, { restartPolicy: 'OnFailure' })],
  ['use one of "Always"', app({ imagePullPolicy: 'Sometimes' })],
  ['write a quantity', app({ resources: { limits: { memory: '1Gib' } } })],
  ['put the value in quotes', app({ env: [{ name: 'A', value: 1 }] })],
  ['write true or false', app({ tty: 'yes' })],
  ['write a whole number', app({}, {}, { replicas: '3' })],
  ['move it to stringData', object('v1', 'Secret', { data: { a: 5 } })],
  ['Jobs need OnFailure or Never', app({}, { restartPolicy: 'Never' })],
  ['use one of "Always", "Never", "OnFailure"', app({ restartPolicy: 'Sometimes' })],
  ['a percentage such as 25%', app({}, {}, { strategy: { rollingUpdate: { maxSurge: '25' } } })],
  ['write the key as name or example.org/name', app({}, { nodeSelector: { 'a b': 'c' } })],
  ['an extended resource such as', app({ resources: { limits: { gpus: '1' } } })],
  ['in octal', app({}, { volumes: [{ name: 'v', secret: { secretName: 's', defaultMode: 755 } }] })],
  ['begin the path with a slash', app({}, { volumes: [{ name: 'v', nfs: { server: 's', path: 'a' } }] })],
  [
    'write a network such as',
    object('networking.k8s.io/v1', 'NetworkPolicy', {
      spec: { podSelector: {}, egress: [{ to: [{ ipBlock: { cidr: '10.0.0.0' } }] }] },
    }),
  ],
  ['set the type to LoadBalancer', service([{ port: 80 }], { loadBalancerSourceRanges: ['10.0.0.0/8'] })],
  ['or keep one family', service([{ port: 80 }], { ipFamilies: ['IPv4', 'IPv6'] })],
  ['write a list of Volume', app({}, { volumes: 'x' })],
  ['encode the value in base64', object('v1', 'Secret', { data: { a: '!' } })],
  ['declare a volume nope', app({ volumeMounts: [{ name: 'nope', mountPath: '/x' }] })],
  [
    'mount each path once',
    app(
      {
        volumeMounts: [
          { name: 'v', mountPath: '/x' },
          { name: 'v', mountPath: '/x' },
        ],
      },
      { volumes: [{ name: 'v', emptyDir: {} }] },
    ),
  ],
  [
    'keep one source for the volume',
    app({}, { volumes: [{ name: 'v', emptyDir: {}, configMap: { name: 'x' } }] }),
  ],
  ['only readiness probes', app({ livenessProbe: { successThreshold: 2, tcpSocket: { port: 1 } } })],
  [
    'keep value or valueFrom',
    app({ env: [{ name: 'A', value: 'x', valueFrom: { secretKeyRef: { name: 'a', key: 'b' } } }] }),
  ],
  ['at most 15 lower-case letters', app({ ports: [{ containerPort: 1, name: 'averyveryverylongname' }] })],
  ['use a number from 1 to 65535', app({ ports: [{ containerPort: 70000 }] })],
  ['remove rollingUpdate', app({}, {}, { strategy: { type: 'Recreate', rollingUpdate: { maxSurge: 1 } } })],
  [
    'let maxSurge or maxUnavailable be at least 1',
    app({}, {}, { strategy: { rollingUpdate: { maxSurge: 0, maxUnavailable: 0 } } }),
  ],
  ['remove nodePort', service([{ port: 1, nodePort: 30000 }])],
  ['use letters, digits, dashes, dots', configMap('c', { 'a b': 'x' })],
  ['split the content', configMap('c', { a: 'x'.repeat(1_100_000) })],
  ['set it to at least 0', app({}, {}, { replicas: -1 })],
  ['set the field', object('v1', 'Service', { spec: { type: 'ExternalName' } })],
]

describe('remedies for what the shipped engine really says', () => {
  it.each(cases)('%s', async (remedy, holder, old) => {
    const answers = await said(holder, old)
    expect(answers.map((answer) => answer.remedy)).toEqual(
      expect.arrayContaining([expect.stringContaining(remedy)]),
    )
  })
})

describe('sentences that people can read', () => {
  it.each([
    {
      name: 'a struct that is long',
      object: app({ securityContext: { privileged: true, allowPrivilegeEscalation: false } }),
      said: 'spec.template.spec.containers[0].securityContext: Invalid value: cannot set `allowPrivilegeEscalation` to false and `privileged` to true',
    },
    {
      name: 'a struct that is short',
      object: service([
        { port: 80, name: 'a' },
        { port: 80, name: 'b' },
      ]),
      said: 'spec.ports[1]: Duplicate value: {"protocol":"TCP","port":80}',
    },
    {
      name: 'labels stay',
      object: app({}, {}, { selector: { matchLabels: { app: 'other' } } }),
      said: 'spec.template.metadata.labels: Invalid value: {"app":"api"}: `selector` does not match template `labels`',
    },
    {
      name: "Go's types",
      object: app({ env: [{ name: 'A', value: 1 }] }),
      said: 'spec.template.spec.containers[0].env[0].value: Deployment in version "v1" cannot be handled as a Deployment: cannot read a number as string',
    },
    {
      name: 'a path without a position',
      object: app(
        {
          volumeMounts: [
            { name: 'v', mountPath: '/a' },
            { name: 'v', mountPath: '/b', subPath: '../x' },
          ],
        },
        { volumes: [{ name: 'v', emptyDir: {} }] },
      ),
      said: `spec.template.spec.containers[0].volumeMounts[1].subPath: Invalid value: "../x": must not contain '..'`,
    },
  ])('$name', async ({ object: holder, said: sentence }) => {
    const answers = await said(holder)
    expect(answers.map(({ path, message }) => `${path}: ${message}`)).toContain(sentence)
  })
})
