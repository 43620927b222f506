import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'
import { at, fieldSteps } from '../field-steps.ts'
import { formatPath, valueAt } from '../schema/path.ts'

/** A value of a sentence that is a Go struct and not what people wrote: its keys are Go's, or it was cut off. */
const dump = /^((?:Invalid|Duplicate|Unsupported) value: )([[{].*?[\]}…])(: .*)?$/s

/**
 * The API server's sentence without what only Go understands: dumps of structs, `json: cannot unmarshal … into Go
 * struct field`, and Go's names of types. Everything else stays word for word.
 */
export function readableSentence(message: string): string {
  const [, start, value, rest = ''] = dump.exec(message) ?? []
  if (start === undefined || value === undefined) return withoutGoTypes(message)
  const short = shortened(value)
  if (short === value) return message
  return short === '' ? `${start.trimEnd().replace(/:$/, '')}${rest}` : `${start}${short}${rest}`
}

/** A struct by the fields that say something, with the names of YAML; empty when it is long or cut off. */
function shortened(value: string): string {
  const parsed = parse(value)
  if (parsed === undefined) return ''
  if (!isGo(parsed)) return value
  if (!isJsonObject(parsed)) return ''
  const entries = Object.entries(parsed).filter(([, field]) => !isEmpty(field))
  const text = JSON.stringify(Object.fromEntries(entries.map(([name, field]) => [yamlName(name), field])))
  return text.length > 120 || entries.some(([, field]) => typeof field === 'object') ? '' : text
}

function parse(text: string): Json | undefined {
  try {
    return JSON.parse(text) as Json
  } catch {
    return undefined
  }
}

/**
 * Fields of Go structs begin with a capital; labels and the like do as well now and then, but not all of them. One name
 * alone may be a label: it is a field where a struct stands below it.
 */
function isGo(value: Json): boolean {
  if (Array.isArray(value)) return (value as readonly Json[]).some(isGo)
  if (!isJsonObject(value)) return false
  const names = Object.keys(value)
  if (names.length === 0 || !names.every((name) => /^[A-Z][A-Za-z0-9]*$/.test(name))) return false
  return names.length > 1 || Object.values(value).some(isGo)
}

function isEmpty(value: Json): boolean {
  return value === null || value === '' || value === 0 || value === false
}

/** `AppProtocol` → `appProtocol`, `ClusterIP` → `clusterIP`. */
function yamlName(name: string): string {
  return name.charAt(0).toLowerCase() + name.slice(1)
}

function withoutGoTypes(message: string): string {
  return message.replace(
    /json: cannot unmarshal (\w+)( [-+.\deE]+)? into Go (?:struct field \S+|value) of type (\S+)/,
    (_, got: string, number: string | undefined, type: string) =>
      `cannot read ${number === undefined ? article(got) : `the number${number}`} as ${typeName(type)}`,
  )
}

function article(type: string): string {
  return `${/^[aeio]/.test(type) ? 'an' : 'a'} ${type === 'array' ? 'list' : type === 'bool' ? 'boolean' : type}`.replace(
    'an list',
    'a list',
  )
}

/** `[]v1.Volume` → `a list of Volume`, `map[string]string` → `a map of string`, `int32` → `int32`. */
function typeName(type: string): string {
  const list = /^\[\](.+)$/.exec(type)?.[1]
  if (list !== undefined) return `a list of ${bareName(list)}`
  const map = /^map\[\w+\](.+)$/.exec(type)?.[1]
  return map === undefined ? bareName(type) : `a map of ${bareName(map)}`
}

function bareName(type: string): string {
  return type.slice(type.lastIndexOf('.') + 1).replace(/^\*/, '')
}

/**
 * The path as people write it where upstream's own is not one of the object: `[]` for the whole object, a list without
 * the position, a field of `spec` without it (PersistentVolumes), stored versions, which stand in no manifest, a Go name,
 * and what upstream's schema validator says of formats and of `oneOf`, where the path stands in the sentence.
 */
