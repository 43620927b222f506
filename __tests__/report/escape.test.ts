import fc from 'fast-check'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import {
  code,
  codeInCell,
  fence,
  href,
  html,
  htmlCode,
  text,
  textInCell,
  visible,
  visibleLines,
} from '../../src/report/escape.ts'
import { hostileText } from './fixtures/hostile.ts'

type Node = ReturnType<typeof parse> | { type: string; value?: string; children?: Node[] }
function parse(markdown: string): ReturnType<typeof fromMarkdown> {
  return fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
}
/** Types of all nodes, depth first. */
function shape(node: Node): string {
  const children = 'children' in node ? (node.children as Node[]).map(shape) : []
  return children.length === 0 ? node.type : `${node.type}(${children.join(' ')})`
}
function values(node: Node, type: string): string[] {
  const own = node.type === type && 'value' in node ? [node.value ?? ''] : []
  return [
    ...own,
    ...('children' in node ? (node.children as Node[]).flatMap((child) => values(child, type)) : []),
  ]
}

const cellTypes = new Set(['root', 'table', 'tableRow', 'tableCell', 'text', 'inlineCode'])

describe('visible', () => {
  test.each([
    ['right-to-left override', 'a\u202Eb', 'a\\u{202E}b'],
    ['zero-width joiner', 'a\u200Db', 'a\\u{200D}b'],
    ['no-break space', 'a\u00A0b', 'a\\u{A0}b'],
    ['terminal escape', 'a\u001B[31mb', 'a\\u{1B}[31mb'],
    ['C1 control', 'a\u009Bb', 'a\\u{9B}b'],
    ['lone surrogate', 'a\uD800b', 'a\\u{D800}b'],
    ['tag character', 'a\u{E0041}b', 'a\\u{E0041}b'],
    ['next line', 'a\u0085b', 'a\\u{85}b'],
    ['line separator', 'a\u2028b', 'a\\u{2028}b'],
    ['Hangul filler', 'a\u3164b', 'a\\u{3164}b'],
    ['newline', 'a\r\nb\nc', 'a b c'],
    ['letters of all scripts stay', 'Grüße 東京 🚀', 'Grüße 東京 🚀'],
  ])('%s', (_, value, expected) => {
    expect(visible(value)).toBe(expected)
  })
  test('lines keep newlines and tabs', () => {
    expect(visibleLines('a\tb\r\nc\u202E')).toBe('a\tb\\u{D}\nc\\u{202E}')
  })
})

describe('text', () => {
  test.each([
    ['mention', 'ask @octocat now', 'ask `@octocat` now'],
    ['issue', 'fixes #1, GH-7 and a/b#2', 'fixes `#1`, `GH-7` and `a/b#2`'],
    ['address', 'see https://evil.example/x.', 'see `https://evil.example/x`.'],
    ['bare host', '(www.evil.example)', '(`www.evil.example`)'],
    ['emoji name', ':rocket:', '`:rocket:`'],
    ['mathematics', 'costs $5', 'costs `$5`'],
    ['commit', 'at 1a2b3c4d', 'at `1a2b3c4d`'],
    ['emphasis', '*a* _b_ ~c~', '\\*a\\* \\_b\\_ \\~c\\~'],
    ['HTML', '<img src=x>', '&#60;img src=x&#62;'],
    ['link', '[a](b)', '\\[a\\](b)'],
    ['heading', '# a', '`#` a'],
    ['list', '- a', '\\- a'],
    ['numbered list', '1. a', '1\\. a'],
    ['version is no list', '1.34', '1.34'],
    ['bar', 'a|b', 'a&#124;b'],
    ['our own back-ticks stay code', 'set `spec.x` to `1`', 'set `spec.x` to `1`'],
    ['odd back-tick', 'a ` b', 'a \\` b'],
  ])('%s', (_, value, expected) => {
    expect(text(value)).toBe(expected)
  })

  test('is one paragraph of text and code, whatever it holds', () => {
    fc.assert(
      fc.property(hostileText, (value) => {
        for (const markdown of [`- x ${text(value)}`, `x ${text(value)} y`]) {
          const made = shape(parse(markdown))
          expect(made.replace(/(?:text|inlineCode)(?: (?:text|inlineCode))*/g, 'words')).toBe(
            markdown.startsWith('-') ? 'root(list(listItem(paragraph(words))))' : 'root(paragraph(words))',
          )
        }
      }),
      { numRuns: 500 },
    )
  })

  test('leaves nothing for the second pass outside code', () => {
    fc.assert(
      fc.property(hostileText, (value) => {
        const outside = values(parse(`x ${text(value)}`), 'text').join('\u0000')
        expect(outside).not.toMatch(/@[\w-]|#\d|\bGH-\d|https?:|www\.|\$|:[\w+-]+:/i)
      }),
      { numRuns: 500 },
    )
  })
})

describe('code', () => {
  test('is one code span that says what is visible', () => {
    fc.assert(
      fc.property(hostileText, (value) => {
        const tree = parse(`x ${code(value)} y`)
        expect(shape(tree)).toBe('root(paragraph(text inlineCode text))')
        expect(values(tree, 'inlineCode')).toEqual([visible(value) === '' ? '(empty)' : visible(value)])
      }),
      { numRuns: 500 },
    )
  })
  test('and one cell in a table', () => {
    fc.assert(
      fc.property(hostileText, hostileText, (a, b) => {
        const tree = parse(`| h | i |\n| :-- | :-- |\n| ${codeInCell(a)} | ${textInCell(b)} |\n`)
        expect(shape(tree).replace(/ (?:text|inlineCode)(?=[ )])/g, '')).toMatch(
          /^root\(table\(tableRow\(.*\) tableRow\(.*\)\)\)$/,
        )
        expect(
          shape(tree)
            .match(/[a-z]+/gi)
            ?.filter((type) => !cellTypes.has(type)),
        ).toEqual([])
        const rows = tree.children[0]
        expect(rows?.type === 'table' && rows.children.map((row) => row.children.length)).toEqual([2, 2])
      }),
      { numRuns: 500 },
    )
  })
})

describe('fence', () => {
  test.each([
    ['three back-ticks', 'a\n```\nb', 4],
    ['twenty', '`'.repeat(20), 21],
    ['tildes', '~~~\nb', 3],
  ])('%s', (_, content, length) => {
    expect(fence(content, 'diff').split('diff')[0]).toBe('`'.repeat(length))
  })
  test('is one code block whatever it holds', () => {
    fc.assert(
      fc.property(
        fc.array(hostileText).map((lines) => lines.join('\n')),
        (value) => {
          const tree = parse(`before\n\n${fence(value, 'diff')}\n\nafter`)
          expect(shape(tree)).toBe('root(paragraph(text) code paragraph(text))')
        },
      ),
      { numRuns: 500 },
    )
  })
})

describe('html', () => {
  test('holds no markup', () => {
    fc.assert(
      fc.property(hostileText, (value) => {
        expect(html(value)).not.toMatch(/[<>"'`@|[\]*_]/)
        expect(htmlCode(value)).toMatch(/^<code>[^<>]+<\/code>$/)
      }),
    )
  })
})

describe('href', () => {
  test.each([
    ['https', 'https://a.example/b c', 'https://a.example/b%20c'],
    ['brackets', 'https://a.example/(b)', 'https://a.example/%28b%29'],
    ['script', 'javascript:alert(1)', null],
    ['data', 'data:text/html,x', null],
    ['credentials', 'https://u:p@a.example/', null],
    ['no address', 'docs/x.md', null],
  ])('%s', (_, value, expected) => {
    expect(href(value)).toBe(expected)
  })
})
