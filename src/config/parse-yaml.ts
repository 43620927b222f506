import { isAlias, isMap, isScalar, isSeq, LineCounter, parseDocument, type Document, type Node } from 'yaml'
import type { ConfigurationProblem } from './errors.ts'

/** A step from the root to a value: a key or an index. */
export type Step = string | number

/** A parsed file that knows where its values stand. */
export interface ParsedFile {
  readonly value: unknown
  /** Position of the value at a path, or of the deepest parent that there is. */
  readonly positionOf: (path: readonly Step[]) => Position
  /** Position of a key of the mapping at a path. */
  readonly positionOfKey: (path: readonly Step[], key: string) => Position
  /** A plain scalar exactly as it was typed: `1.30` where the value is the number 1.3. */
  readonly sourceOf: (path: readonly Step[]) => string | undefined
}
export interface Position {
  readonly line: number
  readonly column: number
}

/** Largest configuration file, in characters. Ours: a thousand clusters fit. */
const maximumCharacters = 256 * 1024
/** Aliases that may be resolved: the default of the yaml package, which ends alias bombs (CVE-2019-11253). */
const maximumAliases = 100

/** Parses a file as YAML 1.2 with its core schema. Answers the problems instead when it is no single valid document. */
export function parseYaml(text: string, file: string): ParsedFile | readonly ConfigurationProblem[] {
  if (text.length > maximumCharacters)
    return [{ file, line: 1, column: 1, message: `the file is larger than ${maximumCharacters} characters` }]
  const lines = new LineCounter()
  const at = (offset: number): Position => {
    const { line, col } = lines.linePos(offset)
    return { line: Math.max(line, 1), column: Math.max(col, 1) }
  }
  const whole = (message: string): readonly ConfigurationProblem[] => [{ file, line: 1, column: 1, message }]

  try {
    const document = parseDocument(text, {
      version: '1.2',
      schema: 'core',
      lineCounter: lines,
      prettyErrors: false,
      uniqueKeys: true,
      strict: true,
    })
    // Warnings are tags and directives that were not understood: their value would not be what was meant.
    const wrong = [...document.errors, ...document.warnings]
    if (wrong.length > 0)
      return wrong.map((error) => ({
        file,
        ...at(error.pos[0]),
        message: describe(error.code, error.message),
      }))
    return {
      value: document.toJS({ maxAliasCount: maximumAliases }) as unknown,
      positionOf: (path) => at(deepest(document, path).range?.[0] ?? 0),
      positionOfKey: (path, key) => at(keyOffset(document, path, key)),
      sourceOf(path) {
        const node = deepest(document, path)
        return isScalar(node) && node.type === 'PLAIN' ? node.source : undefined
      },
    }
  } catch (error) {
    // Nesting or aliases beyond what the parser takes end in RangeError and ReferenceError (CVE-2026-33532).
    if (error instanceof RangeError) return whole('the file is nested too deeply')
    if (error instanceof ReferenceError)
      return [{ file, ...at(unresolvedAlias(text, error)), message: aliasProblem(error) }]
    throw error
  }
}

/** Where the first alias without an anchor stands; 0 for the other reason to end, too many aliases. */
function unresolvedAlias(text: string, error: ReferenceError): number {
  const name = /^Unresolved alias .*: (\S+)$/.exec(error.message)?.[1]
  return name === undefined ? 0 : Math.max(0, text.indexOf(`*${name}`))
}

function aliasProblem(error: ReferenceError): string {
  return error.message.startsWith('Unresolved')
    ? 'this alias has no anchor before it'
    : `the file resolves more than ${maximumAliases} aliases`
}

function describe(code: string, message: string): string {
  if (code === 'MULTIPLE_DOCS') return 'the file holds several documents: keep one'
  if (code === 'DUPLICATE_KEY') return 'this key stands twice in its mapping'
  return `not valid YAML: ${message.charAt(0).toLowerCase()}${message.slice(1)}`
}

function deepest(document: Document, path: readonly Step[]): Node {
  let node = resolved(document, document.contents)
  for (const step of path) {
    const child = childOf(document, node, step)
    if (child === undefined) break
    node = child
  }
  return node ?? document.createNode(null)
}

function childOf(document: Document, node: Node | undefined, step: Step): Node | undefined {
  if (isMap(node)) {
    const pair = node.items.find(({ key }) => isScalar(key) && String(key.value) === String(step))
    // `key:` without a value has no node: the key is the nearest place.
    return resolved(document, pair?.value) ?? resolved(document, pair?.key)
  }
  if (isSeq(node)) return resolved(document, node.items[Number(step)])
  return undefined
}

function keyOffset(document: Document, path: readonly Step[], key: string): number {
  const node = deepest(document, path)
  const pair = isMap(node)
    ? node.items.find((item) => isScalar(item.key) && String(item.key.value) === key)
    : undefined
  return (isScalar(pair?.key) ? pair.key.range?.[0] : node.range?.[0]) ?? 0
}

function resolved(document: Document, node: unknown): Node | undefined {
  if (isAlias(node)) return node.resolve(document)
  return isMap(node) || isSeq(node) || isScalar(node) ? node : undefined
}
