import { closest } from 'fastest-levenshtein'
import { canonicalJson } from '../../compare/equal.ts'
import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'

/** A parameter as policyset.yaml declares it (set-schema.ts has proved the shape). */
export interface Parameter {
  readonly type: 'string' | 'integer' | 'number' | 'boolean' | 'array' | 'object'
  readonly default: Json
  readonly enum?: readonly Json[]
  readonly minimum?: number
  readonly maximum?: number
  readonly minLength?: number
  readonly maxLength?: number
  readonly minItems?: number
  readonly maxItems?: number
  readonly uniqueItems?: boolean
  readonly items?: { readonly type: string; readonly enum?: readonly Json[] }
  readonly tighten?: 'higher' | 'lower' | 'subset' | 'superset' | 'never'
  readonly bind: readonly Binding[]
}

/** Where a value goes. */
export interface Binding {
  /** File of the set, relative to policyset.yaml. */
  readonly object: string
  readonly name?: string
  /** JSON pointer. */
  readonly path: string
}

/**
 * The values of a set's parameters: defaults, and what the repository chooses as far as it may. A value that is wrong
 * or looser than the default is not taken, and said.
 * @param central the workflow gives the set: only parameters that say how they are tightened can be chosen
 */
export function parameterValues(
  parameters: Readonly<Record<string, Parameter>>,
  given: JsonObject,
  central: boolean,
): {
  readonly values: Readonly<Record<string, Json>>
  readonly problems: readonly string[]
  /** Defaults that are none of the parameter's values: a fault of the set. */
  readonly defaults: readonly { readonly name: string; readonly problem: string }[]
} {
  const problems: string[] = []
  const defaults: { name: string; problem: string }[] = []
  const values: Record<string, Json> = {}
  for (const [name, parameter] of Object.entries(parameters)) {
    const wrong = valueProblem(parameter, parameter.default)
    if (wrong !== undefined) defaults.push({ name, problem: `the default of the parameter ${name} ${wrong}` })
    values[name] = parameter.default
  }
  for (const [name, value] of Object.entries(given)) {
    const parameter = Object.hasOwn(parameters, name) ? parameters[name] : undefined
    if (parameter === undefined) {
      const names = Object.keys(parameters)
      const hint = names.length === 0 ? 'it has none' : `did you mean ${closest(name, names)}?`
      problems.push(`the set has no parameter ${JSON.stringify(name)}: ${hint}`)
      continue
    }
    const wrong = valueProblem(parameter, value) ?? looser(parameter, value, central)
    if (wrong === undefined) values[name] = value
    else
      problems.push(
        `the value of the parameter ${name} ${wrong}: the default ${text(parameter.default)} stays`,
      )
  }
  return { values, problems, defaults }
}

/** Why a value is none of the parameter's, as a clause; undefined when it is. */
function valueProblem(parameter: Parameter, value: Json): string | undefined {
  if (!hasType(value, parameter.type)) return `must be of the type ${parameter.type}`
  if (parameter.enum !== undefined && !includes(parameter.enum, value))
    return `must be one of ${parameter.enum.map(text).join(', ')}`
  if (typeof value === 'number') {
    if (parameter.minimum !== undefined && value < parameter.minimum)
      return `must be at least ${parameter.minimum}`
    if (parameter.maximum !== undefined && value > parameter.maximum)
      return `must be at most ${parameter.maximum}`
  }
  if (typeof value === 'string')
    return sizeProblem(value.length, parameter.minLength, parameter.maxLength, 'characters')
  if (!Array.isArray(value)) return undefined
  const list = value as readonly Json[]
  const { items } = parameter
  if (items !== undefined) {
    if (!list.every((item) => hasType(item, items.type)))
      return `must hold values of the type ${items.type} only`
    const choices = items.enum
    if (choices !== undefined && !list.every((item) => includes(choices, item)))
      return `must hold only ${choices.map(text).join(', ')}`
  }
  if (parameter.uniqueItems === true && new Set(list.map(canonicalJson)).size !== list.length)
    return 'must not repeat a value'
  return sizeProblem(list.length, parameter.minItems, parameter.maxItems, 'entries')
}

