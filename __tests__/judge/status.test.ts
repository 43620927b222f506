import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { joinFindings } from '../../src/judge/join.ts'
import type { Found } from '../../src/judge/judgement.ts'
import { withStatus } from '../../src/judge/status.ts'
import type { RawFinding } from '../../src/model/finding.ts'

const raw = (element: string, more: Partial<RawFinding> = {}): RawFinding => ({
  source: 'policy',
  rule: 'a/b',
  level: 'required',
  severity: 'medium',
  object: { group: 'apps', kind: 'Deployment', namespace: 'shop', name: 'api' },
  target: 'prod',
  path: 'spec',
  element,
  message: 'm',
  ...more,
})
const found = (element: string, more: Partial<RawFinding> = {}): Found => ({ finding: raw(element, more) })
const named = (...parts: readonly string[]): Found => ({
  ...found(parts.length === 1 ? `a ${parts.join()}` : 'a', { message: parts.join() }),
  named: { element: 'a', parts },
})
const told = (
  before: readonly Found[],
  after: readonly Found[],
  tolerated: readonly Found[] = [],
): string[] =>
  withStatus(before, after, tolerated).map(
    ({ finding, status, side }) => `${finding.element} ${status} ${side}`,
  )

describe('status', () => {
  it.each([
    { name: 'new', before: [], after: [found('a')], told: ['a new head'] },
    { name: 'fixed', before: [found('a')], after: [], told: ['a fixed base'] },
    {
      name: 'another message and path',
      before: [found('a')],
      after: [found('a', { message: 'n', path: 'x[1]' })],
      told: ['a existing head'],
    },
    {
      name: 'another target',
      before: [found('a')],
      after: [found('a', { target: 'dev' })],
      told: ['a new head', 'a fixed base'],
    },
    {
      name: 'a second one on one element',
      before: [found('a')],
      after: [found('a'), found('a', { message: 'n' })],
      told: ['a existing head', 'a#2 new head'],
    },
    {
      name: 'tolerated by the server',
      before: [found('a')],
      after: [],
      tolerated: [found('a')],
      told: ['a existing head'],
    },
    {
      name: 'those of one message are one, whatever their order',
      before: [found('a', { message: 'x' }), found('a', { message: 'y' })],
      after: [found('a', { message: 'y' }), found('a', { message: 'z' }), found('a', { message: 'x' })],
      told: ['a existing head', 'a#2 new head', 'a#3 existing head'],
    },
    {
      name: 'the one of two that went is fixed, and tolerated only when it is still there',
      before: [found('a', { message: 'x' }), found('a', { message: 'y' })],
      after: [found('a', { message: 'y' })],
      tolerated: [found('a', { message: 'y' })],
      told: ['a existing head', 'a#2 fixed base'],
    },
    {
      name: 'one more container in the sentence',
      before: [named('api')],
      after: [named('api', 'web')],
      told: ['a new head'],
    },
    {
      name: 'one container less in the sentence',
      before: [named('api', 'web')],
      after: [named('web')],
      told: ['a web existing head'],
    },
    {
      name: 'one mended and another broken in one sentence',
      before: [named('api', 'web')],
      after: [named('db', 'web')],
      told: ['a new head'],
    },
    {
      name: 'one mended and another broken in sentences of their own',
      before: [named('api'), named('web')],
      after: [named('web'), named('db')],
      told: ['a web existing head', 'a db new head', 'a api fixed base'],
    },
    {
      name: 'a second sentence about one container',
      before: [named('api')],
      after: [named('api'), named('api')],
      told: ['a api existing head', 'a api#2 new head'],
    },
    { name: 'tolerated but never there before', before: [], after: [], tolerated: [found('a')], told: [] },
  ])('$name', ({ before, after, tolerated, told: expected }) => {
    expect(told(before, after, tolerated)).toEqual(expected)
  })
})

describe('joining', () => {
  const settled = (more: Partial<RawFinding>, status: 'new' | 'existing' = 'new') => ({
    finding: raw('a', more),
    status,
  })

  it('one finding for equal ones of several targets', () => {
    const joined = joinFindings([
      settled({ target: 'b' }),
      settled({ target: 'a' }),
      settled({ target: 'b' }),
    ])
    expect(joined.map(({ targets }) => targets)).toEqual([['a', 'b']])
  })
  it.each([
    ['message', settled({ target: 'b', message: 'other' })],
    ['path', settled({ target: 'b', path: 'other' })],
    ['location', settled({ target: 'b', location: { file: 'x', line: 1 } })],
    ['status', settled({ target: 'b' }, 'existing')],
    ['object', settled({ target: 'b', object: { group: '', kind: 'Pod', namespace: 'x', name: 'y' } })],
  ])('another %s is another finding', (_, other) => {
    expect(joinFindings([settled({ target: 'a' }), other])).toHaveLength(2)
  })
  it('fingerprints are unique, stable and hold no message', () => {
    const one = joinFindings([settled({ target: 'a' })])[0]?.fingerprint
    expect(one).toMatch(/^[0-9a-f]{64}$/)
    expect(
      joinFindings([settled({ target: 'a', message: 'n', path: 'p', location: { file: 'x' } })])[0]
        ?.fingerprint,
    ).toBe(one)
    expect(joinFindings([settled({ target: 'b' })])[0]?.fingerprint).not.toBe(one)
  })
  it('order of the input does not matter', () => {
    const many = ['a', 'b', 'c'].flatMap((target) => [settled({ target }), settled({ target, message: 'n' })])
    fc.assert(
      fc.property(fc.shuffledSubarray(many, { minLength: many.length }), (shuffled) => {
        expect(joinFindings(shuffled)).toEqual(joinFindings(many))
      }),
    )
  })
})
