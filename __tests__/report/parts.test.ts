import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { annotationsOf } from '../../src/report/annotations.ts'
import { splitHunks, groupDifferences } from '../../src/report/difference-groups.ts'
import { renderJson } from '../../src/report/json.ts'
import { readMarker, writeMarker } from '../../src/report/marker.ts'
import { fitSections } from '../../src/report/section.ts'
import { shareFairly } from '../../src/report/share.ts'
import { plural, shorten } from '../../src/report/shorten.ts'
import { viewOf } from '../../src/report/view.ts'
import { change, finding, identity, report, target } from './fixtures/builders.ts'
import { hostileReport } from './fixtures/arbitrary.ts'
import { reports } from './fixtures/reports.ts'

describe('shareFairly', () => {
  test.each([
    ['all fit', [10, 20], 100, 5, [10, 20]],
    ['the small one gives back', [10, 200, 200], 210, 5, [10, 100, 100]],
    ['too many: the last go without', [100, 100, 100], 120, 50, [60, 60, 0]],
    ['nothing to give', [100], 10, 50, [0]],
    ['nobody', [], 10, 5, []],
  ])('%s', (_, needs, budget, least, expected) => {
    expect(shareFairly(needs, budget, least)).toEqual(expected)
  })
  test('never gives more than there is, nor more than is needed', () => {
    fc.assert(
      fc.property(fc.array(fc.nat(5000)), fc.nat(100_000), fc.nat(800), (needs, budget, least) => {
        const shares = shareFairly(needs, budget, least)
        expect(shares.reduce((sum, share) => sum + share, 0)).toBeLessThanOrEqual(budget)
        expect(shares.every((share, i) => share <= needs[i]!)).toBe(true)
      }),
    )
  })
})

describe('fitSections', () => {
  const of = (share: number, ...sizes: number[]) => ({
    share,
    sizes: sizes.map((size) => () => 'x'.repeat(size)),
  })
  const lengths = (...args: Parameters<typeof fitSections>): number[] =>
    fitSections(...args).map(({ text }) => text.length)
  const measure = (text: string): number => text.length
  test.each([
    ['richest when it fits', [of(0.5, 40, 10), of(0.5, 40, 10)], 0, [40, 40]],
    ['poorer when it does not', [of(0.3, 80, 20), of(0.3, 80, 20)], 0, [80, 20]],
    ['the reserve stays', [of(0.3, 80, 20), of(0.3, 80, 20)], 40, [20, 20]],
    ['the poorest is always there', [of(0.1, 80, 60)], 0, [80]],
  ])('%s', (_, sections, reserve, expected) => {
    expect(lengths(sections, 100, reserve, measure)).toEqual(expected)
  })
})

describe('shorten', () => {
  test.each([
    ['short', 'abc', 'abc'],
    ['long', 'abcdefghijk', 'abcdefghij … (1 character more)'],
    ['never half a pair', 'abcdefghi🚀🚀', 'abcdefghi … (3 characters more)'],
  ])('%s', (_, value, expected) => {
    expect(shorten(value, 10)).toBe(expected)
  })
  test('plural', () => {
    expect([plural(1, 'object'), plural(1200, 'object'), plural(2, 'policy', 'policies')]).toEqual([
      '1 object',
      '1,200 objects',
      '2 policies',
    ])
  })
})

describe('marker', () => {
  const marker = { name: 'default', run: 12, attempt: 2, head: 'a'.repeat(40), digest: 'b'.repeat(32) }
  test('is one HTML comment on one line', () => {
    expect(writeMarker(marker)).toBe(
      `<!-- preadmit:default run=12 attempt=2 head=${'a'.repeat(40)} digest=${'b'.repeat(32)} -->`,
    )
  })
  test('reads what it writes, whatever the name', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 30 }), (name) => {
        const line = writeMarker({ ...marker, name })
        expect(line.slice(4, -3)).not.toMatch(/--|[<>\n]/)
        expect(readMarker(`${line}\r\nrest`, name)).toEqual({ ...marker, name })
      }),
    )
  })
  test.each([
    ['of another name', `${writeMarker({ ...marker, name: 'other' })}\n`],
    ['not on the first line', `hello\n${writeMarker(marker)}`],
    ['quoted', `> ${writeMarker(marker)}`],
    ['with text behind it', `${writeMarker(marker)} x`],
    ['with an odd run', '<!-- preadmit:default run=x attempt=1 head=aaaa digest=bbbbbbbb -->'],
  ])('is none: %s', (_, body) => {
    expect(readMarker(body, 'default')).toBeNull()
  })
})

