import { describe, expect, it } from 'vitest'
import { compare } from '../../src/compare/compare.ts'
import { displayName } from '../../src/model/object.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { RenderedPair } from '../../src/model/rendering.ts'
import type { Target } from '../../src/model/target.ts'
import { configMap, deployment, pair, rendering, secret, target } from './objects.ts'

const told = (pairs: readonly RenderedPair[]): string[] =>
  compare(pairs).map(
    ({ target: id, operation, identity, renamedFrom }) =>
      `${id} ${operation} ${displayName(identity)}${renamedFrom === undefined ? '' : ` from ${renamedFrom.name}`}`,
  )
const api = deployment('api', { containers: [{ name: 'api', image: 'api:1' }] })
const maps = (count: number): JsonObject[] =>
  Array.from({ length: count }, (_, index) => configMap(`map-${index}`, { a: 'x' }))

const cases: readonly { name: string; pairs: readonly RenderedPair[]; told: readonly string[] }[] = [
  {
    name: 'created, deleted, changed and kept',
    pairs: [
      pair(
        'a',
        [configMap('kept', {}), configMap('gone', {}), configMap('new', { a: '1' })],
        [configMap('kept', {}), configMap('new', { a: '2' }), configMap('come', {})],
      ),
    ],
    told: [
      'a CREATE ConfigMap shop/come',
      'a DELETE ConfigMap shop/gone',
      'a NONE ConfigMap shop/kept',
      'a UPDATE ConfigMap shop/new',
    ],
  },
  {
    name: 'another API version of one kind',
    pairs: [pair('a', [{ ...api, apiVersion: 'apps/v1beta1' }], [api])],
    told: ['a UPDATE Deployment shop/api'],
  },
  {
    name: 'a generated name with another hash',
    pairs: [pair('a', [configMap('env-2m8tk5hbf9', { a: '1' })], [configMap('env-g4f6c7d8h2', { a: '2' })])],
    told: ['a UPDATE ConfigMap shop/env-g4f6c7d8h2 from env-2m8tk5hbf9'],
  },
  {
    name: 'no hash: letters that kustomize never writes',
    pairs: [pair('a', [configMap('env-abcdefghij', {})], [configMap('env-klmnopqrst', {})])],
    told: ['a DELETE ConfigMap shop/env-abcdefghij', 'a CREATE ConfigMap shop/env-klmnopqrst'],
  },
  {
    name: 'two generated objects of one name cannot be told apart',
    pairs: [
      pair('a', [secret('s-2m8tk5hbf9', {}), secret('s-2222222222', {})], [secret('s-g4f6c7d8h2', {})]),
    ],
    told: [
      'a DELETE Secret shop/s-2222222222',
      'a DELETE Secret shop/s-2m8tk5hbf9',
      'a CREATE Secret shop/s-g4f6c7d8h2',
    ],
  },
  {
    name: 'one object in two targets is two objects',
    pairs: [pair('a', [api], []), pair('b', [], [api])],
    told: ['a DELETE Deployment shop/api', 'b CREATE Deployment shop/api'],
  },
  {
    name: 'a root that moved',
    pairs: [
      pair('old', maps(5), undefined),
      pair('new', undefined, [...maps(4), configMap('map-4', { a: 'y' })]),
    ],
    told: [
      'new NONE ConfigMap shop/map-0',
      'new NONE ConfigMap shop/map-1',
      'new NONE ConfigMap shop/map-2',
      'new NONE ConfigMap shop/map-3',
      'new UPDATE ConfigMap shop/map-4',
    ],
  },
  {
    name: 'another root that shares little',
    pairs: [
      pair('old', maps(2), undefined),
      pair('new', undefined, [configMap('map-0', {}), configMap('other', {})]),
    ],
    told: [
      'new CREATE ConfigMap shop/map-0',
      'new CREATE ConfigMap shop/other',
      'old DELETE ConfigMap shop/map-0',
      'old DELETE ConfigMap shop/map-1',
    ],
  },
  {
    name: 'the same objects in another cluster',
    pairs: [
      pair('old', maps(2), undefined, { cluster: 'eu' }),
      pair('new', undefined, maps(1), { cluster: 'us' }),
    ],
    told: [
      'new CREATE ConfigMap shop/map-0',
      'old DELETE ConfigMap shop/map-0',
      'old DELETE ConfigMap shop/map-1',
    ],
  },
  {
    name: 'a head that broke deletes nothing',
    pairs: [
      {
        id: 'a',
        base: rendering('a', [api]),
        head: { state: 'failed', target: target('a'), failure: { code: 'invalid', message: 'x' }, read: [] },
      },
    ],
    told: [],
  },
  {
    name: 'a base that was broken: everything is judged as new',
    pairs: [
      {
        id: 'a',
        base: { state: 'failed', target: target('a'), failure: { code: 'invalid', message: 'x' }, read: [] },
        head: rendering('a', [api]),
      },
    ],
    told: ['a CREATE Deployment shop/api'],
  },
]