function sizeProblem(size: number, least = 0, most = Infinity, unit = ''): string | undefined {
  if (size < least) return `must have at least ${least} ${unit}`
  return size > most ? `must have at most ${most} ${unit}` : undefined
}

function looser(
  { tighten, default: standard }: Parameter,
  value: Json,
  central: boolean,
): string | undefined {
  if (canonicalJson(value) === canonicalJson(standard)) return undefined
  if (tighten === undefined) return central ? 'cannot be chosen, since the workflow gives the set' : undefined
  if (tighten === 'never') return 'cannot be chosen'
  const ordered = rank(value) !== undefined && rank(standard) !== undefined
  const up = ordered && Number(rank(value)) > Number(rank(standard))
  const lists = Array.isArray(value) && Array.isArray(standard)
  const [mine, theirs] = lists ? [value as readonly Json[], standard as readonly Json[]] : [[], []]
  switch (tighten) {
    case 'higher':
      return up ? undefined : 'may only be higher than the default'
    case 'lower':
      return ordered && !up ? undefined : 'may only be lower than the default'
    case 'subset':
      return lists && mine.every((item) => includes(theirs, item))
        ? undefined
        : 'may only leave out entries of the default'
    case 'superset':
      return lists && theirs.every((item) => includes(mine, item))
        ? undefined
        : 'may only add to the entries of the default'
  }
}

function rank(value: Json): number | undefined {
  return typeof value === 'number' ? value : typeof value === 'boolean' ? Number(value) : undefined
}

/** Fields that a hint is looked for among. Ours: a document with more is no parameter object. */
const pointersLooked = 2_000

/** The field that a JSON pointer may have meant, as an end of a sentence; empty when the document has none. */
export function nearestPointer(document: Json, pointer: string): string {
  const pointers: string[] = []
  const walk = (value: Json, at: string): void => {
    if (pointers.length >= pointersLooked) return
    if (at !== '') pointers.push(at)
    const entries = Array.isArray(value)
      ? (value as readonly Json[]).entries()
      : isJsonObject(value)
        ? Object.entries(value)
        : []
    for (const [step, inner] of entries)
      walk(inner, `${at}/${String(step).replaceAll('~', '~0').replaceAll('/', '~1')}`)
  }
  walk(document, '')
  return pointers.length === 0 ? '' : `; did you mean ${closest(pointer, pointers)}?`
}

/**
 * Puts a value at a field of a document. The field must be there: a set shows where its values go. A text stays a text,
 * since the values of ConfigMaps are texts only.
 */
export function bound(
  document: Json,
  pointer: string,
  value: Json,
): { document: Json } | { problem: string } {
  const steps = pointer
    .split('/')
    .slice(1)
    .map((step) => step.replaceAll('~1', '/').replaceAll('~0', '~'))
  const put = (at: Json, rest: readonly string[]): Json | undefined => {
    const [step, ...deeper] = rest
    if (step === undefined) return typeof at === 'string' && typeof value !== 'string' ? asText(value) : value
    if (Array.isArray(at)) {
      const list = at as readonly Json[]
      const child = /^\d{1,6}$/.test(step) ? list[Number(step)] : undefined
      const made = child === undefined ? undefined : put(child, deeper)
      return made === undefined ? undefined : list.map((item, n) => (n === Number(step) ? made : item))
    }
    if (!isJsonObject(at) || !Object.hasOwn(at, step)) return undefined
    const made = put(at[step] ?? null, deeper)
    return made === undefined
      ? undefined
      : Object.fromEntries(Object.entries(at).map(([key, old]) => [key, key === step ? made : old]))
  }
  const made = put(document, steps)
  return made === undefined
    ? { problem: `has no field ${pointer}${nearestPointer(document, pointer)}` }
    : { document: made }
}

function asText(value: Json): string {
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function hasType(value: Json, type: string): boolean {
  switch (type) {
    case 'integer':
      return Number.isSafeInteger(value)
    case 'array':
      return Array.isArray(value)
    case 'object':
      return isJsonObject(value)
    default:
      return typeof value === type
  }
}

function includes(list: readonly Json[], value: Json): boolean {
  const wanted = canonicalJson(value)
  return list.some((item) => canonicalJson(item) === wanted)
}

function text(value: Json): string {
  return JSON.stringify(value)
}
