import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { bound, parameterValues, type Parameter } from '../../../src/judge/policy/parameters.ts'
import type { Json } from '../../../src/model/json.ts'

const parameter = (parts: Partial<Parameter>): Parameter => ({
  type: 'integer',
  default: 2,
  bind: [],
  ...parts,
})
const chosen = (parts: Partial<Parameter>, value: Json, central = false): Json | undefined =>
  parameterValues({ p: parameter(parts) }, { p: value }, central).values['p']

describe('values of parameters', () => {
  it.each<[name: string, parts: Partial<Parameter>, value: Json, central: boolean, taken: boolean]>([
    ['any valid value of an own set', {}, 1, false, true],
    ['none of a given set', {}, 3, true, false],
    ['the default of a given set', {}, 2, true, true],
    ['a higher one', { tighten: 'higher' }, 3, true, true],
    ['a lower one where higher is tighter', { tighten: 'higher' }, 1, false, false],
    ['a lower one', { tighten: 'lower' }, 1, true, true],
    ['never', { tighten: 'never' }, 3, false, false],
    ['true is higher', { type: 'boolean', default: false, tighten: 'higher' }, true, true, true],
    ['fewer entries', { type: 'array', default: ['a', 'b'], tighten: 'subset' }, ['b'], true, true],
    ['another entry', { type: 'array', default: ['a', 'b'], tighten: 'subset' }, ['c'], true, false],
    ['more entries', { type: 'array', default: ['a'], tighten: 'superset' }, ['c', 'a'], true, true],
    ['an entry less', { type: 'array', default: ['a'], tighten: 'superset' }, ['c'], true, false],
    ['another type', {}, 'x', false, false],
    ['a fraction', {}, 2.5, false, false],
    ['below the minimum', { minimum: 1 }, 0, false, false],
    ['above the maximum', { maximum: 5 }, 6, false, false],
    ['outside of the choices', { type: 'string', default: 'a', enum: ['a', 'b'] }, 'c', false, false],
    ['a repeated entry', { type: 'array', default: [], uniqueItems: true }, ['a', 'a'], false, false],
    ['entries of another type', { type: 'array', default: [], items: { type: 'string' } }, [1], false, false],
  ])('%s', (_, parts, value, central, taken) => {
    expect(chosen(parts, value, central)).toEqual(taken ? value : parameter(parts).default)
  })

  it('an unknown name is said with the nearest one', () => {
    const { problems } = parameterValues({ minReplicas: parameter({}) }, { minReplica: 3 }, false)
    expect(problems).toEqual(['the set has no parameter "minReplica": did you mean minReplicas?'])
  })

  it('what is tightened is never looser than the default', () => {
    fc.assert(
      fc.property(fc.integer({ min: -9, max: 9 }), fc.integer({ min: -9, max: 9 }), (standard, value) => {
        expect(Number(chosen({ default: standard, tighten: 'higher' }, value, true))).toBeGreaterThanOrEqual(
          standard,
        )
        expect(Number(chosen({ default: standard, tighten: 'lower' }, value, true))).toBeLessThanOrEqual(
          standard,
        )
      }),
    )
  })
})

describe('where a value goes', () => {
  it.each<[pointer: string, value: Json, expected: Json]>([
    ['/spec/least', 3, { spec: { least: 3 }, data: { n: '1' }, list: [{ a: 1 }], 'a/b': 1 }],
    ['/data/n', 3, { spec: { least: 1 }, data: { n: '3' }, list: [{ a: 1 }], 'a/b': 1 }],
    ['/data/n', ['x'], { spec: { least: 1 }, data: { n: '["x"]' }, list: [{ a: 1 }], 'a/b': 1 }],
    ['/list/0/a', 2, { spec: { least: 1 }, data: { n: '1' }, list: [{ a: 2 }], 'a/b': 1 }],
    ['/a~1b', 2, { spec: { least: 1 }, data: { n: '1' }, list: [{ a: 1 }], 'a/b': 2 }],
  ])('%s', (pointer, value, expected) => {
    const document = { spec: { least: 1 }, data: { n: '1' }, list: [{ a: 1 }], 'a/b': 1 }
    expect(bound(document, pointer, value)).toEqual({ document: expected })
  })
  it.each([
    ['/spec/most', '/spec/least'],
    ['/list/7/a', '/list'],
    ['/__proto__/x', '/spec'],
    ['/constructor', '/spec'],
  ])('%s is not there, %s is', (pointer, nearest) => {
    expect(bound({ spec: { least: 1 }, list: [] }, pointer, 1)).toEqual({
      problem: `has no field ${pointer}; did you mean ${nearest}?`,
    })
  })
})
