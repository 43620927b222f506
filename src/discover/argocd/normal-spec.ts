import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { objectAt, objectsAt, textAt } from '../fields.ts'

/**
 * The spec as the controllers of ApplicationSets and of Applications write it (util/argo NormalizeApplicationSpec): a project by default, no
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
      : { source: several.length > 0 || single === undefined ? source : normalSource(single) }),
    ...(sources === undefined ? {} : { sources: several.length > 0 ? several.map(normalSource) : sources }),
    project: textAt(spec, 'project') || 'default',
  }
}

/** Without options of a tool that say nothing: then the files at the path say which tool it is (NormalizeSource). */
export function normalSource(source: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(source).filter(([tool, options]) => !isJsonObject(options) || saysAnything(tool, options)),
  )
}

/** Options that do not count beside others (IsZero of ApplicationSourceKustomize). */
const uncounted: ReadonlySet<string> = new Set([
  'commonAnnotationsEnvsubst',
  'forceCommonAnnotations',
  'forceCommonLabels',
  'labelIncludeTemplates',
  'labelWithoutSelector',
])

function saysAnything(tool: string, options: JsonObject): boolean {
  switch (tool) {
    case 'kustomize':
      return Object.entries(options).some(([key, value]) => !uncounted.has(key) && !isZero(value))
    case 'helm':
      // An empty object of values is a text of two braces (ValuesYAML).
      return Object.entries(options).some(
        ([key, value]) => (key === 'valuesObject' && isJsonObject(value)) || !isZero(value),
      )
    case 'directory':
      return !isZero(options)
    default:
      return true
  }
}

/** A pointer that is set counts, even to an empty struct. */
function isZeroField(value: Json): boolean {
  return value === null || (Array.isArray(value) && value.length === 0)
}

function isZero(value: Json): boolean {
  if (isJsonObject(value)) return Object.values(value).every(isZero)
  return value === '' || value === false || value === 0 || isZeroField(value)
}
