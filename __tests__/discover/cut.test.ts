import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { cut } from '../../src/discover/cut.ts'
import { parseFiles, type ParsedFile } from '../../src/discover/documents.ts'
import type { Engines } from '../../src/engine/engines.ts'
import { createEngines } from '../../src/engine/pool.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'

const directory = new URL('../../dist/engines/', import.meta.url)
const opened: Engines[] = []
const open = (): Engines => {
  const engines = createEngines({ directory })
  opened.push(engines)
  return engines
}
let whole: Engines
beforeAll(() => {
  whole = open()
})
afterAll(() => Promise.all(opened.map((one) => one.close())))

const cutText = (text: string): string[] | undefined =>
  cut(Buffer.from(text))?.map((part) => Buffer.from(part).toString())

describe('a file is cut', () => {
  it.each([
    ['at lines of dashes', 'a: 1\n---\nb: 2\n', ['a: 1\n', '\nb: 2\n']],
    ['at the first line', '---\na: 1\n', ['', '\na: 1\n']],
    ['at the last line', 'a: 1\n---', ['a: 1\n', '']],
    ['ahead of what follows a blank', 'a: 1\n--- # two\nb: 2\n', ['a: 1\n', ' # two\nb: 2\n']],
    ['with carriage returns', 'a: 1\r\n---\r\nb: 2\r\n', ['a: 1\r\n', '\r\nb: 2\r\n']],
    ['at two in a row', '---\n---\na: 1\n', ['', '\n', '\na: 1\n']],
  ])('%s', (_, text, parts) => {
    expect(cutText(text)).toEqual(parts)
  })

  it.each([
    ['of one document', 'a: 1\n'],
    ['with longer lines of dashes', 'a: |\n  x\n----\n---a\n'],
    ['with dashes that are indented', 'a: |\n  x\n  ---\n'],
    ['that ends a document with dots', 'a: 1\n...\n---\nb: 2\n'],
    ['that starts with dots', '...\n---\na: 1\n'],
    ['with a byte order mark', '\ufeffa: 1\n---\nb: 2\n'],
  ])('not: %s', (_, text) => {
    expect(cutText(text)).toBeUndefined()
  })
})

/** More than a file that is compared with others by its words. */
const padding = `# ${'x'.repeat(70)}\n`.repeat(300)

/** The same files one by one, which are read whole, and together, which are cut. */
async function bothWays(texts: readonly string[]): Promise<readonly (readonly [ParsedFile, ParsedFile])[]> {
  const filler = Array.from({ length: 20 }, (_, i) => `---\nfiller: ${i}\n`)
  const tree = memoryTree(
    Object.fromEntries([...texts, ...filler].map((text, i) => [`f${i}.yaml`, padding + text])),
  )
  const together = await parseFiles(
    tree,
    open(),
    tree.entries().map(({ path }) => path),
  )
  const pairs: (readonly [ParsedFile, ParsedFile])[] = []
  for (const i of texts.keys()) {
    const path = `f${i}.yaml`
    const alone = (await parseFiles(tree, whole, [path])).get(path) ?? { documents: [] }
    pairs.push([together.get(path) ?? { documents: [] }, alone])
  }
  return pairs
}

describe('what was cut', () => {
  it('reads as the whole does', async () => {
    const texts = [
      'a: 1\n---\nb: 2\n---\n# only words\n---\n\n\nc: 3\n',
      '---\n# first\na: 1\n---\na: 1\n---   \na: 1\n',
      '--- {a: b}\n--- [c]\n--- "d"\n',
      'a: 1\r\n---\r\nb: |\r\n  two\r\n  lines\r\n',
      '%YAML 1.1\n---\na: yes\n---\n%YAML 1.2\n---\nb: no\n',
      'a: &x 1\nb: *x\n---\nc: *x\n',
      'a: 1\n---\na: 1\na: 2\n---\nb: 3\n',
      'a: 1\n---\na: [\n---\nb: 3\n',
      'a: 1\n---\nb: "\0"\n',
      'a: |\n  ---\n  b\n---\nb: >\n\n  x\n---\n',
      'a: 1\n---\n\ufeffb: 2\n',
      `deep: 1\n---\na: ${'['.repeat(120)}${']'.repeat(120)}\n`,
    ]
    for (const [together, alone] of await bothWays(texts)) expect(together).toEqual(alone)
  })

  it('is one object where files repeat each other', async () => {
    const [[one] = [], [other] = []] = await bothWays(['---\na: {b: c}\n', 'x: 1\n---\na: {b: c}\n'])
    expect(one?.documents[0]?.value).toBe(other?.documents[1]?.value)
    expect(other?.documents[1]?.value).toEqual({ a: { b: 'c' } })
  })

  it('reads as the whole does, whatever lines there are', async () => {
    const line = fc.constantFrom(
      ...[
        '---',
        '--- ',
        '---\t# x',
        '----',
        '--- a: 1',
        '...',
        '',
        '# x',
        'a: 1',
        'b: |',
        '  ---',
        '- x',
        '"',
      ],
      ...['%YAML 1.1', '\r', 'a: [', ']', '\u00e9: \u6771', '---\r', '\ufeff'],
    )
    const texts = fc.sample(fc.array(line, { minLength: 2, maxLength: 9 }), { numRuns: 150, seed: 9 })
    for (const [together, alone] of await bothWays(texts.map((lines) => lines.join('\n'))))
      expect(together).toEqual(alone)
  })
})