const to = (cluster: string): Partial<Target> => ({
  facts: {
    cluster,
    namespace: 'shop',
    project: 'default',
    suspended: false,
    onDelete: 'keep',
    sync: [],
    ignored: [],
    dependsOn: [],
  },
})

describe('a definition whose destination is edited', () => {
  const moved = ['a CREATE Deployment shop/api']
  it.each<[name: string, before: Partial<Target>, after: Partial<Target>, told: readonly string[]]>([
    ['another server', to('https://dev.example'), to('https://prod.example'), moved],
    ['out of the own cluster', to('https://kubernetes.default.svc'), to('https://prod.example'), moved],
    ['another configured cluster', { cluster: 'dev' }, { cluster: 'prod' }, moved],
    ['a folder of another environment', { environment: 'staging' }, { environment: 'production' }, moved],
    [
      'the overlay of another environment',
      { ...to('in-cluster'), environment: 'staging' },
      { ...to('in-cluster'), environment: 'production' },
      [],
    ],
    ['a folder of no environment', { environment: 'staging' }, {}, []],
    [
      'another environment of a known cluster',
      { cluster: 'eu', environment: 'staging' },
      { cluster: 'eu', environment: 'production' },
      [],
    ],
    ['the own cluster by its other name', to('in-cluster'), to('https://kubernetes.default.svc'), []],
    ['a slash', to('https://prod.example'), to('https://prod.example/'), []],
    [
      'the cluster of its folder by its name',
      { ...to('in-cluster'), cluster: 'prod' },
      { ...to('prod'), cluster: 'prod' },
      [],
    ],
    [
      'another cluster from one folder',
      { ...to('dev'), cluster: 'hub' },
      { ...to('prod'), cluster: 'hub' },
      moved,
    ],
  ])('%s', (_, before, after, expected) => {
    const same = { id: 'a', base: rendering('a', [api], before), head: rendering('a', [api], after) }
    expect(told([same]).filter((line) => !line.includes(' NONE '))).toEqual(expected)
    const renamed = [pair('old', maps(3), undefined, before), pair('new', undefined, maps(3), after)]
    const operations = new Set(told(renamed).map((line) => line.split(' ').slice(0, 2).join(' ')))
    expect([...operations].sort()).toEqual(expected === moved ? ['new CREATE', 'old DELETE'] : ['new NONE'])
  })
})

describe('compare', () => {
  it.each(cases)('$name', ({ pairs, told: expected }) => {
    expect(told(pairs).sort()).toEqual([...expected].sort())
  })

  it('is sorted by target and identity, whatever the order of the input', () => {
    const pairs = [pair('b', [], [api, ...maps(2)]), pair('a', [api], [])]
    expect(told(pairs)).toEqual(told([...pairs].reverse()))
  })
})
