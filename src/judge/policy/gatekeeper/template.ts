import { isJsonObject, type Json, type JsonObject } from '../../../model/json.ts'
import { splitApiVersion } from '../../../model/object.ts'
import type { PolicyDocument } from '../../../model/policy.ts'
import { at, textAt } from '../../field-steps.ts'

/** Gatekeeper's only target. */
export const targetName = 'admission.k8s.gatekeeper.sh'

export interface RegoCode {
  readonly engine: 'rego'
  readonly rego: string
  readonly libs: readonly string[]
  readonly version: string
}

/** What a ConstraintTemplate says, or why it cannot be used. */
export type Template = {
  readonly kind: string
  readonly name: string
  readonly document: PolicyDocument
} & (
  | { readonly problem: string }
  | {
      readonly code: RegoCode | { readonly engine: 'cel'; readonly source: JsonObject }
      /** Schema of the parameters, as an API server would store it; absent: no parameters are allowed. */
      readonly schema?: JsonObject
      /** Operations for which the webhook asks it; empty for all. */
      readonly operations: readonly string[]
    }
)
export type UsableTemplate = Extract<Template, { code: unknown }>

export function isTemplate(object: JsonObject): boolean {
  return group(object) === 'templates.gatekeeper.sh' && object['kind'] === 'ConstraintTemplate'
}

/**
 * Reads a template as the constraint framework does (pkg/client/client.go, apis/templates/<version>/conversion.go).
 * CEL wins over Rego: Gatekeeper asks the K8sNativeValidation driver first.
 */
export function readTemplate(document: PolicyDocument): Template {
  const { object } = document
  const name = textAt(object, 'metadata', 'name') ?? ''
  const kind = textAt(object, 'spec', 'crd', 'spec', 'names', 'kind') ?? ''
  const broken = (problem: string): Template => ({ kind, name, document, problem })
  if (kind === '') return broken('has no spec.crd.spec.names.kind')
  if (name !== kind.toLowerCase())
    return broken(`is named ${name}, which is not its kind ${kind} in lower case`)
  const targets = listAt(object, 'spec', 'targets')
  const [target] = targets
  if (targets.length !== 1 || !isJsonObject(target)) return broken('must have exactly one target')
  if (textAt(target, 'target') !== targetName)
    return broken(`has the target ${textAt(target, 'target') ?? ''}; Gatekeeper knows ${targetName} only`)
  const code = codeOf(target)
  if (typeof code === 'string') return broken(code)
  const schema = schemaOf(object)
  const operations = textsAt(target, 'operations').filter((operation) => operation !== '*')
  const any = textsAt(target, 'operations').includes('*')
  return {
    kind,
    name,
    document,
    code,
    operations: any ? [] : operations,
    ...(schema === undefined ? {} : { schema }),
  }
}

function codeOf(target: JsonObject): UsableTemplate['code'] | string {
  const entries = listAt(target, 'code').filter(isJsonObject)
  const native = entries.find(({ engine }) => engine === 'K8sNativeValidation')
  if (native !== undefined)
    return isJsonObject(native['source'])
      ? { engine: 'cel', source: native['source'] }
      : 'its K8sNativeValidation code has no source'
  // `rego` and `libs` of the target take the place of a code entry for Rego.
  const rego = textAt(target, 'rego') ?? ''
  if (rego !== '') return { engine: 'rego', rego, libs: textsAt(target, 'libs'), version: 'v0' }
  const source = entries.find(({ engine }) => engine === 'Rego')?.['source']
  if (!isJsonObject(source)) {
    const engines = entries.map((entry) => textAt(entry, 'engine') ?? '')
    return engines.length === 0
      ? 'has no code'
      : `its code is for ${engines.join(', ')}, which nothing here runs`
  }
  if (typeof source['rego'] !== 'string') return 'its Rego code has no source.rego'
  return {
    engine: 'rego',
    rego: source['rego'],
    libs: textsAt(source, 'libs'),
    version: textAt(source, 'version') || 'v0',
  }
}

/** `legacySchema` is true by default in the old versions, false in v1: then anything goes where nothing is said. */
function schemaOf(object: JsonObject): JsonObject | undefined {
  const validation = at(object, 'spec', 'crd', 'spec', 'validation')
  const schema = at(validation, 'openAPIV3Schema')
  const { version } = splitApiVersion(textAt(object, 'apiVersion') ?? '')
  const said = at(validation, 'legacySchema')
  const legacy = typeof said === 'boolean' ? said : version !== 'v1'
  if (!isJsonObject(schema)) return legacy ? preserving({}) : undefined
  return legacy ? preserving(schema) : schema
}

/** `x-kubernetes-preserve-unknown-fields` at every level (constraint/pkg/schema/transform.go). */
function preserving(schema: JsonObject): JsonObject {
  const keep = { 'x-kubernetes-preserve-unknown-fields': true }
  const type = schema['type'] ?? ''
  const out: Record<string, Json> = { ...schema }
  if (type === '' || type === 'object') Object.assign(out, keep)
  if (type === 'array' && !isJsonObject(schema['items'])) out['items'] = keep
  if (isJsonObject(schema['items'])) out['items'] = preserving(schema['items'])
  if (isJsonObject(schema['additionalProperties']))
    out['additionalProperties'] = preserving(schema['additionalProperties'])
  if (isJsonObject(schema['properties']))
    out['properties'] = Object.fromEntries(
      Object.entries(schema['properties']).map(([key, value]) => [
        key,
        isJsonObject(value) ? preserving(value) : value,
      ]),
    )
  return out
}

export function group(object: JsonObject): string {
  return splitApiVersion(textAt(object, 'apiVersion') ?? '').group
}

export function listAt(object: Json | undefined, ...keys: readonly string[]): readonly Json[] {
  const value = at(object, ...keys)
  return Array.isArray(value) ? (value as readonly Json[]) : []
}

export function textsAt(object: Json | undefined, ...keys: readonly string[]): readonly string[] {
  return listAt(object, ...keys).filter((value): value is string => typeof value === 'string')
}
