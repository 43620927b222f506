import { isJsonObject, type Json, type JsonObject } from '../../model/json.ts'

/** Largest list index, as in Helm's strvals (MaxIndex): a larger one only burns memory. */
const maxIndex = 65536
/** Deepest path, as in strvals (MaxNestedNameLevel). */
const maxDepth = 30

type Outcome = { readonly values: JsonObject } | { readonly error: string }

/**
 * Sets one value by a `targetPath` as helm-controller does: `path=value` is read as Helm's `--set` reads it (`a.b`,
 * `list[0].name`, `\.` for a dot in a key, `{a,b}` for a list, and a comma starts another key), typed unless the value
 * stands in quotes. `literal` takes the value as it is. Maps and lists below the top are changed in place, as in Go:
 * whoever shares them sees it.
 */
export function setValue(values: JsonObject, path: string, text: string, literal: boolean): Outcome {
  if (literal) return parse(values, `${path}=${text.replaceAll(/[\\,[\]{}]/g, '\\$&')}`, false)
  const quoted = ["'", '"'].some((quote) => text.startsWith(quote) && text.endsWith(quote))
  return quoted
    ? parse(values, `${path}=${text.replaceAll(/^["']+|["']+$/g, '')}`, false)
    : parse(values, `${path}=${text}`, true)
}

/** What is wrong with a line; thrown inside of this file only. */
class SetError extends Error {}

type MutableMap = Record<string, Json>

function parse(values: JsonObject, line: string, types: boolean): Outcome {
  const reader = createReader(line)
  const data: MutableMap = { ...values }
  try {
    while (!reader.atEnd()) readKey(reader, data, 0, types)
    return { values: data }
  } catch (cause) {
    if (cause instanceof SetError) return { error: cause.message }
    throw cause
  }
}

interface Reader {
  atEnd(): boolean
  /** The text up to one of the characters, which is consumed; `\` takes the next one as it is. */
  until(stops: string): { readonly text: string; readonly stop: string | undefined }
  /** Consumes the character when it is the next one. */
  take(character: string): boolean
}

function createReader(line: string): Reader {
  const characters = Array.from(line)
  let at = 0
  return {
    atEnd: () => at >= characters.length,
    until(stops) {
      let text = ''
      while (at < characters.length) {
        const character = characters[at++] ?? ''
        if (stops.includes(character)) return { text, stop: character }
        text += character === '\\' ? (characters[at++] ?? '') : character
      }
      return { text, stop: undefined }
    },
    take(character) {
      if (characters[at] !== character) return false
      at++
      return true
    },
  }
}

function readKey(reader: Reader, data: MutableMap, depth: number, types: boolean): void {
  const { text: key, stop } = reader.until('=[,.')
  const set = (value: Json): void => {
    // An empty key is read and dropped.
    if (key !== '') data[key] = value
  }
  switch (stop) {
    case undefined:
      if (key !== '') throw new SetError(`key ${JSON.stringify(key)} has no value`)
      return
    case '[': {
      const old = data[key]
      if (old !== undefined && !Array.isArray(old)) throw new SetError(`key ${key} is no list`)
      const index = readIndex(reader)
      set(readItem(reader, growing(old, index), index, depth, types))
      return
    }
    case '=':
      set(readValue(reader, types))
      return
    case '.': {
      if (depth + 1 > maxDepth) throw new SetError(`value name nested level is greater than ${maxDepth}`)
      const old = data[key]
      if (old !== undefined && !isJsonObject(old)) throw new SetError(`key ${key} is no map`)
      const inner = old ?? {}
      readKey(reader, inner, depth + 1, types)
      if (Object.keys(inner).length === 0) throw new SetError(`key map ${JSON.stringify(key)} has no value`)
      set(inner)
      return
    }
    default:
      throw new SetError(`key ${JSON.stringify(key)} has no value (cannot end with ,)`)
  }
}

/** The list itself while the index is in it, a longer copy otherwise: strvals' setIndex allocates only then. */
function growing(old: Json | undefined, index: number): Json[] {
  const list = Array.isArray(old) ? (old as Json[]) : []
  return index < list.length ? list : [...list]
}

function readIndex(reader: Reader): number {
  const { text, stop } = reader.until(']')
  if (stop === undefined || !/^[+-]?\d+$/.test(text)) throw new SetError('error parsing index')
  const index = Number(text)
  if (index < 0) throw new SetError(`negative ${index} index not allowed`)
  if (index > maxIndex)
    throw new SetError(`index of ${index} is greater than maximum supported index of ${maxIndex}`)
  return index
}

/** What follows `[index]`: a value, another index, or a key below it. */
function readItem(reader: Reader, list: Json[], index: number, depth: number, types: boolean): Json[] {
  const { text, stop } = reader.until('[.=')
  if (text !== '') throw new SetError(`unexpected data at end of array index: ${JSON.stringify(text)}`)
  const old = list[index]
  while (list.length <= index) list.push(null)
  switch (stop) {
    case '=':
      list[index] = readValue(reader, types)
      return list
    case '[': {
      if (old !== undefined && old !== null && !Array.isArray(old))
        throw new SetError(`entry ${index} is no list`)
      const next = readIndex(reader)
      list[index] = readItem(reader, growing(old, next), next, depth, types)
      return list
    }
    case '.': {
      const inner = isJsonObject(old) ? old : {}
      readKey(reader, inner, depth, types)
      list[index] = inner
      return list
    }
    default:
      return list
  }
}

function readValue(reader: Reader, types: boolean): Json {
  if (!reader.take('{')) return typed(reader.until(',').text, types)
  const list: Json[] = []
  for (;;) {
    const { text, stop } = reader.until(',}')
    if (stop === undefined) throw new SetError("list must terminate with '}'")
    list.push(typed(text, types))
    if (stop === '}') {
      reader.take(',')
      return list
    }
  }
}

/** strvals' typedVal: words in any case, and integers without a leading zero. */
function typed(text: string, types: boolean): Json {
  if (!types) return text
  switch (text.toLowerCase()) {
    case 'true':
      return true
    case 'false':
      return false
    case 'null':
      return null
    case '0':
      return 0
  }
  if (/^[+-]?\d+$/.test(text) && !text.startsWith('0') && Number.isSafeInteger(Number(text)))
    return Number(text) + 0
  return text
}
