import type { Json, JsonObject } from '../../model/json.ts'
import { field, flagAt, objectsAt, scalarText, textAt } from '../fields.ts'
import type { WrittenField } from '../../model/object.ts'
import type { SubstitutePlan } from '../../model/target.ts'
import type { Surroundings } from '../surroundings.ts'

/** The plan of a post-build substitution, and the files that its variables came from. */
export interface Variables {
  readonly plan: SubstitutePlan
  readonly files: readonly string[]
}

/**
 * Collects `postBuild`: data of the ConfigMaps and Secrets in order, then the inline values, which win. Line breaks
 * are removed from values, as kustomize-controller does. Undefined when nothing would be substituted.
 * @param definition the Kustomization, where a file holds it
 */
export async function resolveVariables(
  postBuild: JsonObject | undefined,
  namespace: string,
  surroundings: Surroundings,
  definition?: Pick<WrittenField, 'file' | 'name'>,
): Promise<Variables | undefined> {
  if (postBuild === undefined) return undefined
  const variables: Record<string, string> = {}
  const missing: { kind: string; name: string }[] = []
  const files: string[] = []
  const places: Record<string, WrittenField> = {}
  for (const reference of objectsAt(postBuild, 'substituteFrom')) {
    const kind = textAt(reference, 'kind') ?? ''
    const name = textAt(reference, 'name') ?? ''
    const found = await surroundings.find(kind, namespace, name)
    if (found === undefined) {
      if (flagAt(reference, 'optional') !== true) missing.push({ kind, name })
      continue
    }
    if (found.location !== undefined) files.push(found.location.file)
    const data = dataOf(found.object)
    if (data === 'encrypted') missing.push({ kind, name })
    else
      for (const [key, value] of Object.entries(data)) {
        variables[key] = value.replaceAll('\n', '')
        if (found.location !== undefined)
          places[key] = { file: found.location.file, kind, name, path: placeOfData(found.object, key) }
      }
  }
  for (const [key, value] of entriesOf(field(postBuild, 'substitute'))) {
    variables[key] = value.replaceAll('\n', '')
    if (definition !== undefined)
      places[key] = { ...definition, kind: 'Kustomization', path: ['spec', 'postBuild', 'substitute', key] }
  }

  // The CRD says that it runs when there are variables, or always on request (`substituteStrategy`).
  const always = textAt(postBuild, 'substituteStrategy') === 'Always'
  if (Object.keys(variables).length === 0 && missing.length === 0 && !always) return undefined
  return { plan: { variables, missing, places }, files }
}

/** Values of a ConfigMap or Secret as text; Secrets are decoded. SOPS leaves ciphertext, which is no value. */
export function dataOf(object: JsonObject): Record<string, string> | 'encrypted' {
  if (field(object, 'sops') !== undefined) return 'encrypted'
  const data: Record<string, string> = {}
  const secret = textAt(object, 'kind') === 'Secret'
  for (const [key, value] of entriesOf(field(object, 'data')))
    data[key] = secret ? Buffer.from(value, 'base64').toString('utf8') : value
  for (const [key, value] of entriesOf(field(object, 'stringData'))) data[key] = value
  return data
}

/** Where a key of a ConfigMap or Secret stands: `stringData` wins over `data`. */
export function placeOfData(object: JsonObject, key: string): readonly string[] {
  return [field(field(object, 'stringData'), key) === undefined ? 'data' : 'stringData', key]
}

function entriesOf(value: Json | undefined): [string, string][] {
  const found: [string, string][] = []
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return found
  for (const [key, item] of Object.entries(value as JsonObject)) {
    const text = scalarText(item)
    if (text !== undefined) found.push([key, text])
  }
  return found
}
