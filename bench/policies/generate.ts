/** Seeded scenarios: policies with everything that the API offers, in every combination. */
import type { AdmissionWrite } from '../../src/engine/api.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { createRandom, type Random } from '../fidelity/random.ts'
import {
  annotations,
  conditions,
  costly,
  messages,
  variables,
  withParameters,
  withVariables,
} from './expressions.ts'
import { changed, generateObject, group } from './objects.ts'
import type { Scenario } from './scenario.ts'

const api = 'admissionregistration.k8s.io/v1'

export function generateScenarios(count: number, seed: number, writes: number): Scenario[] {
  return Array.from({ length: count }, (_, index) =>
    scenarioOf(index, createRandom(seed * 10_007 + index), seed, writes),
  )
}

function scenarioOf(index: number, random: Random, seed: number, count: number): Scenario {
  const id = `s${seed}-${index}`
  const namespace = (name: string, env: string): JsonObject => ({
    apiVersion: 'v1',
    kind: 'Namespace',
    metadata: {
      name: `${id}-${name}`,
      labels: { scenario: id, env },
      ...(env === 'prod' ? { annotations: { owner: 'a' } } : {}),
    },
  })
  const namespaces = [namespace('a', 'prod'), namespace('b', 'test')]
  const parameterKind = random.pick(['ConfigMap', 'ConfigMap', 'Limit', 'none', 'none'] as const)
  const policies: JsonObject[] = []
  const bindings: JsonObject[] = []
  for (let i = 0; i < 1 + random.integer(2); i++) {
    const name = `${id}-p${i}`
    policies.push(policyOf(random, id, name, parameterKind))
    for (let j = 0; j < 1 + random.integer(3); j++)
      bindings.push(bindingOf(random, id, name, `${name}-b${j}`, parameterKind))
  }
  return {
    id,
    namespaces,
    parameters: parameterKind === 'none' ? [] : parametersOf(random, id, parameterKind),
    policies,
    bindings,
    writes: Array.from({ length: count }, (_, n) => writeOf(random, id, n)),
  }
}

function writeOf(random: Random, id: string, n: number): AdmissionWrite {
  const namespace = `${id}-${random.pick(['a', 'b'])}`
  const name = `${random.pick(['o', 'obj', 'object'])}-${n}`
  const object = generateObject(random, id, namespace, name)
  const operation = random.pick(['CREATE', 'CREATE', 'CREATE', 'UPDATE', 'UPDATE', 'DELETE'] as const)
  if (operation === 'CREATE') return { operation, object, namespace }
  if (operation === 'DELETE') return { operation, old: object, namespace }
  return { operation, old: object, object: changed(random, object), namespace, apply: 'server' }
}

function parametersOf(random: Random, id: string, kind: 'ConfigMap' | 'Limit'): JsonObject[] {
  const one = (name: string, set: string, namespace?: string): JsonObject => ({
    apiVersion: kind === 'ConfigMap' ? 'v1' : `${group}/v1`,
    kind,
    metadata: {
      name,
      ...(namespace === undefined ? {} : { namespace }),
      labels: { set, for: id },
    },
    ...(kind === 'ConfigMap'
      ? { data: { max: random.pick(['3', '6', '8', 'x']) } }
      : { spec: { size: 1 + random.integer(5) } }),
  })
  if (kind === 'Limit') return [one(`${id}-p-1`, 'one'), one(`${id}-p-2`, 'two'), one(`${id}-p-3`, 'one')]
  return [
    one('p-1', 'one', `${id}-a`),
    one('p-2', 'two', `${id}-a`),
    one('p-3', 'one', `${id}-a`),
    one('p-1', 'two', `${id}-b`),
  ]
}

function policyOf(random: Random, id: string, name: string, parameters: string): JsonObject {
  const pool = [
    ...conditions,
    ...(parameters === 'none' ? [] : [...withParameters, ...withParameters, ...withParameters]),
  ]
  const own = random.chance(0.4) ? variables.filter(() => random.chance(0.8)) : []
  const names = new Set(own.map(([variable]) => variable))
  const usable = withVariables.filter((e) =>
    [...e.matchAll(/variables\.(\w+)/g)].every(([, used = '']) => names.has(used)),
  )
  const expression = (): string =>
    random.chance(0.03)
      ? random.pick(costly)
      : random.pick(usable.length > 0 && random.chance(0.4) ? usable : pool)
  const validations = Array.from({ length: 1 + random.integer(3) }, (_, n): JsonObject => ({
    expression: expression(),
    ...(random.chance(0.4) ? { message: `message ${n} of ${name}` } : {}),
    ...(random.chance(0.3) ? { messageExpression: random.pick(messages) } : {}),
    ...(random.chance(0.2) ? { reason: random.pick(['Forbidden', 'RequestEntityTooLarge', 'Invalid']) } : {}),
  }))
  return {
    apiVersion: api,
    kind: 'ValidatingAdmissionPolicy',
    metadata: { name },
    spec: {
      ...(random.chance(0.5) ? { failurePolicy: random.pick(['Fail', 'Ignore']) } : {}),
      ...(parameters === 'none'
        ? {}
        : { paramKind: { apiVersion: parameters === 'ConfigMap' ? 'v1' : `${group}/v1`, kind: parameters } }),
      matchConstraints: matchOf(random, id, true),
      ...(own.length > 0
        ? { variables: own.map(([variable, e]) => ({ name: variable, expression: e })) }
        : {}),
      ...(random.chance(0.3)
        ? {
            matchConditions: random
              .some(['one', 'two'], 0.7)
              .map((condition) => ({ name: condition, expression: random.pick(pool) })),
          }
        : {}),
      validations,
      ...(random.chance(0.2)
        ? { auditAnnotations: random.some(annotations, 0.4).map(([key, e]) => ({ key, valueExpression: e })) }
        : {}),
    },
  }
}

