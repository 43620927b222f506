import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyDifferences } from '../../src/compare/apply.ts'
import { differences } from '../../src/compare/difference.ts'
import { formatPath } from '../../src/compare/field-path.ts'
import type { Json } from '../../src/model/json.ts'

const told = (old: Json, next: Json): string[] =>
  differences(old, next).map(
    ({ path, old: from, new: to }) => `${formatPath(path)}: ${JSON.stringify(from)} -> ${JSON.stringify(to)}`,
  )

const cases: readonly { name: string; old: Json; next: Json; told: readonly string[] }[] = [
  { name: 'order of keys', old: { a: 1, b: 2 }, next: { b: 2, a: 1 }, told: [] },
  { name: 'a number of the same value', old: { a: 1 }, next: { a: 1.0 }, told: [] },
  { name: 'a number that becomes a string', old: { a: 1 }, next: { a: '1' }, told: ['a: 1 -> "1"'] },
  {
    name: 'a quantity in other words',
    old: { cpu: '1000m' },
    next: { cpu: '1' },
    told: ['cpu: "1000m" -> "1"'],
  },
  { name: 'null beside absence', old: {}, next: { a: null }, told: ['a: undefined -> null'] },
  {
    name: 'containers in another order',
    old: { containers: [{ name: 'a' }, { name: 'b' }] },
    next: { containers: [{ name: 'b' }, { name: 'a' }] },
    told: [],
  },
  {
    name: 'a container that comes first',
    old: { containers: [{ name: 'a', image: 'x:1' }] },
    next: {
      containers: [
        { name: 'b', image: 'y:1' },
        { name: 'a', image: 'x:2' },
      ],
    },
    told: ['containers[b]: undefined -> {"name":"b","image":"y:1"}', 'containers[a].image: "x:1" -> "x:2"'],
  },
  {
    name: 'init containers in another order',
    old: { initContainers: [{ name: 'a' }, { name: 'b' }] },
    next: { initContainers: [{ name: 'b' }, { name: 'a' }] },
    told: ['initContainers: [{"name":"a"},{"name":"b"}] -> [{"name":"b"},{"name":"a"}]'],
  },
  {
    name: 'ports of one number and two protocols',
    old: { ports: [{ containerPort: 53 }, { containerPort: 53, protocol: 'UDP' }] },
    next: {
      ports: [
        { containerPort: 53, protocol: 'UDP' },
        { containerPort: 53, name: 'dns' },
      ],
    },
    told: ['ports[53/TCP].name: undefined -> "dns"'],
  },
  {
    name: 'variables in another order',
    old: {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '2' },
      ],
    },
    next: {
      env: [
        { name: 'B', value: '2' },
        { name: 'A', value: '1' },
      ],
    },
    told: [],
  },
  {
    name: 'variables in another order where one refers to another',
    old: {
      env: [
        { name: 'A', value: '1' },
        { name: 'B', value: '$(A)' },
      ],
    },
    next: {
      env: [
        { name: 'B', value: '$(A)' },
        { name: 'A', value: '1' },
      ],
    },
    told: [
      'env: [{"name":"A","value":"1"},{"name":"B","value":"$(A)"}] -> [{"name":"B","value":"$(A)"},{"name":"A","value":"1"}]',
    ],
  },
  {
    name: 'a name twice is no merge key',
    old: {
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '2' },
      ],
    },
    next: {
      env: [
        { name: 'A', value: '1' },
        { name: 'A', value: '3' },
      ],
    },
    told: ['env[1].value: "2" -> "3"'],
  },
  {
    name: 'finalizers as a set',
    old: { finalizers: ['a', 'b'] },
    next: { finalizers: ['b', 'a'] },
    told: [],
  },
  {
    name: 'arguments by position',
    old: { args: ['a', 'b'] },
    next: { args: ['a', 'c'] },
    told: ['args[1]: "b" -> "c"'],
  },
  {
    name: 'an argument in the middle',
    old: { args: ['a', 'c'] },
    next: { args: ['a', 'b', 'c'] },
    told: ['args[1]: undefined -> "b"'],
  },
  { name: 'an object that becomes a list', old: { a: {} }, next: { a: [] }, told: ['a: {} -> []'] },
  {
    name: 'keys that are methods of objects',
    old: { data: {} },
    next: { data: { constructor: 'x' } },
    told: ['data.constructor: undefined -> "x"'],
  },
  {
    name: 'keys that hold dots and slashes',
    old: { labels: { 'helm.sh/chart': 'a-1' } },
    next: { labels: { 'helm.sh/chart': 'a-2' } },
    told: ['labels[helm.sh/chart]: "a-1" -> "a-2"'],
  },
]

describe('differences', () => {
  it.each(cases)('$name', ({ old, next, told: expected }) => {
    expect(told(old, next)).toEqual(expected)
  })
})

/** Values that look like manifests: known list names, keyed entries, repeated keys, scalars of all kinds. */
const { value } = fc.letrec<{ value: Json; entry: Json }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small', withCrossShrink: true },
    fc.constantFrom<Json>(null, true, 0, 1, '', 'a', 'b', '$(a)'),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(
      fc.constantFrom('a', 'env', 'containers', 'initContainers', 'finalizers', 'name'),
      tie('value'),
    ),
    fc.record({
      ports: fc.array(fc.record({ containerPort: fc.nat(3), protocol: fc.constantFrom('TCP', 'UDP') })),
    }),
    fc.record({ env: fc.array(tie('entry'), { maxLength: 4 }) }),
    fc.record({ finalizers: fc.array(fc.constantFrom('a', 'b', 'c'), { maxLength: 4 }) }),
  ),
  entry: fc.record({ name: fc.constantFrom('a', 'b', 'c'), value: fc.constantFrom('1', '2', '$(a)') }),
}))

describe('properties of differences', () => {
  it('a value does not differ from itself', () => {
    fc.assert(fc.property(value, (json) => differences(json, structuredClone(json)).length === 0))
  })
  it('applied to the old value they give the new one', () => {
    fc.assert(
      fc.property(value, value, (old, next) => {
        const result = applyDifferences(old, differences(old, next))
        expect(differences(result, next)).toEqual([])
      }),
      { numRuns: 2000 },
    )
  })
  it('they stay when sides are exchanged', () => {
    fc.assert(
      fc.property(value, value, (a, b) => differences(a, b).length > 0 === differences(b, a).length > 0),
    )
  })
})
