/**
 * Kinds that change what a server does with other objects as soon as one really exists. Their updates are judged after
 * all others, and those that configure admission once more by themselves.
 */
import type { JsonObject } from '../../src/model/json.ts'
import { copy, metadataOf, text } from './case.ts'

/** Writes of one pass do not disturb each other. */
export type Pass = 'ordinary' | 'delicate' | 'admission'

const passes: Readonly<Record<string, Pass>> = {
  APIService: 'delicate',
  CustomResourceDefinition: 'delicate',
  FlowSchema: 'delicate',
  LimitRange: 'delicate',
  Namespace: 'delicate',
  PriorityClass: 'delicate',
  PriorityLevelConfiguration: 'delicate',
  ResourceQuota: 'delicate',
  RuntimeClass: 'delicate',
  ServiceCIDR: 'delicate',
  MutatingAdmissionPolicy: 'admission',
  MutatingAdmissionPolicyBinding: 'admission',
  MutatingWebhookConfiguration: 'admission',
  ValidatingAdmissionPolicy: 'admission',
  ValidatingAdmissionPolicyBinding: 'admission',
  ValidatingWebhookConfiguration: 'admission',
}

export function passOf(object: JsonObject): Pass {
  return passes[text(object['kind'])] ?? 'ordinary'
}

/**
 * Kinds that never go away (no controller empties a namespace) or whose coming and going costs a server seconds: each
 * is stored once, under a name that no other object has.
 */
export function staysStored(object: JsonObject): boolean {
  return ['CustomResourceDefinition', 'Namespace'].includes(text(object['kind']))
}

/** A copy that can be stored beside all others and serves, selects or limits nothing that they need. */
export function isolated(valid: JsonObject, number: number): JsonObject {
  const object = copy(valid)
  const metadata = metadataOf(object) as Record<string, string>
  const spec = object['spec'] as Record<string, JsonObject | string> | undefined
  switch (object['kind']) {
    case 'CustomResourceDefinition': {
      const group = `u${number}.example.com`
      const plural = text((spec?.['names'] as JsonObject | undefined)?.['plural'])
      return { ...object, metadata: { ...metadata, name: `${plural}.${group}` }, spec: { ...spec, group } }
    }
    case 'APIService': {
      const group = `u${number}.example.com`
      const name = `${text(spec?.['version'])}.${group}`
      return { ...object, metadata: { ...metadata, name }, spec: { ...spec, group } }
    }
    case 'Namespace':
      return {
        ...object,
        metadata: { ...metadata, name: `${text(metadata['name']).slice(0, 40)}-u${number}` },
      }
    case 'LimitRange':
    case 'ResourceQuota':
      return { ...object, metadata: { ...metadata, namespace: 'limited' } }
    default:
      return object
  }
}
