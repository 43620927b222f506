import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { objectAt, objectsAt, textAt } from '../fields.ts'

/**
 * The spec as the controller of ApplicationSets writes it (util/argo NormalizeApplicationSpec): a project by default, no
 * empty sync policy, no options of a tool that say nothing.
 */
export function normalSpec(spec: JsonObject): JsonObject {
  const { source, sources, syncPolicy, ...rest } = spec
  const several = objectsAt(spec, 'sources')
  const single = objectAt(spec, 'source')
  const policy = objectAt(spec, 'syncPolicy')
  const isEmptyPolicy = policy !== undefined && Object.values(policy).every((value) => isZeroField(value))
  return {
    ...rest,
    ...(syncPolicy === undefined || isEmptyPolicy ? {} : { syncPolicy }),
    ...(source === undefined
      ? {}
      : { source: several.length > 0 || single === undefined ? source : normal(single) }),
    ...(sources === undefined ? {} : { sources: several.length > 0 ? several.map(normal) : sources }),
    project: textAt(spec, 'project') || 'default',
  }
}

function normal(source: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(source).filter(
      ([key, value]) => !(['kustomize', 'helm', 'directory'].includes(key) && isZero(value)),
    ),
  )
}

/** A pointer that is set counts, even to an empty struct. */
function isZeroField(value: Json): boolean {
  return value === null || (Array.isArray(value) && value.length === 0)
}

function isZero(value: Json): boolean {
  if (isJsonObject(value)) return Object.values(value).every(isZero)
  return value === '' || value === false || value === 0 || isZeroField(value)
}
