import type { KyvernoWrite } from '../../../engine/api-kyverno.ts'
import { isJsonObject, type JsonObject } from '../../../model/json.ts'
import { textAt } from '../../field-steps.ts'
import type { KyvernoCase } from './kyverno-test.ts'

/** Kinds that the engine evaluates, in the mode for objects of a cluster. */
export const evaluated = ['ValidatingPolicy', 'NamespacedValidatingPolicy', 'ClusterPolicy', 'Policy']

/** The write that a case stands for. */
export function writeOf({ resource, operation }: KyvernoCase): KyvernoWrite {
  const namespace = textAt(resource, 'metadata', 'namespace') ?? ''
  return {
    operation,
    namespace,
    ...(operation === 'DELETE' ? {} : { object: resource }),
    ...(operation === 'CREATE' ? {} : { old: resource }),
  }
}

/** kyverno's command line puts namespaced objects without a namespace into `default`. */
export function inNamespace(
  object: JsonObject,
  isClusterScoped: (object: JsonObject) => boolean,
): JsonObject {
  const metadata = isJsonObject(object['metadata']) ? object['metadata'] : {}
  if (typeof metadata['namespace'] === 'string' || isClusterScoped(object)) return object
  return { ...object, metadata: { ...metadata, namespace: 'default' } }
}

/** Policies of any JSON payload, which are no objects of a cluster. */
export function isJson(policy: JsonObject): boolean {
  const mode = textAt(policy, 'spec', 'evaluation', 'mode')
  return mode !== undefined && mode !== 'Kubernetes'
}

/** True when a result of a suite, `namespace/name` or `name`, means the policy. */
export function isCalled(policy: JsonObject, name: string): boolean {
  return textAt(policy, 'metadata', 'name') === name.slice(name.lastIndexOf('/') + 1)
}

/** The kind that a definition of custom resources brings, as look-ups name it. */
export function kindOf(definition: JsonObject): { group: string; kind: string; resource: string }[] {
  const group = textAt(definition, 'spec', 'group')
  const kind = textAt(definition, 'spec', 'names', 'kind')
  const resource = textAt(definition, 'spec', 'names', 'plural')
  return group === undefined || kind === undefined || resource === undefined
    ? []
    : [{ group, kind, resource }]
}
