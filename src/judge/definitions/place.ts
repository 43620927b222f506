/** Where in an edited definition stands what its resources break on, so that a finding points there and not at its first line. */
import type { PathStep } from '../../engine/api.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { at } from '../field-steps.ts'

/** The version of a resource: its `served`, or the list of versions when the version is gone. */
export function placeOfVersion(definition: JsonObject, apiVersion: string): string {
  const found = versionOf(definition, apiVersion)
  if (found === undefined) return 'spec.versions'
  return `spec.versions[${found.index}]${found.version['served'] === undefined ? '' : '.served'}`
}

/**
 * The schema of a field of a resource, as the server writes such a path, or of the nearest field around it that the definition still
 * declares: `spec.versions[0].schema.openAPIV3Schema.properties[spec].properties[size]`.
 */
export function placeOfField(definition: JsonObject, apiVersion: string, steps: readonly PathStep[]): string {
  const found = versionOf(definition, apiVersion)
  if (found === undefined) return 'spec.versions'
  let path = `spec.versions[${found.index}].schema.openAPIV3Schema`
  let schema: Json | undefined = at(found.version, 'schema', 'openAPIV3Schema')
  for (const step of steps) {
    const [way, next] = below(schema, step)
    if (!isJsonObject(next)) break
    path += way
    schema = next
  }
  return path
}

function below(schema: Json | undefined, step: PathStep): readonly [string, Json | undefined] {
  if (typeof step === 'number') return ['.items', at(schema, 'items')]
  const declared = at(schema, 'properties', step)
  return declared === undefined
    ? ['.additionalProperties', at(schema, 'additionalProperties')]
    : [`.properties[${step}]`, declared]
}

function versionOf(
  definition: JsonObject,
  apiVersion: string,
): { readonly index: number; readonly version: JsonObject } | undefined {
  const versions = at(definition, 'spec', 'versions')
  const name = apiVersion.split('/')[1]
  if (!Array.isArray(versions)) return undefined
  const index = (versions as readonly Json[]).findIndex((version) => at(version, 'name') === name)
  const version = (versions as readonly Json[])[index]
  return isJsonObject(version) ? { index, version } : undefined
}
