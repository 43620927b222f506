import fc from 'fast-check'
import { fromMarkdown } from 'mdast-util-from-markdown'
import { gfmFromMarkdown } from 'mdast-util-gfm'
import { gfm } from 'micromark-extension-gfm'
import { describe, expect, test } from 'vitest'
import { renderMarkdown, renderSummary } from '../../src/report/markdown.ts'
import { renderTerminal } from '../../src/report/terminal.ts'
import { baseCommit, headCommit } from './fixtures/builders.ts'
import { hostileReport, hugeReport } from './fixtures/arbitrary.ts'

const links = {
  server: 'https://github.example',
  repository: 'acme/fleet',
  baseCommit,
  headCommit,
  run: 'https://github.example/acme/fleet/actions/runs/1',
}

interface Node {
  readonly type: string
  readonly value?: string
  readonly url?: string
  readonly depth?: number
  readonly children?: readonly Node[]
}
function parse(markdown: string): Node {
  return fromMarkdown(markdown, { extensions: [gfm()], mdastExtensions: [gfmFromMarkdown()] })
}
function* walk(node: Node): Generator<Node> {
  yield node
  for (const child of node.children ?? []) yield* walk(child)
}

/** Every kind of node that the template makes; an image, a footnote, a task or a definition is none of them. */
const template = new Set([
  'root',
  'heading',
  'blockquote',
  'paragraph',
  'text',
  'inlineCode',
  'code',
  'strong',
  'emphasis',
  'link',
  'list',
  'listItem',
  'table',
  'tableRow',
  'tableCell',
  'html',
])
/** HTML of the template; a summary holds words, counts and one `<b>`. */
const markup =
  /^(?:<details(?: open)?>\n<summary>(?:<b>[\w ,]+<\/b>)[\w ·,]*<\/summary>|<\/details>|<\/?sub>)$/

describe('structure', () => {
  test('is the template, whatever the repository holds', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        const tree = parse(renderMarkdown(report, { links }))
        const nodes = [...walk(tree)]
        expect(nodes.filter(({ type }) => !template.has(type))).toEqual([])
        expect(
          nodes.flatMap(({ type, value = '' }) => (type === 'html' && !markup.test(value) ? [value] : [])),
        ).toEqual([])
        // One verdict, and it comes first.
        expect(tree.children?.[0]).toMatchObject({ type: 'heading', depth: 3 })
        expect(nodes.filter(({ type, depth }) => type === 'heading' && (depth ?? 0) <= 3)).toHaveLength(1)
        for (const { url } of nodes.filter(({ type }) => type === 'link'))
          expect(url).toMatch(/^https:\/\/(?:github\.example|docs\.example|evil\.example)\//)
        // Folds open and close in pairs, none inside another.
        const folds = nodes.flatMap(({ type, value = '' }) =>
          type === 'html' && value.includes('details') ? [value] : [],
        )
        expect(folds.every((fold, i) => fold.startsWith('<details') === (i % 2 === 0))).toBe(true)
      }),
      { numRuns: 300 },
    )
  })

  test('nothing is active outside code', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        const text = [...walk(parse(renderMarkdown(report, { links })))]
          .flatMap(({ type, value = '' }) => (type === 'text' ? [value] : []))
          .join('\u0000')
        expect(text).not.toMatch(/@[\w-]|#\d|\bGH-\d|https?:|www\.|\$|:[\w+-]+:/i)
      }),
      { numRuns: 200 },
    )
  })

  test('every character can be seen, in Markdown and on a terminal', () => {
    fc.assert(
      fc.property(hostileReport, (report) => {
        for (const made of [renderMarkdown(report), renderTerminal(report, { colors: false, width: 80 })])
          expect(made.replaceAll('\uFE0F', '')).not.toMatch(/(?![\n\t])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u)
      }),
      { numRuns: 200 },
    )
  })
})

describe('budget', () => {
  const sizes = {
    'one of each': { targets: 1, objects: 1, findings: 1, lines: 3 },
    'many small differences': { targets: 20, objects: 400, findings: 3, lines: 5 },
    'one giant difference': { targets: 1, objects: 1, findings: 0, lines: 40_000 },
    'hundreds of findings': { targets: 40, objects: 40, findings: 400, lines: 20 },
    'thousands of everything': { targets: 2_000, objects: 5_000, findings: 5_000, lines: 30 },
  }
  test.each(Object.entries(sizes))('%s', (_, size) => {
    const report = hugeReport(size)
    const comment = renderMarkdown(report, { links, firstLine: '<!-- preadmit:default run=1 attempt=1 -->' })
    expect(comment.length).toBeLessThanOrEqual(60_000)
    expect(Buffer.byteLength(comment)).toBeLessThan(262_144)
    expect(Array.from(comment).length).toBeLessThan(65_536)
    const summary = renderSummary(report, { links })
    expect(Buffer.byteLength(summary)).toBeLessThanOrEqual(900 * 1024)
    for (const made of [comment, summary]) {
      const nodes = [...walk(parse(made))]
      expect(nodes.filter(({ type }) => !template.has(type))).toEqual([])
      // An unclosed fence would swallow the footer.
      expect(made.trimEnd().endsWith('</sub>')).toBe(true)
      expect(nodes.at(-1)).toMatchObject({ type: 'html', value: '</sub>' })
    }
    // Every rule that blocks is named, or counted with those that are not; every changed object is named or counted.
    if (size.findings > 0) expect(comment).toContain('violation')
  })

  test('a smaller budget holds too', () => {
    fc.assert(
      fc.property(
        fc.record({
          targets: fc.integer({ min: 1, max: 60 }),
          objects: fc.integer({ min: 0, max: 120 }),
          findings: fc.integer({ min: 0, max: 120 }),
          lines: fc.integer({ min: 1, max: 80 }),
        }),
        fc.integer({ min: 30_000, max: 60_000 }),
        (size, budget) => {
          expect(renderMarkdown(hugeReport(size), { links, budget }).length).toBeLessThanOrEqual(budget)
        },
      ),
      { numRuns: 40 },
    )
  })

  test('every changed object is named when not all differences fit', () => {
    const report = hugeReport({ targets: 20, objects: 200, findings: 2, lines: 200 })
    const comment = renderMarkdown(report, { links })
    for (const change of report.changes) expect(comment).toContain(change.object.name)
    expect(comment).toContain('Shortened to fit')
  })

  test('beside a giant difference the small ones lose no line', () => {
    const small = hugeReport({ targets: 4, objects: 9, findings: 0, lines: 12 })
    const giant = hugeReport({ targets: 1, objects: 1, findings: 0, lines: 40_000 })
    const changes = [
      ...giant.changes.map((one) => ({
        ...one,
        target: small.targets[0]!.id,
        object: { ...one.object, name: 'giant' },
      })),
      ...small.changes,
    ]
    const comment = renderMarkdown({ ...small, changes }, { links })
    expect(comment.match(/more lines?\*/g)).toHaveLength(1)
    for (const [i, { operation }] of small.changes.entries())
      if (operation !== 'DELETE') expect(comment).toContain(`+  line 11 of ${i}`)
  })

  test('the riskiest difference is shown first and whole', () => {
    const report = hugeReport({ targets: 4, objects: 60, findings: 1, lines: 100 })
    const comment = renderMarkdown(report, { links })
    const first = /#### (.*)/.exec(comment)?.[1]
    expect(first).toContain(report.findings[0]!.object!.name)
    expect(comment).toContain('+  line 0 of 0')
  })
})
