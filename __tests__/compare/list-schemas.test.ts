import { describe, expect, it } from 'vitest'
import { compare } from '../../src/compare/compare.ts'
import { listsOfRendered } from '../../src/judge/schema/lists.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import type { RenderedPair } from '../../src/model/rendering.ts'
import { schemas, widget, widgetDefinition } from '../judge/schema/support.ts'
import { pair } from './objects.ts'

const definition = widgetDefinition({
  type: 'object',
  properties: {
    zones: {
      type: 'array',
      'x-kubernetes-list-type': 'map',
      'x-kubernetes-list-map-keys': ['zone'],
      items: { type: 'object', properties: { zone: { type: 'string' }, size: { type: 'integer' } } },
    },
    tags: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
    steps: { type: 'array', items: { type: 'object', properties: { zone: { type: 'string' } } } },
  },
})
const one = (spec: Json): JsonObject => ({ ...widget(spec), metadata: { name: 'w', namespace: 'shop' } })
/** Differences of a Widget as `path: old → new`. */
function told(old: Json, next: Json): string[] {
  const pairs: readonly RenderedPair[] = [pair('a', [definition, one(old)], [definition, one(next)])]
  return compare(pairs, listsOfRendered(pairs, schemas, '1.37'))
    .flatMap(({ differences }) => differences)
    .map((difference) => JSON.stringify([difference.path, difference.old, difference.new]))
}

describe('lists of custom resources are compared as their definition merges them', () => {
  const [a, b] = [
    { zone: 'a', size: 1 },
    { zone: 'b', size: 2 },
  ]
  it('the order of a map says nothing', () => {
    expect(told({ zones: [a, b] }, { zones: [b, a] })).toEqual([])
  })
  it('an entry is found by its key', () => {
    expect(told({ zones: [a, b] }, { zones: [{ zone: 'c', size: 3 }, { ...b, size: 9 }, a] })).toEqual([
      '[["spec","zones",{"keys":{"zone":"c"},"index":0}],null,{"zone":"c","size":3}]',
      '[["spec","zones",{"keys":{"zone":"b"},"index":1},"size"],2,9]',
    ])
  })
  it('the order of a set says nothing', () => {
    expect(told({ tags: ['x', 'y'] }, { tags: ['y', 'x'] })).toEqual([])
    expect(told({ tags: ['x', 'y'] }, { tags: ['y', 'z'] })).toHaveLength(2)
  })
  it('the order of any other list does', () => {
    expect(
      told({ steps: [{ zone: 'a' }, { zone: 'b' }] }, { steps: [{ zone: 'b' }, { zone: 'a' }] }),
    ).toHaveLength(2)
  })
})
