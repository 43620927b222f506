import { objectAt, textAt } from '../discover/fields.ts'
import { isJsonObject, type Json, type JsonObject } from '../model/json.ts'
import { splitApiVersion } from '../model/object.ts'
import { withoutKind } from './manifests.ts'
import { failed, type Draft, type Outcome } from './outcome.ts'

/**
 * The first object that Argo CD's repo server cannot write its tracking annotation on, or cannot read again: the whole
 * Application fails then. Annotations have to be texts, all of them and none null (util/kube SetAppInstanceAnnotation);
 * what a List holds needs a kind of its own. Definitions of custom resources are not tracked.
 */
export function untrackable(drafts: readonly Draft[], read: readonly string[]): Outcome | undefined {
  for (const { object, origin } of drafts) {
    for (const item of itemsOf(object)) {
      const problem = problemOf(item)
      if (problem === undefined) continue
      const outcome = failed('invalid', problem, read)
      const { file } = origin
      return file === undefined
        ? outcome
        : { ...outcome, failure: { ...outcome.failure, location: { file } } }
    }
  }
  return undefined
}

/** The items of a List, or the object itself. */
function itemsOf(object: JsonObject): readonly JsonObject[] {
  const { items } = object
  if (textAt(object, 'kind')?.endsWith('List') !== true || !Array.isArray(items)) return [object]
  return (items as readonly Json[]).filter(isJsonObject)
}

function problemOf(object: JsonObject): string | undefined {
  const kindless = withoutKind(object)
  if (kindless !== undefined) return kindless
  const annotations = objectAt(object, 'metadata')?.['annotations'] ?? null
  if (annotations === null || textAt(object, 'kind') === 'CustomResourceDefinition') return undefined
  const wrong = isJsonObject(annotations)
    ? Object.entries(annotations)
        .filter(([, value]) => typeof value !== 'string')
        .map(
          ([key, value]) =>
            `contains non-string value in the map under key "${key}": ${JSON.stringify(value)}`,
        )
        .sort()[0]
    : `${JSON.stringify(annotations)} is no map of texts`
  if (wrong === undefined) return undefined
  const { group, version } = splitApiVersion(textAt(object, 'apiVersion') ?? '')
  const name = textAt(object, 'metadata', 'name') ?? ''
  const namespace = textAt(object, 'metadata', 'namespace') ?? ''
  return `failed to set app instance tracking info on manifest: failed to get annotations for ${group}/${version}, Kind=${textAt(object, 'kind') ?? ''} ${namespace}/${name}: .metadata.annotations accessor error: ${wrong}`
}
