/** Policies of public repositories on manifests of public repositories. */
import type { JsonObject } from '../../src/model/json.ts'
import { copy, metadataOf, text } from '../admission/case.ts'
import { manifestsOf } from '../admission/manifests.ts'
import { withoutConversion } from '../admission/server.ts'
import type { Scenario } from './scenario.ts'

/** Policies of one scenario: a server sends only so many bytes of warnings with a response. */
const atOnce = 4
/** Objects that each group of policies is asked about. */
const asked = 40

/**
 * @param known definitions of custom resources; those of the repositories are added
 */
export function fromRepositories(
  policyRepositories: readonly string[],
  repositories: readonly string[],
  seed: number,
  known: JsonObject[],
): Scenario[] {
  const found = policyRepositories
    .flatMap((directory) => manifestsOf(directory, Infinity))
    .map(({ object }) => object)
  for (const object of found)
    if (object['kind'] === 'CustomResourceDefinition') known.push(withoutConversion(object))
  const policies = distinct(found.filter(({ kind }) => kind === 'ValidatingAdmissionPolicy'))
  const kinds = new Set(policies.map((policy) => text((paramKindOf(policy) ?? {})['kind'])))
  const parameters = found.filter(({ kind }) => kind !== 'CustomResourceDefinition' && kinds.has(text(kind)))
  const objects = [...repositories, ...policyRepositories]
    .flatMap((directory) => manifestsOf(directory, 400))
    .map(({ object }) => object)
    .filter(({ kind }) =>
      /^(Deployment|StatefulSet|DaemonSet|Job|CronJob|Pod|Service|Ingress|ConfigMap|ServiceAccount|Role|RoleBinding|ClusterRole|ClusterRoleBinding|NetworkPolicy)$/.test(
        text(kind),
      ),
    )
  return chunks(policies, atOnce).map((chunk, index): Scenario => {
    const id = `r${seed}-${index}`
    const own = chunk.map((policy, n): JsonObject => ({
      ...policy,
      apiVersion: 'admissionregistration.k8s.io/v1',
      metadata: { name: `${id}-p${n}` },
    }))
    return {
      id,
      namespaces: [{ apiVersion: 'v1', kind: 'Namespace', metadata: { name: id, labels: { scenario: id } } }],
      parameters: parameters.slice(0, 1).map((parameter) => ({
        ...parameter,
        metadata: { name: id, ...('namespace' in metadataOf(parameter) ? { namespace: id } : {}) },
      })),
      policies: own,
      bindings: own.map((policy, n) => ({
        apiVersion: 'admissionregistration.k8s.io/v1',
        kind: 'ValidatingAdmissionPolicyBinding',
        metadata: { name: `${id}-b${n}` },
        spec: {
          policyName: `${id}-p${n}`,
          validationActions: ['Warn'],
          matchResources: { objectSelector: { matchLabels: { scenario: id } } },
          ...(paramKindOf(policy) === undefined
            ? {}
            : { paramRef: { name: id, parameterNotFoundAction: 'Allow' } }),
        },
      })),
      writes: Array.from({ length: Math.min(asked, objects.length) }, (_, n) => {
        const object = copy(objects[(index * asked + n) % objects.length] ?? {}) as JsonObject & {
          metadata: Record<string, unknown>
        }
        Reflect.deleteProperty(object, 'status')
        object.metadata = {
          ...object.metadata,
          namespace: id,
          name: `o-${n}`,
          labels: { ...(metadataOf(object)['labels'] as object | undefined), scenario: id },
        }
        if (/^ClusterRole/.test(text(object['kind']))) Reflect.deleteProperty(object.metadata, 'namespace')
        Reflect.deleteProperty(object.metadata, 'generateName')
        return { operation: 'CREATE' as const, object, namespace: id }
      }),
    }
  })
}

function paramKindOf(policy: JsonObject): JsonObject | undefined {
  return (policy['spec'] as JsonObject | undefined)?.['paramKind'] as JsonObject | undefined
}

function distinct(objects: readonly JsonObject[]): JsonObject[] {
  return [...new Map(objects.map((object) => [JSON.stringify(object['spec']), object])).values()]
}

function chunks<T>(list: readonly T[], size: number): T[][] {
  return Array.from({ length: Math.ceil(list.length / size) }, (_, n) => list.slice(n * size, (n + 1) * size))
}
