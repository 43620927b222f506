import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parseFiles, type ParsedFile } from '../../src/discover/documents.ts'
import { fillIn, shapeOf, signedText } from '../../src/discover/shape.ts'
import { createEngines } from '../../src/engine/pool.ts'
import type { Engines } from '../../src/engine/engines.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'

const directory = new URL('../../dist/engines/', import.meta.url)
let engines: Engines
beforeAll(() => {
  engines = createEngines({ directory })
})
afterAll(() => engines.close())

/** Files as the parser reads each of them: one file is never compared with others. */
async function parsedAlone(texts: readonly string[]): Promise<readonly ParsedFile[]> {
  const files: ParsedFile[] = []
  for (const text of texts) {
    const parsed = await parseFiles(memoryTree({ 'f.yaml': text }), engines, ['f.yaml'])
    files.push(parsed.get('f.yaml') ?? { documents: [] })
  }
  return files
}

const latin1 = (text: string): string => Buffer.from(text).toString('latin1')

/** What the shape makes of a text; undefined when the parser has to look itself. */
async function throughShape(text: string): Promise<ParsedFile['documents'] | undefined> {
  const shape = shapeOf(latin1(text))
  if (shape === undefined) return undefined
  const signed = Buffer.from(signedText(shape), 'latin1')
  const parsed = await parseFiles(memoryTree({ 's.yaml': signed }), engines, ['s.yaml'])
  const file = parsed.get('s.yaml')
  return file === undefined || file.error !== undefined ? undefined : fillIn(file.documents, shape)
}

describe('shapeOf', () => {
  it('is one for files that differ in words', () => {
    const key = (name: string, path: string): string | undefined =>
      shapeOf(`kind: Kustomization\nmetadata: {name: ${name}}\nspec: {path: ${path}, prune: true}\n`)?.key
    expect(key('shop', './apps/shop')).toBe(key('team-a.web_1', './deploy/web-2/overlays'))
    expect(key('shop', './apps/shop')).not.toBe(key('shop', 'apps/shop'))
    expect(key('shop', 'apps')).not.toBe(key('"shop"', 'apps'))
  })

  it.each([
    ['a boolean is no word', 'a: true\n', 'a: truly\n'],
    ['the old booleans are no words', 'a: y\n', 'a: x\n'],
    ['null is no word', 'a: Null\n', 'a: Nil\n'],
    ['a number is no word', 'a: 1e5\n', 'a: x1e5\n'],
    ['infinity is no word', 'a: .inf\n', 'a: .ink\n'],
    ['a line is a line', 'a: b\n', 'a: b\r\n'],
  ])('%s', (_, one, other) => {
    expect(shapeOf(one)?.key).not.toBe(shapeOf(other)?.key)
  })

  it.each([
    ['an anchor', 'a: &x 1\nb: *x\n'],
    ['an anchor that indents what follows', '- &a b: 1\n     c: 2\n'],
    ['a tag', 'a: !!binary aGk=\n'],
    ['an escape', 'a: "\\x41b"\n'],
    ['a directive', '%TAG ! tag:x\n---\na: 1\n'],
    ['a NUL', 'a: b\0c\n'],
    ['a long line', `${'word '.repeat(300)}\n`],
    ['a large file', 'a: b\n'.repeat(5000)],
    ['a text that a sign could be taken for', 'a: Zq0z\n'],
  ])('none with %s', (_, text) => {
    expect(shapeOf(text)).toBeUndefined()
  })
})

