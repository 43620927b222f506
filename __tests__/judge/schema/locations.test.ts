import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Engines } from '../../../src/engine/engines.ts'
import { createEngines } from '../../../src/engine/pool.ts'
import { checkAgainstLocations } from '../../../src/judge/schema/locations.ts'
import type { SchemaOutcome } from '../../../src/judge/schema/schema.ts'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import { memoryTree } from '../../../src/source/memory-tree.ts'
import { lines, object, widget } from './support.ts'

let engines: Engines
beforeAll(() => {
  engines = createEngines({ directory: new URL('../../../dist/engines/', import.meta.url), cores: 1 })
})
afterAll(() => engines.close())

const template = 'schemas/{{.Group}}/{{.ResourceKind}}_{{.ResourceAPIVersion}}.json'
const schema = {
  type: 'object',
  additionalProperties: false,
  required: ['spec'],
  properties: {
    apiVersion: {},
    kind: {},
    metadata: {},
    spec: { $ref: '#/definitions/spec' },
  },
  definitions: {
    spec: {
      type: 'object',
      additionalProperties: false,
      properties: {
        size: { type: 'integer', minimum: 1 },
        parts: { type: 'array', items: { type: 'object', required: ['name'] } },
      },
    },
  },
}

async function judge(
  objects: readonly JsonObject[],
  files: Record<string, Json> = {},
  locations: readonly string[] = [template],
): Promise<SchemaOutcome[]> {
  const texts = { 'schemas/example.com/widget_v1.json': schema, ...files }
  const tree = memoryTree(
    Object.fromEntries(
      Object.entries(texts).map(([path, value]) => [
        path,
        typeof value === 'string' ? value : JSON.stringify(value),
      ]),
    ),
  )
  return checkAgainstLocations(objects, { engine: engines.kubeconform, tree, locations, kubernetes: '1.34' })
}

const cases: { name: string; object: JsonObject; expected: string[] }[] = [
  { name: 'valid', object: widget({ size: 1 }), expected: [] },
  {
    name: 'a wrong type behind a reference',
    object: widget({ size: '1' }),
    expected: ['spec.size: expected integer, got string'],
  },
  {
    name: 'unknown fields, one finding each',
    object: widget({ a: 1, b: 1 }),
    expected: ['spec.a: unknown field "a"', 'spec.b: unknown field "b"'],
  },
  {
    name: 'a missing field',
    object: object('example.com/v1', 'Widget'),
    expected: ['spec: missing required field "spec"'],
  },
  {
    name: 'a missing field of an element',
    object: widget({ parts: [{ name: 'a' }, {}] }),
    expected: ['spec.parts[1].name: missing required field "name"'],
  },
  { name: 'a bound', object: widget({ size: 0 }), expected: ['spec.size: minimum: got 0, want 1'] },
  {
    name: 'no schema',
    object: object('example.com/v1', 'Gadget'),
    expected: ['unknown-kind: no schema for Gadget in example.com/v1'],
  },
]

describe('further schema locations', () => {
  it.each(cases)('$name', async ({ object, expected }) => {
    const [outcome] = await judge([object])
    expect(outcome?.judgedBy).toBe('schema-locations')
    expect(outcome && lines(outcome).sort()).toEqual(expected)
  })

  it('answers many objects in their order', async () => {
    const outcomes = await judge(cases.map(({ object }) => object))
    expect(outcomes.map((outcome) => lines(outcome).sort())).toEqual(cases.map(({ expected }) => expected))
  })
  it('leaves every kind unknown without locations', async () => {
    expect(await judge([widget({ size: 1 })], {}, [])).toMatchObject([
      { status: 'unknown-kind', rejected: false },
    ])
  })
  it('does not repeat values of secrets', async () => {
    const secret = object('example.com/v1', 'TopSecret', { token: 'hunter2' })
    const [outcome] = await judge([secret], {
      'schemas/example.com/topsecret_v1.json': { properties: { token: { pattern: '^x' } } },
    })
    expect(outcome && lines(outcome)).toEqual(['token: does not match its schema'])
  })
})

describe('what cannot be checked is said', () => {
  it('a location behind a URL', async () => {
    const [outcome] = await judge([widget({})], {}, ['https://example.com/{{.ResourceKind}}.json'])
    expect(outcome).toMatchObject({
      status: 'not-checked',
      code: 'remote-source',
      message: 'schema https://example.com/widget.json is not in the repository',
    })
  })
  it('a reference behind a URL', async () => {
    const [outcome] = await judge([widget({})], {
      'schemas/example.com/widget_v1.json': { $ref: 'https://example.com/widget.json' },
    })
    expect(outcome).toMatchObject({ status: 'not-checked', code: 'remote-source' })
  })
  it('a location that climbs out of the tree', async () => {
    const [outcome] = await judge([widget({})], {}, ['../{{.ResourceKind}}.json'])
    expect(outcome).toMatchObject({
      status: 'not-checked',
      code: 'engine',
      message: 'schema /../widget.json is outside the tree',
    })
  })
  it('a file that is no schema', async () => {
    const [outcome] = await judge([widget({})], { 'schemas/example.com/widget_v1.json': 'not JSON' })
    expect(outcome).toMatchObject({ status: 'not-checked', code: 'engine' })
  })

  it('an object that is nested too deep, and only that one', async () => {
    let spec: JsonObject = {}
    for (let i = 0; i < 1_000; i++) spec = { spec }
    const outcomes = await judge([widget(spec), widget({ size: 1 })])
    expect(outcomes).toMatchObject([{ status: 'not-checked', code: 'limit' }, { status: 'valid' }])
  })
})
