import { describe, expect, it } from 'vitest'
import type { PathStep } from '../../../src/engine/api.ts'
import { readCustomResources } from '../../../src/judge/schema/custom.ts'
import { listsOf, type ListSemantics } from '../../../src/judge/schema/lists.ts'
import { schemas, widgetDefinition } from './support.ts'

const pod: PathStep[] = ['spec', 'template', 'spec']
const cases: { name: string; path: PathStep[]; expected: ListSemantics | undefined }[] = [
  { name: 'containers', path: [...pod, 'containers'], expected: { type: 'map', keys: ['name'] } },
  {
    name: 'ports, by server-side apply’s two keys and not by the one merge key',
    path: [...pod, 'containers', 0, 'ports'],
    expected: { type: 'map', keys: ['containerPort', 'protocol'] },
  },
  { name: 'env', path: [...pod, 'containers', 0, 'env'], expected: { type: 'map', keys: ['name'] } },
  { name: 'volumes', path: [...pod, 'volumes'], expected: { type: 'map', keys: ['name'] } },
  { name: 'arguments', path: [...pod, 'containers', 0, 'args'], expected: { type: 'atomic', keys: [] } },
  { name: 'tolerations', path: [...pod, 'tolerations'], expected: { type: 'atomic', keys: [] } },
  { name: 'finalizers', path: ['metadata', 'finalizers'], expected: { type: 'set', keys: [] } },
  { name: 'an object', path: ['spec'], expected: undefined },
  { name: 'nothing', path: ['spec', 'nothing', 0], expected: undefined },
]

describe('lists of built-in kinds', () => {
  const lists = listsOf(schemas, { group: 'apps', version: 'v1', kind: 'Deployment' }, '1.37', new Map())
  it.each(cases)('$name', ({ path, expected }) => {
    expect(lists(path)).toEqual(expected)
  })
  it('answers for kinds that the declared minor no longer serves', () => {
    const removed = listsOf(
      schemas,
      { group: 'batch', version: 'v1beta1', kind: 'CronJob' },
      '1.37',
      new Map(),
    )
    expect(removed(['spec', 'jobTemplate', ...pod, 'containers'])).toEqual({ type: 'map', keys: ['name'] })
  })
})

describe('lists of custom resources', () => {
  const definition = widgetDefinition({
    type: 'object',
    properties: {
      parts: {
        type: 'array',
        items: {
          type: 'object',
          properties: { tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } } },
        },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['id', 'kind'],
      },
      plain: { type: 'array', items: { type: 'string' } },
    },
  })
  const lists = listsOf(
    schemas,
    { group: 'example.com', version: 'v1', kind: 'Widget' },
    '1.37',
    readCustomResources([definition]),
  )
  it.each<{ name: string; path: PathStep[]; expected: ListSemantics | undefined }>([
    { name: 'a map', path: ['spec', 'parts'], expected: { type: 'map', keys: ['id', 'kind'] } },
    { name: 'a set inside it', path: ['spec', 'parts', 3, 'tags'], expected: { type: 'set', keys: [] } },
    { name: 'a list that says nothing', path: ['spec', 'plain'], expected: { type: 'atomic', keys: [] } },
    { name: 'no list', path: ['spec'], expected: undefined },
  ])('$name', ({ path, expected }) => {
    expect(lists(path)).toEqual(expected)
  })
  it('knows nothing of kinds without a definition', () => {
    expect(
      listsOf(schemas, { group: 'a.b', version: 'v1', kind: 'C' }, '1.37', new Map())(['spec']),
    ).toBeUndefined()
  })
})