export function peoplesPath(object: JsonObject, path: string, message: string): string {
  if (path === '[]') return ''
  const said =
    /Checked value must be of type .+ in (\S+)$/.exec(message)?.[1] ??
    /^Invalid value: "": "(\S+)" must (?:not )?validate /.exec(message)?.[1]
  if (path === '' && said !== undefined) return peoplesPath(object, said, message)
  if (path.startsWith('status.storedVersions')) return 'spec.versions'
  // The one field of a definition whose Go name is in a path (apiextensions validation.go).
  if (path.endsWith('.JSONPath') && valueAt(object, fieldSteps(object, path)) === undefined)
    return path.replace(/JSONPath$/, 'jsonPath')
  const [first, second] = fieldSteps(object, path)
  // A server has made it part of data by then.
  if (first === 'data' && typeof second === 'string' && at(object, 'data', second) === undefined)
    if (at(object, 'stringData', second) !== undefined) return path.replace(/^data/, 'stringData')
  if (typeof first === 'string' && !Object.hasOwn(object, first) && at(object, 'spec', first) !== undefined)
    return `spec.${path}`
  return withPositions(object, withNamesOf(object, path), message)
}

/** Names that upstream's validation calls otherwise (pkg/apis/core/validation). */
const misspelt: Readonly<Record<string, string>> = {
  downwarAPI: 'downwardAPI',
  persistentDisk: 'gcePersistentDisk',
  deprecatedServiceAccount: 'serviceAccount',
}

/** `spec.LoadBalancerSourceRanges`, `spec.template.labels`: names of Go, where the object has the field under its own. */
function withNamesOf(object: JsonObject, path: string): string {
  const steps = fieldSteps(object, path)
  for (const [depth, step] of steps.entries()) {
    const value = valueAt(object, steps.slice(0, depth))
    if (!isJsonObject(value) || typeof step !== 'string' || Object.hasOwn(value, step)) continue
    const wanted = (misspelt[step] ?? step).toLowerCase()
    // ValidatePodTemplateSpec leaves the metadata out.
    if ((step === 'labels' || step === 'annotations') && at(value, 'metadata', step) !== undefined)
      return withNamesOf(
        object,
        path.replace(
          /(^|\.)(labels|annotations)(?=[.[]|$)/,
          (_, dot: string, name: string) => `${dot}metadata.${name}`,
        ),
      )
    const name = Object.keys(value).find((key) => /^[a-z]/.test(key) && key.toLowerCase() === wanted)
    // Whether a bracket below it holds a position is read off the object.
    return name === undefined ? path : withNamesOf(object, formatPath(steps.with(depth, name)))
  }
  return steps.some((step) => typeof step === 'string' && step.includes('.')) ? formatPath(steps) : path
}

/** `volumeMounts.subPath` of a list: the entry that holds the value that the sentence quotes, if it is one alone. */
function withPositions(object: JsonObject, path: string, message: string): string {
  const steps = fieldSteps(object, path)
  let value: Json | undefined = object
  for (const [depth, step] of steps.entries()) {
    if (Array.isArray(value) && typeof step === 'string') {
      const quoted = /value: ("(?:[^"\\]|\\.)*")/.exec(message)?.[1]
      const holds = (value as readonly Json[]).flatMap((entry, index) =>
        isJsonObject(entry) && JSON.stringify(entry[step]) === quoted ? [index] : [],
      )
      const entries = value as readonly Json[]
      const having = entries.flatMap((entry, index) =>
        isJsonObject(entry) && Object.hasOwn(entry, step) ? [index] : [],
      )
      // Where no value is quoted, the only entry that has the field.
      const [only, other] = quoted === undefined ? having : holds
      if (other !== undefined || only === undefined) return path
      return formatPath([...steps.slice(0, depth), only, ...steps.slice(depth)])
    }
    value =
      typeof step === 'number'
        ? Array.isArray(value)
          ? (value as readonly Json[])[step]
          : undefined
        : isJsonObject(value) && Object.hasOwn(value, step)
          ? value[step]
          : undefined
  }
  return path
}
