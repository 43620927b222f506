/** Policies of the size that people write, in the forms of three programs, and objects of three kinds. */
import type { JsonObject } from '../../src/model/json.ts'

interface Rule {
  readonly kind: 'Deployment' | 'Service' | 'ConfigMap' | 'any'
  readonly expression: string
}

const rules: readonly Rule[] = [
  {
    kind: 'Deployment',
    expression:
      'object.spec.template.spec.containers.all(c, has(c.resources) && has(c.resources.limits) && "memory" in c.resources.limits)',
  },
  {
    kind: 'Deployment',
    expression:
      'object.spec.template.spec.containers.all(c, !c.image.endsWith(":latest") && c.image.contains(":"))',
  },
  {
    kind: 'any',
    expression:
      'has(object.metadata.labels) && "app" in object.metadata.labels && object.metadata.labels["app"].matches("^[a-z0-9-]+$")',
  },
  {
    kind: 'Deployment',
    expression:
      'object.spec.template.spec.containers.all(c, !has(c.securityContext) || !has(c.securityContext.privileged) || !c.securityContext.privileged)',
  },
  { kind: 'Deployment', expression: '!has(object.spec.replicas) || object.spec.replicas <= 50' },
  {
    kind: 'Service',
    expression: 'object.spec.ports.all(p, p.port > 0 && has(p.name)) && object.spec.type != "NodePort"',
  },
  {
    kind: 'any',
    expression: 'object.metadata.name.size() <= 52 && !object.metadata.name.startsWith("kube-")',
  },
  {
    kind: 'ConfigMap',
    expression: 'object.data.all(k, !k.contains("password") && object.data[k].size() < 4096)',
  },
  {
    kind: 'Deployment',
    expression:
      'object.spec.template.spec.containers.all(c, c.name.size() <= 63 && (!has(c.ports) || c.ports.all(p, p.containerPort > 80)))',
  },
  { kind: 'Service', expression: '!has(object.spec.externalIPs) || object.spec.externalIPs.size() == 0' },
]

const resources = {
  Deployment: ['apps', 'deployments'],
  Service: ['', 'services'],
  ConfigMap: ['', 'configmaps'],
} as const

type Kind = keyof typeof resources

function kindsOf({ kind }: Rule): readonly Kind[] {
  return kind === 'any' ? ['Deployment', 'Service', 'ConfigMap'] : [kind]
}

/** Rule `index`: its expression differs from all others, so that no program can share its work. */
function ruleOf(index: number): Rule {
  const rule = rules[index % rules.length]
  if (rule === undefined) throw new Error('no rules')
  return { kind: rule.kind, expression: `(${rule.expression}) || object.metadata.name == "except-${index}"` }
}

export function admissionPolicies(count: number): { policies: JsonObject[]; bindings: JsonObject[] } {
  const indexes = Array.from({ length: count }, (_, index) => index)
  const api = 'admissionregistration.k8s.io/v1'
  return {
    policies: indexes.map((index) => {
      const rule = ruleOf(index)
      const resourceRules = kindsOf(rule).map((kind) => ({
        apiGroups: [resources[kind][0]],
        apiVersions: ['v1'],
        operations: ['CREATE', 'UPDATE'],
        resources: [resources[kind][1]],
      }))
      return {
        apiVersion: api,
        kind: 'ValidatingAdmissionPolicy',
        metadata: { name: `rule-${index}` },
        spec: {
          matchConstraints: { resourceRules },
          validations: [{ expression: rule.expression, message: `rule ${index}` }],
        },
      }
    }),
    bindings: indexes.map((index) => ({
      apiVersion: api,
      kind: 'ValidatingAdmissionPolicyBinding',
      metadata: { name: `rule-${index}` },
      spec: { policyName: `rule-${index}`, validationActions: ['Deny'] },
    })),
  }
}

/** The same expressions as Gatekeeper's templates for its CEL engine, with a constraint each. */
export function gatekeeperPolicies(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, index) => {
    const rule = ruleOf(index)
    const kind = `Rule${index}`
    const source = {
      validations: [
        {
          expression: rule.expression.replaceAll('object.', 'variables.anyObject.'),
          message: `rule ${index}`,
        },
      ],
    }
    return [
      {
        apiVersion: 'templates.gatekeeper.sh/v1',
        kind: 'ConstraintTemplate',
        metadata: { name: kind.toLowerCase() },
        spec: {
          crd: { spec: { names: { kind } } },
          targets: [
            { target: 'admission.k8s.gatekeeper.sh', code: [{ engine: 'K8sNativeValidation', source }] },
          ],
        },
      },
      {
        apiVersion: 'constraints.gatekeeper.sh/v1beta1',
        kind,
        metadata: { name: `rule-${index}` },
        spec: {
          match: {
            kinds: kindsOf(rule).map((name) => ({ apiGroups: [resources[name][0]], kinds: [name] })),
          },
        },
      },
    ]
  }).flat()
}

/** Four Deployments, three Services and three ConfigMaps in every ten; one in fifty breaks a rule or two. */
export function objects(count: number): JsonObject[] {
  return Array.from({ length: count }, (_, index): JsonObject => {
    const metadata = {
      name: `object-${index}`,
      namespace: `team-${index % 20}`,
      labels: { app: 'web', tier: 'front' },
    }
    const place = index % 10
    if (place < 4) return deployment(metadata, index)
    if (place < 7)
      return {
        apiVersion: 'v1',
        kind: 'Service',
        metadata,
        spec: {
          type: index % 50 === 5 ? 'NodePort' : 'ClusterIP',
          selector: { app: 'web' },
          ports: [
            { name: 'http', port: 80, targetPort: 8080 },
            { name: 'metrics', port: 9090, targetPort: 'metrics' },
          ],
        },
      }
    return {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata,
      data: { 'app.yaml': `level: info\nnumber: ${index}\n`, [index % 50 === 8 ? 'password' : 'extra']: 'x' },
    }
  })
}

function deployment(metadata: JsonObject, index: number): JsonObject {
  const container = (name: string, port: number): JsonObject => ({
    name,
    image: `registry.example/${name}:${index % 50 === 1 ? 'latest' : '1.4.2'}`,
    args: ['--port', String(port)],
    ports: [{ name: 'http', containerPort: port }],
    env: [
      { name: 'LEVEL', value: 'info' },
      { name: 'POD', valueFrom: { fieldRef: { fieldPath: 'metadata.name' } } },
    ],
    resources: { requests: { cpu: '100m', memory: '128Mi' }, limits: { memory: '256Mi' } },
    livenessProbe: { httpGet: { path: '/healthz', port: 'http' } },
    readinessProbe: { httpGet: { path: '/ready', port: 'http' } },
    securityContext: { runAsNonRoot: true, allowPrivilegeEscalation: false },
  })
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata,
    spec: {
      replicas: 1 + (index % 3),
      selector: { matchLabels: { app: 'web' } },
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          serviceAccountName: 'web',
          containers: [container('web', 8080), container('proxy', 8443)],
          volumes: [{ name: 'tmp', emptyDir: {} }],
        },
      },
    },
  }
}
