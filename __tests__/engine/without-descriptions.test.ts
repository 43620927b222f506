import { describe, expect, it } from 'vitest'
import { withoutDescriptions } from '../../src/engine/without-descriptions.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'

function definition(schema: Json): JsonObject {
  return {
    kind: 'CustomResourceDefinition',
    metadata: { annotations: { description: 'kept' } },
    spec: { versions: [{ name: 'v1', schema: { openAPIV3Schema: schema } }] },
  }
}

describe('definitions without descriptions', () => {
  const cases: Record<string, [Json, Json]> = {
    'prose goes on every level': [
      {
        description: 'a',
        type: 'object',
        properties: { spec: { description: 'b', items: { description: 'c', type: 'string' } } },
        additionalProperties: { description: 'd' },
        anyOf: [{ description: 'e', required: ['spec'] }],
        not: { description: 'f' },
      },
      {
        type: 'object',
        properties: { spec: { items: { type: 'string' } } },
        additionalProperties: {},
        anyOf: [{ required: ['spec'] }],
        not: {},
      },
    ],
    'a field of that name stays': [
      { properties: { description: { type: 'string', description: 'prose' } } },
      { properties: { description: { type: 'string' } } },
    ],
    'values stay': [
      { default: { description: 'a' }, enum: [{ description: 'b' }], example: { description: 'c' } },
      { default: { description: 'a' }, enum: [{ description: 'b' }], example: { description: 'c' } },
    ],
    'what is no text stays for the engine to refuse': [{ description: 1 }, { description: 1 }],
    'a key that objects inherit': [
      JSON.parse('{"properties":{"__proto__":{"description":"a","type":"string"}}}') as Json,
      JSON.parse('{"properties":{"__proto__":{"type":"string"}}}') as Json,
    ],
    'no schema': [null, null],
  }
  for (const [name, [given, expected]] of Object.entries(cases)) {
    it(name, () => {
      const before = JSON.stringify(definition(given))
      const input = definition(given)
      expect(JSON.stringify(withoutDescriptions(input))).toBe(JSON.stringify(definition(expected)))
      expect(JSON.stringify(input)).toBe(before)
    })
  }

  it('leaves alone what is no definition', () => {
    for (const value of [{}, { spec: null }, { spec: { versions: [null, { schema: 1 }, {}] } }])
      expect(withoutDescriptions(value)).toEqual(value)
  })

  it('leaves schemas alone that nest too deep to follow', () => {
    let deep: Json = { description: 'deep' }
    for (let i = 0; i < 5000; i++) deep = { items: deep }
    const cut = withoutDescriptions(definition(deep))
    expect(cut['kind']).toBe('CustomResourceDefinition')
  })
})
