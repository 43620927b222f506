import type { YamlDocument } from '../engine/api.ts'
import { isJsonObject, type Json } from '../model/json.ts'
import { compareText } from './paths.ts'

/**
 * Files of a fleet mostly differ in words alone: names, paths, tags. Go's parser then reads one of them with a sign in
 * place of each word, and the words of the others are put where the signs came out. Nothing here reads YAML: a word is
 * a run of letters, digits, `_`, `.`, `/` and `-` that starts with a letter, and such a run is text to the parser
 * wherever it stands (go.yaml.in/yaml/v2 resolve.go: other types start with a digit, a sign, a dot or `~`, or are one of the
 * names below). Files in which a word could be more than text have no shape.
 */
export interface Shape {
  /** Equal for files that differ in words alone. */
  readonly key: string
  readonly words: readonly string[]
}

/** Bytes. Ours: a larger file is seldom like another one, and its parse is no longer the fixed cost of a small one. */
export const largestAlike = 16_384

/**
 * Anchors and tags are names that words could be, and what follows an anchor is indented by its length; a backslash
 * makes letters of a quoted text mean something; a key of more than 1024 characters is none (yaml_parser_save_simple_key,
 * with room for signs that are longer than words); the last one would be taken for a sign.
 */
const unusable = /[!\\\0]|[&*][A-Za-z0-9_-]|^%|Zq/m
const maxLine = 900

const run = /[A-Za-z0-9_./-]+/g

/** What resolve.go takes for a boolean, null or a number, in any case. */
const typed = new Set(['y', 'n', 'yes', 'no', 'on', 'off', 'true', 'false', 'null', 'nan', 'inf'])

/** The shape of a file, or undefined when it has none. @param text its bytes as Latin-1 */
export function shapeOf(text: string): Shape | undefined {
  if (text.length > largestAlike || unusable.test(text) || hasLongLine(text)) return undefined
  const words: string[] = []
  const key = text.replace(run, (found) => {
    const start = wordStart(found)
    if (start < 0) return found
    words.push(found.slice(start))
    return `${found.slice(0, start)}\0`
  })
  return { key, words }
}

function hasLongLine(text: string): boolean {
  for (let at = 0; text.length - at > maxLine;) {
    const end = text.lastIndexOf('\n', at + maxLine)
    if (end < at) return true
    at = end + 1
  }
  return false
}

/** Where the word of a run begins: `./` and the like stand before a path, and nothing with a slash is a number. */
function wordStart(found: string): number {
  if (isLetter(found, 0)) return typed.has(found.toLowerCase()) ? -1 : 0
  const start = pathPrefix.exec(found)?.[0].length ?? 0
  return start > 0 && isLetter(found, start) ? start : -1
}

const pathPrefix = /^[./-]*\//

function isLetter(text: string, at: number): boolean {
  const code = text.charCodeAt(at) | 0x20
  return code >= 0x61 && code <= 0x7a
}

/** A file of the shape for the parser, with a sign of its own in place of each word. */
export function signedText({ key }: Shape): string {
  let at = 0
  return key.replaceAll('\0', () => `Zq${at++}z`)
}

/**
 * The documents of a file, from those of its shape's signed text.
 * @returns undefined when the parser has to look itself: a document that it refused, or two keys that are one
 */
export function fillIn(
  signed: readonly YamlDocument[],
  { words }: Shape,
): readonly YamlDocument[] | undefined {
  const filled: YamlDocument[] = []
  for (const document of signed) {
    if (document.error !== undefined) return undefined
    if (document.value === undefined) {
      filled.push(document)
      continue
    }
    const value = fillValue(document.value, words)
    if (value === undefined) return undefined
    filled.push({ ...document, value })
  }
  return filled
}

const sign = /Zq(\d+)z/g

function fillText(text: string, words: readonly string[]): string {
  return text.includes('Zq') ? text.replace(sign, (_, n: string) => words[Number(n)] ?? '') : text
}

function fillValue(value: Json, words: readonly string[]): Json | undefined {
  if (typeof value === 'string') return fillText(value, words)
  if (Array.isArray(value)) {
    const items: Json[] = []
    for (const item of value as readonly Json[]) {
      const filled = fillValue(item, words)
      if (filled === undefined) return undefined
      items.push(filled)
    }
    return items
  }
  if (!isJsonObject(value)) return value
  const entries: [string, Json][] = []
  const keys = new Set<string>()
  for (const [signedKey, item] of Object.entries(value)) {
    const key = fillText(signedKey, words)
    const filled = fillValue(item, words)
    if (filled === undefined || keys.has(key)) return undefined
    keys.add(key)
    entries.push([key, filled])
  }
  // Go writes keys in the order of their bytes, which is that of code units up to the surrogates.
  if (entries.some(([key]) => /[\ud800-\uffff]/.test(key))) return undefined
  entries.sort(([a], [b]) => compareText(a, b))
  return Object.fromEntries(entries)
}
