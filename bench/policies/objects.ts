/** Objects that generated policies are asked about, and the custom resource among them. */
import type { JsonObject } from '../../src/model/json.ts'
import type { Random } from '../fidelity/random.ts'

export const group = 'bench.preadmit.dev'

const versionSchema = (field: string, fallback: string): JsonObject => ({
  openAPIV3Schema: {
    type: 'object',
    properties: {
      spec: {
        type: 'object',
        properties: {
          [field]: { type: 'string', default: fallback },
          size: { type: 'integer' },
          limit: { 'x-kubernetes-int-or-string': true },
          tags: { type: 'array', items: { type: 'string' } },
          free: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
        },
      },
    },
  },
})

/** Two served versions of a namespaced kind, and a cluster-scoped kind for parameters. */
export const definitions: readonly JsonObject[] = [
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `widgets.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural: 'widgets', singular: 'widget', kind: 'Widget', listKind: 'WidgetList' },
      versions: [
        { name: 'v1', served: true, storage: true, schema: versionSchema('color', 'blue') },
        { name: 'v1beta1', served: true, storage: false, schema: versionSchema('color', 'grey') },
      ],
    },
  },
  {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `limits.${group}` },
    spec: {
      group,
      scope: 'Cluster',
      names: { plural: 'limits', singular: 'limit', kind: 'Limit', listKind: 'LimitList' },
      versions: [{ name: 'v1', served: true, storage: true, schema: versionSchema('color', 'red') }],
    },
  },
]

/** An object of a random kind. `scenario` is the label that keeps scenarios apart. */
export function generateObject(
  random: Random,
  scenario: string,
  namespace: string,
  name: string,
): JsonObject {
  const labels: JsonObject = {
    scenario,
    ...(random.chance(0.6) ? { app: random.pick(['web', 'api', 'db']) } : {}),
    ...(random.chance(0.4) ? { tier: random.pick(['front', 'back']) } : {}),
  }
  const annotations = random.chance(0.3)
    ? { annotations: { owner: random.pick(['a', 'team b', '', 'x"y', 'ü']) } }
    : {}
  const metadata = { name, namespace, labels, ...annotations }
  const cluster = { name: `${namespace}-${name}`, labels, ...annotations }
  return random.pick<() => JsonObject>([
    () => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: deploymentSpec(random) }),
    () => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: deploymentSpec(random) }),
    () => ({ apiVersion: 'apps/v1', kind: 'Deployment', metadata, spec: deploymentSpec(random) }),
    () => ({ apiVersion: 'v1', kind: 'Service', metadata, spec: serviceSpec(random) }),
    () => ({ apiVersion: 'v1', kind: 'ConfigMap', metadata, data: dataOf(random) }),
    () => ({ apiVersion: 'v1', kind: 'Secret', metadata, stringData: { token: 'tok-1234567' } }),
    () => ({
      apiVersion: random.pick(['autoscaling/v1', 'autoscaling/v2']),
      kind: 'HorizontalPodAutoscaler',
      metadata,
      spec: {
        minReplicas: 1 + random.integer(2),
        maxReplicas: 2 + random.integer(9),
        scaleTargetRef: { apiVersion: 'apps/v1', kind: 'Deployment', name: 'web' },
      },
    }),
    () => ({
      apiVersion: `${group}/${random.pick(['v1', 'v1beta1'])}`,
      kind: 'Widget',
      metadata,
      spec: {
        ...(random.chance(0.5) ? { color: random.pick(['red', 'green']) } : {}),
        size: random.integer(9),
        limit: random.pick<string | number>([3, '40%']),
        tags: random.some(['x', 'y', 'z'], 0.5),
        free: { any: { depth: random.integer(3) } },
      },
    }),
    () => ({
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: cluster,
      rules: [{ apiGroups: [''], resources: [random.pick(['pods', 'secrets', '*'])], verbs: ['get'] }],
    }),
    () => ({ apiVersion: 'v1', kind: 'Namespace', metadata: cluster }),
    () => ({
      apiVersion: 'networking.k8s.io/v1',
      kind: 'Ingress',
      metadata,
      spec: { rules: [{ host: random.pick(['a.example', 'b.test']), http: { paths: [ingressPath] } }] },
    }),
    () => ({ apiVersion: 'v1', kind: 'ServiceAccount', metadata }),
    () => ({
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata,
      spec: {
        minAvailable: random.pick<string | number>([1, '50%']),
        selector: { matchLabels: { app: 'web' } },
      },
    }),
  ])()
}

const ingressPath = {
  path: '/',
  pathType: 'Prefix',
  backend: { service: { name: 'web', port: { number: 80 } } },
}

function deploymentSpec(random: Random): JsonObject {
  const container = (name: string): JsonObject => ({
    name,
    image: random.pick([
      'registry.example/web:1.4',
      'web:latest',
      'web',
      'registry.example/web@sha256:' + 'a'.repeat(64),
    ]),
    ...(random.chance(0.5)
      ? {
          resources: {
            requests: {
              cpu: random.pick(['100m', '0.5', '2']),
              memory: random.pick(['64Mi', '1Gi', '129M']),
            },
            ...(random.chance(0.5) ? { limits: { memory: random.pick(['256Mi', '2Gi']) } } : {}),
          },
        }
      : {}),
    ...(random.chance(0.4)
      ? {
          ports: [
            { containerPort: random.pick([80, 8080]), ...(random.chance(0.5) ? { name: 'http' } : {}) },
          ],
        }
      : {}),
    ...(random.chance(0.3)
      ? { securityContext: { privileged: random.chance(0.5), runAsUser: random.integer(3) } }
      : {}),
    ...(random.chance(0.4)
      ? { env: [{ name: 'LEVEL', value: random.pick(['info', '']) }, { name: 'EMPTY' }] }
      : {}),
    ...(random.chance(0.3)
      ? { livenessProbe: { httpGet: { path: '/', port: random.pick<string | number>([80, 'http']) } } }
      : {}),
  })
  return {
    ...(random.chance(0.8) ? { replicas: random.integer(6) } : {}),
    selector: { matchLabels: { app: 'web' } },
    ...(random.chance(0.2) ? { strategy: { type: 'Recreate' } } : {}),
    template: {
      metadata: { labels: { app: 'web', ...(random.chance(0.3) ? { extra: 'yes' } : {}) } },
      spec: {
        containers: [container('app'), ...(random.chance(0.4) ? [container('side')] : [])],
        ...(random.chance(0.2) ? { initContainers: [container('init')] } : {}),
        ...(random.chance(0.3) ? { hostNetwork: random.chance(0.5) } : {}),
        ...(random.chance(0.3) ? { nodeSelector: { zone: 'a' } } : {}),
        ...(random.chance(0.3)
          ? { volumes: [{ name: 'v', emptyDir: { sizeLimit: random.pick(['1Gi', '500Mi']) } }] }
          : {}),
      },
    },
  }
}

function serviceSpec(random: Random): JsonObject {
  return {
    selector: { app: 'web' },
    ...(random.chance(0.5) ? { type: random.pick(['ClusterIP', 'NodePort', 'LoadBalancer']) } : {}),
    ports: [{ name: 'http', port: 80, targetPort: random.pick<string | number>([8080, 'http']) }],
    ...(random.chance(0.2) ? { externalIPs: ['203.0.113.7'] } : {}),
  }
}

function dataOf(random: Random): JsonObject {
  return {
    max: random.pick(['3', '5', 'x']),
    url: random.pick(['https://example.test/a?b=1', 'not a url', '']),
    cidr: random.pick(['10.0.0.0/8', '10.0.0.1']),
    version: random.pick(['1.2.3', 'v1.2', '1.2.3-rc.1']),
    date: random.pick(['2026-01-31', '31.1.2026']),
  }
}

/** The same object as it will be: mostly equal. */
export function changed(random: Random, object: JsonObject): JsonObject {
  const copy = JSON.parse(JSON.stringify(object)) as JsonObject & {
    metadata: { labels: Record<string, string> }
    spec?: Record<string, unknown>
    data?: Record<string, string>
  }
  const { labels } = copy.metadata
  if (random.chance(0.4)) labels['app'] = random.pick(['web', 'api'])
  if (random.chance(0.3)) Reflect.deleteProperty(labels, 'tier')
  if (copy.kind === 'Deployment' && copy.spec !== undefined && random.chance(0.7))
    copy.spec['replicas'] = random.integer(6)
  if (copy.kind === 'Widget' && copy.spec !== undefined) copy.spec['size'] = random.integer(9)
  if (copy.kind === 'ConfigMap' && copy.data !== undefined) copy.data['max'] = random.pick(['3', '9'])
  return copy
}