describe('differences', () => {
  const targets = ['dev', 'staging', 'prod'].map((name) => target('api', name))
  const edit = '@@ -1,2 +1,2 @@ spec\n-a: 1\n+a: 2'
  test('line numbers do not tell hunks apart', () => {
    expect(splitHunks(`${edit}\n@@ -9 +9 @@\n x\n`)).toEqual(['@@ spec @@\n-a: 1\n+a: 2', '@@ @@\n x'])
  })
  test('a line of content that looks like a header is none', () => {
    expect(splitHunks('@@ -1 +1 @@ x\n+@@ -1 +1 @@ y')).toHaveLength(1)
  })
  test('the shared part comes first, then what only some have', () => {
    const object = identity('Deployment', 'api', 'a', 'apps')
    const more = `${edit}\n@@ -20 +21 @@ data\n+b`
    const { entries } = groupDifferences(
      viewOf(
        report({
          targets,
          changes: targets.map((of, i) => change(of, object, { hunks: i === 2 ? more : edit })),
        }),
      ),
    )
    expect(entries.map(({ parts }) => parts.map((part) => part.targets.length))).toEqual([[3, 1]])
  })
  test('objects with the same difference are told as one', () => {
    const changes = ['a', 'b', 'c'].map((name) =>
      change(targets[0]!, identity('Deployment', name), { hunks: edit }),
    )
    const { entries } = groupDifferences(viewOf(report({ targets, changes })))
    expect(entries.map(({ objects }) => objects.length)).toEqual([3])
  })
  test('what blocks, what is deleted and production come first', () => {
    const names = ['plain', 'prod', 'deleted', 'blocked']
    const [dev, , prod] = targets
    const made = report({
      targets,
      changes: names.map((name) =>
        change(name === 'prod' ? prod! : dev!, identity('Deployment', name), {
          hunks: `${edit} ${name}`,
          operation: name === 'deleted' ? 'DELETE' : 'UPDATE',
        }),
      ),
      findings: [finding({ object: identity('Deployment', 'blocked'), targets: [dev!.id] })],
    })
    const order = groupDifferences(viewOf(made)).entries.map(({ objects }) => objects[0]!.identity.name)
    expect(order).toEqual(['blocked', 'prod', 'deleted', 'plain'])
  })
})

describe('annotations', () => {
  const place = { file: 'a.yaml', line: 3 }
  test('point at files of the head tree only', () => {
    const made = report({
      targets: [target('a', 'dev')],
      findings: [
        finding({ location: place, message: 'here' }),
        finding({ location: { file: '../outside' }, message: 'outside' }),
        finding({ location: { file: '.github/workflows/x.yaml' }, message: 'elsewhere' }),
        finding({ message: 'nowhere' }),
      ],
    })
    expect(
      annotationsOf(made, (path) => path === 'a.yaml').map(({ file, startLine, message }) => [
        file,
        startLine,
        message,
      ]),
    ).toEqual([['a.yaml', 3, 'here']])
  })
  test('ten errors and ten warnings at most, the most severe first', () => {
    const many = Array.from({ length: 30 }, (_, i) =>
      finding({
        location: place,
        message: `m${i}`,
        severity: i === 29 ? 'critical' : 'low',
        level: i % 2 === 0 ? 'advisory' : 'required',
      }),
    )
    const made = annotationsOf(report({ findings: many }), () => true)
    expect(made.filter(({ level }) => level === 'error')).toHaveLength(10)
    expect(made.filter(({ level }) => level === 'warning')).toHaveLength(10)
    expect(made[0]?.message).toContain('m29')
  })
  test('existing and fixed findings give none', () => {
    const made = report({
      findings: [
        finding({ status: 'existing', location: place }),
        finding({ status: 'fixed', location: place }),
      ],
    })
    expect(annotationsOf(made, () => true)).toEqual([])
  })
})

describe('JSON', () => {
  test('ends in a newline, reads back as the report, and has the same bytes whatever the order of keys', () => {
    for (const make of Object.values(reports)) {
      const made = make()
      const text = renderJson(made)
      expect(text.endsWith('}\n')).toBe(true)
      expect(JSON.parse(text)).toEqual(made)
      const shuffled = Object.fromEntries(Object.entries(made).reverse()) as typeof made
      expect(
        renderJson({
          ...shuffled,
          findings: made.findings.map(
            (item) => Object.fromEntries(Object.entries(item).reverse()) as typeof item,
          ),
        }),
      ).toBe(text)
    }
  })
  test('whatever the report holds', () => {
    fc.assert(
      fc.property(hostileReport, (made) => {
        expect(JSON.parse(renderJson(made))).toEqual(JSON.parse(JSON.stringify(made)))
      }),
      { numRuns: 50 },
    )
  })
})