describe('what the words are put into', () => {
  it.each([
    ['block style', 'apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  k: v\n'],
    ['flow style', '{apiVersion: v1, kind: List, items: [{a: b}, [c, d], x]}\n'],
    ['JSON', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"a"}}'],
    ['quotes', `a: 'it''s'\nb: "two words"\n'c d': e\n`],
    ['quotes over two lines', 'a: "one\n  two"\nb: plain\n  goes on\n'],
    ['block scalars', 'a: |-\n  x: y\n   z\nb: >2\n    folded\n    text\n\n  end\n'],
    ['several documents', '# a\nk: a\n---\n# only words\n---\nk: b\n...\nk: c\n'],
    ['a byte order mark', '\ufeffkind: x\n'],
    ['carriage returns', 'kind: x\r\nlist:\r\n- a\r\n'],
    ['other scripts', 'name: Zürich\nänd: große 東京\n'],
    ['keys in another order', 'zebra: 1\napple: 2\nMango: 3\na.b/c: 4\n'],
    ['types in words', 'a: yes\nb: On\nc: 1.0.0\nd: 0x1F\ne: 2001-01-01\nf: 1h\ng: ./on\nh: 1_000\n'],
    ['comments with words', 'a: b # true\n# no: yes\n'],
    ['what looks like an alias', 'cron: 0 * * * *\nhost: "*.example.com"\nboth: a && b\n'],
    ['names of JavaScript', 'constructor: a\n__proto__: b\nvalueOf: {toString: c}\n'],
  ])('%s', async (_, text) => {
    const [wanted] = await parsedAlone([text])
    const got = await throughShape(text)
    expect(JSON.stringify(got)).toBe(JSON.stringify(wanted?.documents))
  })

  it.each([
    ['two keys that are one', 'a: 1\nb: 2\na: 3\n'],
    ['two keys that are one, written otherwise', `a: 1\n"a": 3\n`],
    ['a document that is refused', 'a: b: c\n'],
  ])('not %s', async (_, text) => {
    expect(await throughShape(text)).toBeUndefined()
  })

  it('never another value than the parser gives', async () => {
    const word = fc.constantFrom(
      ...[
        'a',
        'b',
        'name',
        'true',
        'no',
        'null',
        './x',
        '-x',
        '1',
        '1.5',
        'e5',
        '.5',
        'x.y',
        'a/b',
        '~',
        '<<',
      ],
    )
    const glue = fc.constantFrom(
      ...[
        ': ',
        ':',
        '\n',
        '\n  ',
        '\n    ',
        '- ',
        ' - ',
        ', ',
        '{',
        '}',
        '[',
        ']',
        '"',
        "'",
        ' ',
        '#',
        ' # ',
      ],
      ...['|\n  ', '>\n  ', '---\n', '? ', '\r\n', '\t', '\\', '&', '*', '!', '%', '+', '=', '@', '`'],
    )
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(word, glue), { minLength: 1, maxLength: 14 }), async (parts) => {
        const text = parts.flat().join('')
        const got = await throughShape(text)
        if (got === undefined) return
        const [wanted] = await parsedAlone([text])
        expect(wanted?.error).toBeUndefined()
        expect(JSON.stringify(got)).toBe(JSON.stringify(wanted?.documents))
      }),
      { numRuns: 600 },
    )
  }, 60_000)
})

describe('parseFiles of many files', () => {
  it('gives what each of them alone gives', async () => {
    const texts = Array.from({ length: 60 }, (_, i) =>
      i % 7 === 0
        ? `kind: A\nkind${i}: B\nname: n${i}\nname: ${i === 7 ? 'twice' : 'again'}\n`
        : i % 5 === 0
          ? `kind: Odd${i}\nlist: [${'x, '.repeat(i % 4)}y]\n`
          : `kind: Thing\nmetadata: {name: thing-${i}, z${i}: 1, a: yes}\n`,
    )
    const tree = memoryTree(Object.fromEntries(texts.map((text, i) => [`f${i}.yaml`, text])))
    const own = createEngines({ directory })
    try {
      const paths = texts.map((_text, i) => `f${i}.yaml`)
      const together = await parseFiles(tree, own, paths)
      const alone = await parsedAlone(texts)
      expect(paths.map((path) => together.get(path))).toEqual(alone)
      expect(paths.map((path) => JSON.stringify(together.get(path)?.documents))).toEqual(
        alone.map((file) => JSON.stringify(file.documents)),
      )
    } finally {
      await own.close()
    }
  })
})