function bindingOf(random: Random, id: string, policy: string, name: string, parameters: string): JsonObject {
  const actions = random.pick([['Deny'], ['Warn'], ['Audit'], ['Deny', 'Audit'], ['Warn', 'Audit'], ['Warn']])
  return {
    apiVersion: api,
    kind: 'ValidatingAdmissionPolicyBinding',
    metadata: { name },
    spec: {
      policyName: policy,
      validationActions: actions,
      ...(random.chance(0.4) ? { matchResources: matchOf(random, id, false) } : {}),
      ...(parameters === 'none' || random.chance(0.1)
        ? {}
        : { paramRef: paramRefOf(random, id, parameters) }),
    },
  }
}

function paramRefOf(random: Random, id: string, kind: string): JsonObject {
  const which: JsonObject = random.chance(0.5)
    ? { name: `${kind === 'Limit' ? `${id}-` : ''}${random.pick(['p-1', 'p-2', 'none'])}` }
    : {
        selector: {
          matchLabels: {
            for: id,
            ...(random.chance(0.5) ? { set: random.pick(['one', 'two', 'none']) } : {}),
          },
        },
      }
  return {
    ...which,
    ...(kind === 'ConfigMap' && random.chance(0.5) ? { namespace: `${id}-${random.pick(['a', 'b'])}` } : {}),
    parameterNotFoundAction: random.pick(['Allow', 'Deny']),
  }
}

type Rule = JsonObject

/** The policy's own constraints keep to the scenario's objects; a binding narrows further. */
function matchOf(random: Random, id: string, whole: boolean): JsonObject {
  const rules = Array.from({ length: 1 + random.integer(2) }, () => ruleOf(random))
  const own = { matchLabels: { scenario: id } }
  const env = random.chance(0.2)
    ? {
        namespaceSelector: {
          matchExpressions: [{ key: 'env', operator: random.pick(['In', 'NotIn']), values: ['prod'] }],
        },
      }
    : {}
  return {
    ...(random.chance(0.4) ? { matchPolicy: random.pick(['Exact', 'Equivalent']) } : {}),
    ...(whole
      ? { objectSelector: own }
      : random.chance(0.4)
        ? {
            objectSelector: {
              matchExpressions: [{ key: 'tier', operator: random.pick(['Exists', 'DoesNotExist']) }],
            },
          }
        : {}),
    ...env,
    ...(whole || random.chance(0.6) ? { resourceRules: rules } : {}),
    ...(random.chance(0.2) ? { excludeResourceRules: [ruleOf(random)] } : {}),
  }
}

const groups: readonly (readonly [
  group: string,
  versions: readonly string[],
  resources: readonly string[],
])[] = [
  ['apps', ['v1'], ['deployments']],
  ['apps', ['v1'], ['deployments', 'statefulsets']],
  ['', ['v1'], ['services', 'configmaps']],
  ['', ['v1'], ['configmaps', 'secrets', 'serviceaccounts']],
  ['', ['v1'], ['namespaces']],
  ['autoscaling', ['v1'], ['horizontalpodautoscalers']],
  ['autoscaling', ['v2'], ['horizontalpodautoscalers']],
  [group, ['v1'], ['widgets']],
  [group, ['v1beta1'], ['widgets']],
  ['rbac.authorization.k8s.io', ['v1'], ['clusterroles']],
  ['networking.k8s.io', ['v1'], ['ingresses', 'ingresses/status']],
  ['apps', ['v1'], ['deployments/scale']],
  ['apps', ['v1'], ['deployments/*']],
  ['policy', ['*'], ['*']],
  ['*', ['*'], ['*']],
  ['*', ['*'], ['*']],
  ['*', ['*'], ['*']],
  ['*', ['*'], ['*']],
  ['*', ['*'], ['*']],
  ['*', ['v1'], ['*/*']],
]

function ruleOf(random: Random): Rule {
  const [apiGroup, versions, resources] = random.pick(groups)
  return {
    apiGroups: [apiGroup],
    apiVersions: [...versions],
    resources: [...resources],
    operations: random.pick([
      ['*'],
      ['CREATE', 'UPDATE'],
      ['CREATE'],
      ['UPDATE', 'DELETE'],
      ['CREATE', 'UPDATE', 'DELETE'],
    ]),
    ...(random.chance(0.2) ? { scope: random.pick(['*', 'Namespaced', 'Cluster']) } : {}),
    ...(random.chance(0.1) ? { resourceNames: ['o-1', 'obj-2', 'object-3', 'o-4'] } : {}),
  }
}
