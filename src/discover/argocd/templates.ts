import type { Engines } from '../../engine/engines.ts'
import { isJsonObject, type Json } from '../../model/json.ts'
import type { Tree } from '../../model/tree.ts'
import type { Parameters } from './parameters.ts'

export type Filled<T> = { readonly value: T } | { readonly error: string }

/** Fills parameters into every string and every key of a value. */
export interface Dialect {
  readonly goTemplate: boolean
  /** The same, except that a missing key is always an error. */
  readonly strict: Dialect
  render<T extends Json>(value: T, parameters: Parameters): Promise<Filled<T>>
  /** The value with each of the sets: a set of a thousand Applications asks the engine a few times, not a thousand. */
  renderEach<T extends Json>(value: T, sets: readonly Parameters[]): Promise<readonly Filled<T>[]>
}

/** `{{ key }}` of flat parameters (valyala/fasttemplate): unknown keys stay as they are. */
export const fastTemplate: Dialect = {
  goTemplate: false,
  // Unknown keys stay as they are: there is nothing to be strict about.
  get strict() {
    return fastTemplate
  },
  render: (value, parameters) => Promise.resolve({ value: fillAll(value, parameters) }),
  renderEach: (value, sets) =>
    Promise.resolve(sets.map((parameters) => ({ value: fillAll(value, parameters) }))),
}

/** Sets of parameters in one question to the engine. Ours: bounds a request to some megabytes for ordinary sets. */
const setsPerQuestion = 250

/** text/template with sprig, by the engine; `options` are goTemplateOptions. */
export function goTemplate(options: readonly string[], tree: Tree, engines: Engines): Dialect {
  const dialect: Dialect = {
    goTemplate: true,
    get strict() {
      const others = options.filter((option) => !option.startsWith('missingkey='))
      return goTemplate([...others, 'missingkey=error'], tree, engines)
    },
    async render(value, parameters) {
      const [filled] = await dialect.renderEach(value, [parameters])
      return filled ?? { error: 'no answer' }
    },
    async renderEach(value, sets) {
      const texts = [...textsOf(value)]
      if (texts.length === 0) return sets.map(() => ({ value }))
      const chunks: (readonly Parameters[])[] = []
      for (let at = 0; at < sets.length; at += setsPerQuestion)
        chunks.push(sets.slice(at, at + setsPerQuestion))
      const filled = await Promise.all(chunks.map((chunk) => ask(value, texts, chunk)))
      return filled.flat()
    },
  }
  return dialect

  async function ask<T extends Json>(
    value: T,
    texts: readonly string[],
    sets: readonly Parameters[],
  ): Promise<readonly Filled<T>[]> {
    const answer = await engines.render.run(
      { op: 'template', texts: [...texts], sets: [...sets], options: [...options] },
      { tree, declared: { files: [], directories: [] }, label: 'ApplicationSet' },
    )
    if (!answer.ok) {
      const { message } = answer.error
      return sets.map(() => ({ error: message }))
    }
    return sets.map((_, i) => {
      const results = new Map<string, string>()
      for (const [j, item] of (answer.result.sets[i] ?? []).entries()) {
        if ('error' in item) return { error: item.error }
        results.set(texts[j] ?? '', item.text)
      }
      return { value: mapTexts(value, (text) => results.get(text) ?? text) as typeof value }
    })
  }
}

function fillAll<T extends Json>(value: T, parameters: Parameters): T {
  return mapTexts(value, (text) => fillFast(text, parameters)) as T
}

function fillFast(text: string, parameters: Parameters): string {
  let result = ''
  let at = 0
  for (;;) {
    const open = text.indexOf('{{', at)
    const close = open < 0 ? -1 : text.indexOf('}}', open)
    if (close < 0) return result + text.slice(at)
    const tag = text.slice(open + 2, close)
    const value = parameters[tag.trim()]
    result += text.slice(at, open) + (typeof value === 'string' ? value : `{{${tag}}}`)
    at = close + 2
  }
}

/** Texts that hold an action; all others are copied. */
function textsOf(value: Json): Set<string> {
  const texts = new Set<string>()
  const visit = (at: Json): void => {
    if (typeof at === 'string') {
      if (at.includes('{{')) texts.add(at)
    } else if (Array.isArray(at)) for (const item of at as readonly Json[]) visit(item)
    else if (isJsonObject(at)) {
      for (const [key, item] of Object.entries(at)) {
        visit(key)
        visit(item)
      }
    }
  }
  visit(value)
  return texts
}

function mapTexts(value: Json, map: (text: string) => string): Json {
  if (typeof value === 'string') return map(value)
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => mapTexts(item, map))
  if (!isJsonObject(value)) return value
  const result: Record<string, Json> = {}
  for (const [key, item] of Object.entries(value)) result[map(key)] = mapTexts(item, map)
  return result
}
