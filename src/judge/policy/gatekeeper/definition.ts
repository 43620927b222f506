import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import type { UsableTemplate } from './template.ts'

export const constraintGroup = 'constraints.gatekeeper.sh'

const text: JsonObject = { type: 'string' }
const texts: JsonObject = { type: 'array', items: text }
const wildcard: JsonObject = { type: 'string', pattern: '^\\*?[-:a-z0-9]*\\*?$' }
const selector: JsonObject = {
  type: 'object',
  properties: {
    matchLabels: { type: 'object', additionalProperties: text },
    matchExpressions: {
      type: 'array',
      items: {
        type: 'object',
        required: ['key', 'operator'],
        properties: { key: text, operator: text, values: texts },
      },
    },
  },
}
/** gatekeeper pkg/target/matchcrd_constant.go. */
const match: JsonObject = {
  type: 'object',
  properties: {
    source: { type: 'string', enum: ['All', 'Generated', 'Original'] },
    kinds: { type: 'array', items: { type: 'object', properties: { apiGroups: texts, kinds: texts } } },
    scope: text,
    namespaces: { type: 'array', items: wildcard },
    excludedNamespaces: { type: 'array', items: wildcard },
    labelSelector: selector,
    namespaceSelector: selector,
    name: wildcard,
  },
}
const scoped: JsonObject = {
  type: 'array',
  items: {
    type: 'object',
    properties: {
      action: text,
      enforcementPoints: { type: 'array', items: { type: 'object', properties: { name: text } } },
    },
  },
}

/** The definition that Gatekeeper installs for the constraints of a template (constraint/pkg/client/crds). */
export function constraintDefinition({ kind, schema }: UsableTemplate): JsonObject {
  const spec: JsonObject = {
    type: 'object',
    properties: {
      match,
      enforcementAction: { type: 'string', default: 'deny' },
      scopedEnforcementActions: scoped,
      ...(schema === undefined ? {} : { parameters: schema }),
    },
  }
  const whole: JsonObject = {
    type: 'object',
    properties: {
      metadata: { type: 'object', properties: { name: { type: 'string', maxLength: 63 } } },
      spec,
      status: { 'x-kubernetes-preserve-unknown-fields': true },
    },
  }
  const plural = kind.toLowerCase()
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${constraintGroup}` },
    spec: {
      group: constraintGroup,
      scope: 'Cluster',
      names: { kind, listKind: `${kind}List`, plural, singular: plural },
      versions: ['v1beta1', 'v1alpha1'].map((name, index) => ({
        name,
        served: true,
        storage: index === 0,
        schema: { openAPIV3Schema: whole },
      })),
    },
  }
}

/** Defaults of a structural schema, as an API server fills them in (apiextensions pkg/apiserver/schema/defaulting). */
export function withDefaults(value: Json, schema: Json | undefined): Json {
  if (!isJsonObject(schema)) return value
  if (Array.isArray(value))
    return (value as readonly Json[]).map((item) => withDefaults(item, schema['items']))
  if (!isJsonObject(value)) return value
  const properties = isJsonObject(schema['properties']) ? schema['properties'] : {}
  const out: Record<string, Json> = {}
  for (const [key, entry] of Object.entries(properties)) {
    if (!isJsonObject(entry) || !Object.hasOwn(entry, 'default')) continue
    const missing = !Object.hasOwn(value, key)
    // A null where none is allowed is as if it were not there.
    const dropped = !missing && value[key] === null && entry['nullable'] !== true
    if (missing || dropped) define(out, key, withDefaults(entry['default'] ?? null, entry))
  }
  for (const [key, entry] of Object.entries(value)) {
    if (Object.hasOwn(out, key)) continue
    const own = Object.hasOwn(properties, key) ? properties[key] : schema['additionalProperties']
    define(out, key, withDefaults(entry, own))
  }
  return out
}

/** `__proto__` is a key like any other. */
function define(object: Record<string, Json>, key: string, value: Json): void {
  Object.defineProperty(object, key, { value, enumerable: true, writable: true, configurable: true })
}
