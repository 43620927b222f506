import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'

/** Largest list index, as in Helm's strvals (MaxIndex): a larger one only burns memory. */
const maxIndex = 65536
/** Deepest path, as in strvals (MaxNestedNameLevel). */
const maxDepth = 30

/**
 * Sets one value by a `targetPath` in strvals syntax: `a.b`, `list[0].name`, `\.` for a dot in a key. The value is
 * typed as Helm's `--set` types it unless it is quoted or literal.
 */
export function setValue(
  values: JsonObject,
  path: string,
  text: string,
  literal: boolean,
): { readonly values: JsonObject } | { readonly error: string } {
  const steps = parsePath(path)
  if (typeof steps === 'string') return { error: steps }
  const value = setIn(values, steps, literal ? text : typed(text))
  return isJsonObject(value) ? { values: value } : { error: `path ${path} leads nowhere` }
}

type Steps = readonly (string | number)[]

function parsePath(path: string): Steps | string {
  const steps: (string | number)[] = []
  let key = ''
  let inKey = true
  for (let i = 0; i < path.length; i++) {
    const character = path[i] ?? ''
    if (character === '\\') {
      i++
      key += path[i] ?? ''
    } else if (character === '.') {
      if (inKey) steps.push(key)
      key = ''
      inKey = true
    } else if (character === '[') {
      if (inKey && key !== '') steps.push(key)
      const close = path.indexOf(']', i)
      const index = Number(path.slice(i + 1, close))
      if (close < 0 || !Number.isInteger(index) || index < 0) return `path ${path}: error parsing index`
      if (index > maxIndex) return `path ${path}: index of ${index} is greater than maximum supported index`
      steps.push(index)
      key = ''
      inKey = false
      i = close
    } else {
      key += character
      inKey = true
    }
  }
  if (inKey) steps.push(key)
  return steps.length > maxDepth ? `path ${path} nests deeper than ${maxDepth} levels` : steps
}

function setIn(at: Json | undefined, [step, ...rest]: Steps, value: Json): Json {
  if (step === undefined) return value
  if (typeof step === 'number') {
    const list: Json[] = Array.isArray(at) ? [...(at as readonly Json[])] : []
    while (list.length <= step) list.push(null)
    list[step] = setIn(list[step], rest, value)
    return list
  }
  const map = isJsonObject(at) ? at : {}
  return { ...map, [step]: setIn(map[step], rest, value) }
}

/** strvals' typedVal; a value in quotes stays text (fluxcd/pkg/chartutil strips them). */
function typed(text: string): Json {
  const quoted = /^(?<quote>["'])(?<inner>[\s\S]*)\k<quote>$/.exec(text)?.groups?.['inner']
  if (quoted !== undefined) return quoted
  if (text === 'true') return true
  if (text === 'false') return false
  if (text === 'null') return null
  if (text === '0') return 0
  // Numbers with a leading zero stay text; integers only, in Go's int64.
  if (/^[+-]?[1-9]\d*$/.test(text) && Number.isSafeInteger(Number(text))) return Number(text)
  return text
}
