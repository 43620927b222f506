import { describe, expect, it } from 'vitest'
import { convertComponents, type ConvertedSchema } from '../../../scripts/schemas/convert.ts'
import { deduplicate } from '../../../scripts/schemas/deduplicate.ts'
import { servedKinds } from '../../../scripts/schemas/kinds.ts'
import { relaxRequired } from '../../../scripts/schemas/required.ts'
import type { OpenApiSchema } from '../../../scripts/schemas/sources.ts'

const reference = (name: string) => ({ $ref: `#/components/schemas/${name}` })
const converted = (schema: OpenApiSchema, name = 'x') => convertComponents({ [name]: schema }).get(name)

describe('conversion', () => {
  const cases: { name: string; schema: OpenApiSchema; component?: string; expected: ConvertedSchema }[] = [
    {
      name: 'descriptions, defaults and enums go',
      schema: { type: 'string', description: 'd', default: 'x' } as OpenApiSchema,
      expected: { type: 'string' },
    },
    {
      name: '32-bit integers stay',
      schema: { type: 'integer', format: 'int32' },
      expected: { type: 'integer', format: 'int32' },
    },
    {
      name: 'other formats go',
      schema: { type: 'string', format: 'date-time' },
      expected: { type: 'string' },
    },
    { name: 'any value', schema: {}, expected: {} },
    {
      name: 'maps',
      schema: { type: 'object', additionalProperties: { type: 'string' } },
      expected: { type: 'object', additionalProperties: { type: 'string' } },
    },
    {
      name: 'properties are sorted',
      schema: {
        type: 'object',
        properties: { b: { type: 'string' }, a: { type: 'string' } },
        required: ['b', 'a'],
      },
      expected: {
        type: 'object',
        properties: { a: { type: 'string' }, b: { type: 'string' } },
        required: ['a', 'b'],
      },
    },
    {
      name: 'quantities',
      schema: { type: 'string' },
      component: 'io.k8s.apimachinery.pkg.api.resource.Quantity',
      expected: { type: 'quantity' },
    },
    {
      name: 'how lists merge',
      schema: {
        type: 'array',
        items: { type: 'string' },
        'x-kubernetes-list-type': 'map',
        'x-kubernetes-list-map-keys': ['a'],
        'x-kubernetes-patch-strategy': 'merge,retainKeys',
        'x-kubernetes-patch-merge-key': 'b',
      },
      expected: { type: 'array', items: { type: 'string' }, listType: 'map', listKeys: ['a'], mergeKey: 'b' },
    },
    {
      name: 'atomic lists say nothing',
      schema: { type: 'array', items: {}, 'x-kubernetes-list-type': 'atomic' },
      expected: { type: 'array', items: {} },
    },
  ]
  it.each(cases)('$name', ({ schema, component, expected }) => {
    const result = converted(schema, component)
    expect(JSON.stringify(result)).toBe(JSON.stringify(expected))
  })

  it('inlines references to plain values and keeps others, with their annotations', () => {
    const components = convertComponents({
      Time: { type: 'string', format: 'date-time' },
      Spec: { type: 'object', properties: { a: { type: 'string' } } },
      Root: { type: 'object', properties: { at: { allOf: [reference('Time')] }, spec: reference('Spec') } },
    })
    expect(components.get('Root')?.properties).toEqual({ at: { type: 'string' }, spec: { $ref: 'Spec' } })
  })
  it('refuses what it does not understand', () => {
    expect(() => converted({ oneOf: [{ type: 'string' }] })).toThrow('unexpected combinator')
    expect(() => converted({ type: 'tuple' })).toThrow('unexpected type tuple')
  })
})

describe('definitions that are the same', () => {
  const leaf = (type: string): ConvertedSchema => ({ type: 'object', properties: { a: { type } } })
  const root: ConvertedSchema = { type: 'object', properties: { leaf: { $ref: 'Leaf' } } }
  it('are joined over documents, also under other names', () => {
    const { definitions, positions } = deduplicate([
      new Map([
        ['Leaf', leaf('string')],
        ['Root', root],
      ]),
      new Map([
        ['Other', leaf('string')],
        ['Root', { type: 'object', properties: { leaf: { $ref: 'Other' } } }],
      ]),
    ])
    expect(definitions).toHaveLength(2)
    expect(positions[0]?.get('Root')).toBe(positions[1]?.get('Root'))
    expect(definitions[1]).toEqual({ type: 'object', properties: { leaf: { $ref: '0' } } })
  })
  it('are not when something below them differs', () => {
    const { definitions } = deduplicate([
      new Map([
        ['Leaf', leaf('string')],
        ['Root', root],
      ]),
      new Map([
        ['Leaf', leaf('integer')],
        ['Root', root],
      ]),
    ])
    expect(definitions).toHaveLength(4)
  })
  it('may refer to themselves', () => {
    const tree: ConvertedSchema = { type: 'object', additionalProperties: { $ref: 'Tree' } }
    const { definitions } = deduplicate([new Map([['Tree', tree]]), new Map([['Tree', tree]])])
    expect(definitions).toEqual([{ type: 'object', additionalProperties: { $ref: '0' } }])
  })
  it('must be there', () => {
    expect(() => deduplicate([new Map([['Root', root]])])).toThrow('Leaf is referenced and not defined')
  })
})

describe('required fields', () => {
  const definition = (...required: string[]) =>
    new Map<string, ConvertedSchema>([['T', { type: 'object', required }]])
  it('are those that the newest minor still requires', () => {
    const [old, recent] = [definition('a', 'b'), definition('b', 'c')]
    relaxRequired([[old], [recent]])
    expect(old.get('T')?.required).toEqual(['b'])
    expect(recent.get('T')?.required).toEqual(['b', 'c'])
  })
  it('are not those whose zero value the server accepts', () => {
    const name = 'io.k8s.api.core.v1.HTTPHeader'
    const minor = new Map<string, ConvertedSchema>([[name, { type: 'object', required: ['name', 'value'] }]])
    relaxRequired([[minor]])
    expect(minor.get(name)?.required).toEqual(['name'])
  })
})

describe('kinds of a document', () => {
  const body = { post: { requestBody: { content: { 'application/json': { schema: reference('Job') } } } } }
  const job: OpenApiSchema = {
    type: 'object',
    'x-kubernetes-group-version-kind': [{ group: 'batch', version: 'v1', kind: 'Job' }],
  }
  it('are what can be posted to a collection', () => {
    const paths = {
      '/apis/batch/v1/namespaces/{namespace}/jobs': body,
      '/apis/batch/v1/jobs': { get: {} },
      '/apis/batch/v1/namespaces/{namespace}/jobs/{name}/status': body,
    }
    expect(servedKinds({ paths, components: { schemas: { Job: job } } })).toEqual([
      { group: 'batch', version: 'v1', kind: 'Job', plural: 'jobs', namespaced: true, component: 'Job' },
    ])
  })
  it('must be marked as kinds', () => {
    const document = {
      paths: { '/apis/batch/v1/jobs': body },
      components: { schemas: { Job: { type: 'object' } } },
    }
    expect(() => servedKinds(document)).toThrow('says no kind of batch/v1')
  })
})
