import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import { readCustomResources } from '../../../src/judge/schema/custom.ts'
import { check, lines, widget, widgetDefinition } from './support.ts'

const sized: JsonObject = {
  type: 'object',
  required: ['size'],
  properties: {
    size: { type: 'integer', minimum: 1, maximum: 9 },
    color: { type: 'string', enum: ['red', 'green'] },
  },
}

const cases: { name: string; spec: Json; value: Json; expected: string[] }[] = [
  { name: 'a valid object', spec: sized, value: { size: 1, color: 'red' }, expected: [] },
  {
    name: 'an unknown field is dropped by the server: a warning',
    spec: sized,
    value: { size: 1, colour: 'red' },
    expected: ['warning spec.colour: unknown field "colour": the API server drops it, did you mean "color"?'],
  },
  {
    name: 'a wrong type',
    spec: sized,
    value: { size: '1' },
    expected: ['spec.size: expected integer, got string "1"'],
  },
  { name: 'a list for an object', spec: sized, value: [], expected: ['spec: expected object, got list'] },
  { name: 'a missing field', spec: sized, value: {}, expected: ['spec.size: missing required field "size"'] },
  {
    name: 'below the minimum',
    spec: sized,
    value: { size: 0 },
    expected: ['spec.size: must be at least 1, got integer 0'],
  },
  {
    name: 'above the maximum',
    spec: sized,
    value: { size: 10 },
    expected: ['spec.size: must be at most 9, got integer 10'],
  },
  {
    name: 'not among the alternatives',
    spec: sized,
    value: { size: 1, color: 'blue' },
    expected: ['spec.color: must be one of "red", "green", got string "blue"'],
  },
  {
    name: 'exclusive bounds',
    spec: { type: 'number', minimum: 0, exclusiveMinimum: true, maximum: 1 },
    value: 0,
    expected: ['spec: must be more than 0, got integer 0'],
  },
  {
    name: 'a multiple',
    spec: { type: 'integer', multipleOf: 5 },
    value: 7,
    expected: ['spec: must be a multiple of 5, got integer 7'],
  },
  {
    name: 'lengths count characters, not code units',
    spec: { type: 'string', maxLength: 2 },
    value: '😀😀',
    expected: [],
  },
  {
    name: 'a text that is too long',
    spec: { type: 'string', maxLength: 2 },
    value: 'abc',
    expected: ['spec: must have at most 2 characters, got string "abc"'],
  },
  {
    name: 'a list that is too short',
    spec: { type: 'array', items: { type: 'string' }, minItems: 1 },
    value: [],
    expected: ['spec: must have at least 1 items'],
  },
  {
    name: 'too many fields',
    spec: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 1 },
    value: { a: 'a', b: 'b' },
    expected: ['spec: must have at most 1 fields'],
  },
  {
    name: 'elements of lists',
    spec: { type: 'array', items: sized },
    value: [{ size: 1 }, { size: 'x' }],
    expected: ['spec[1].size: expected integer, got string "x"'],
  },
  {
    name: 'values of maps',
    spec: { type: 'object', additionalProperties: { type: 'string' } },
    value: { 'a/b': 1 },
    expected: ['spec[a/b]: expected string, got integer 1'],
  },
  {
    name: 'an object that names no fields loses all',
    spec: { type: 'object' },
    value: { a: 1 },
    expected: ['warning spec.a: unknown field "a": the API server drops it'],
  },
  {
    name: 'preserved fields',
    spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true },
    value: { a: { b: [1] } },
    expected: [],
  },
  {
    name: 'described fields below preserved ones are still checked',
    spec: { type: 'object', 'x-kubernetes-preserve-unknown-fields': true, properties: { known: sized } },
    value: { other: 1, known: { size: 1, x: 1 } },
    expected: ['warning spec.known.x: unknown field "x": the API server drops it'],
  },
  {
    name: 'any value where there is no type',
    spec: { 'x-kubernetes-preserve-unknown-fields': true },
    value: [1, { a: null }],
    expected: [],
  },
  { name: 'int-or-string', spec: { 'x-kubernetes-int-or-string': true }, value: '50%', expected: [] },
  {
    name: 'int-or-string is no boolean',
    spec: { 'x-kubernetes-int-or-string': true },
    value: true,
    expected: ['spec: expected integer or string, got boolean true'],
  },
  {
    name: 'int-or-string with its usual anyOf',
    spec: { 'x-kubernetes-int-or-string': true, anyOf: [{ type: 'integer' }, { type: 'string' }] },
    value: 5,
    expected: [],
  },
  {
    name: 'null is dropped where it is not allowed',
    spec: { type: 'object', properties: { size: { type: 'integer' } } },
    value: { size: null },
    expected: [],
  },
  {
    name: 'null that is dropped leaves a required field missing',
    spec: sized,
    value: { size: null },
    expected: ['spec.size: missing required field "size"'],
  },
  {
    name: 'null where it is allowed',
    spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer', nullable: true } } },
    value: { size: null },
    expected: [],
  },
  {
    name: 'null in a list is not dropped',
    spec: { type: 'array', items: { type: 'string' } },
    value: [null],
    expected: ['spec[0]: expected string, got null'],
  },
  {
    name: 'a default fills a required field',
    spec: { type: 'object', required: ['size'], properties: { size: { type: 'integer', default: 3 } } },
    value: {},
    expected: [],
  },
  {
    name: 'allOf',
    spec: { ...sized, allOf: [{ required: ['color'] }] },
    value: { size: 1 },
    expected: ['spec.color: missing required field "color"'],
  },
  {
    name: 'anyOf that holds',
    spec: { ...sized, anyOf: [{ required: ['color'] }, { properties: { size: { minimum: 5 } } }] },
    value: { size: 6 },
    expected: [],
  },
  {
    name: 'anyOf that does not',
    spec: { ...sized, anyOf: [{ required: ['color'] }, { properties: { size: { minimum: 5 } } }] },
    value: { size: 1 },
    expected: ['spec: must match at least one of 2 alternatives (anyOf)'],
  },
  {
    name: 'oneOf with two',
    spec: { ...sized, oneOf: [{ required: ['color'] }, { required: ['size'] }] },
    value: { size: 1, color: 'red' },
    expected: ['spec: must match exactly one of 2 alternatives and matches 2 (oneOf)'],
  },
  {
    name: 'oneOf with none',
    spec: { ...sized, oneOf: [{ properties: { size: { minimum: 5 } } }] },
    value: { size: 1 },
    expected: ['spec: must match exactly one of 1 alternatives (oneOf)'],
  },
  {
    name: 'not',
    spec: { ...sized, not: { required: ['color'] } },
    value: { size: 1, color: 'red' },
    expected: ['spec: must not match what the schema excludes (not)'],
  },
  {
    name: 'a branch sees defaults',
    spec: {
      type: 'object',
      properties: { mode: { type: 'string', default: 'a' } },
      anyOf: [{ required: ['mode'], properties: { mode: { enum: ['a'] } } }],
    },
    value: {},
    expected: [],
  },
  {
    name: 'a branch sees what a default breaks',
    spec: {
      type: 'object',
      properties: { mode: { type: 'string', default: 'a' } },
      not: { properties: { mode: { enum: ['b'] } } },
    },
    value: {},
    expected: [],
  },
  { name: 'patterns are not run here', spec: { type: 'string', pattern: '^a$' }, value: 'b', expected: [] },
  {
    name: 'what a pattern decides is left open: not',
    spec: { type: 'string', not: { pattern: '^b$' } },
    value: 'a',
    expected: [],
  },
  {
    name: 'what a pattern decides is left open: oneOf',
    spec: { type: 'string', oneOf: [{ pattern: '^a$' }, { pattern: '^b$' }] },
    value: 'a',
    expected: [],
  },
  {
    name: 'an embedded resource',
    spec: {
      type: 'object',
      'x-kubernetes-embedded-resource': true,
      properties: { spec: { type: 'object' } },
    },
    value: { apiVersion: 'v1', kind: 'Pod', metadata: { name: 'a' }, status: {} },
    expected: ['warning spec.status: unknown field "status": the API server drops it'],
  },
  {
    name: 'metadata of an embedded resource',
    spec: { type: 'object', 'x-kubernetes-embedded-resource': true },
    value: { metadata: { labels: { a: 1 } } },
    expected: ['spec.metadata.labels.a: expected string, got integer 1'],
  },
]

describe('custom resources', () => {
  it.each(cases)('$name', ({ spec, value, expected }) => {
    expect(lines(check(widget(value), '1.37', [widgetDefinition(spec)]))).toEqual(expected)
  })

  it('checks metadata as for any object', () => {
    const metadata = { name: 'one', lables: { a: 'b' } }
    expect(lines(check(widget({}, { metadata }), '1.37', [widgetDefinition({ type: 'object' })]))).toEqual([
      'metadata.lables: unknown field "lables", did you mean "labels"?',
    ])
  })
  it('takes a schema of metadata for no list of its fields', () => {
    const definition = widgetDefinition(
      { type: 'object' },
      { properties: { metadata: { type: 'object' }, spec: { type: 'object' } } },
    )
    expect(lines(check(widget({}), '1.37', [definition]))).toEqual([])
  })
  it('prunes nothing with the legacy switch', () => {
    const definition = widgetDefinition({ type: 'object' })
    const legacy = {
      ...definition,
      spec: { ...(definition['spec'] as JsonObject), preserveUnknownFields: true },
    }
    expect(lines(check(widget({ a: 1 }), '1.37', [legacy]))).toEqual([])
  })
  it('judges by the definition and says so', () => {
    expect(check(widget({}), '1.37', [widgetDefinition({ type: 'object' })]).judgedBy).toBe('crd')
  })
})

describe('hostile definitions', () => {
  it('a catastrophic pattern costs nothing (T40)', () => {
    const definition = widgetDefinition({ type: 'string', pattern: '^(a+)+$' })
    const began = performance.now()
    check(widget(`${'a'.repeat(50_000)}!`), '1.37', [definition])
    expect(performance.now() - began).toBeLessThan(1_000)
  })
  it('alternatives inside alternatives run into a limit (T39)', () => {
    let spec: JsonObject = { type: 'string' }
    for (let i = 0; i < 30; i++) spec = { anyOf: [spec, spec, { maxLength: 0 }] }
    expect(check(widget('x'), '1.37', [widgetDefinition(spec)])).toMatchObject({
      status: 'not-checked',
      code: 'limit',
    })
  })
  it('combinators that are nested too deep run into a limit (T39)', () => {
    let spec: JsonObject = { type: 'string' }
    for (let i = 0; i < 5_000; i++) spec = { allOf: [spec] }
    expect(check(widget('x'), '1.37', [widgetDefinition(spec)])).toMatchObject({
      status: 'not-checked',
      code: 'limit',
    })
  })
  it('names of prototypes are fields like others', () => {
    const spec = { type: 'object', required: ['constructor'], properties: { toString: { type: 'string' } } }
    expect(lines(check(widget({}), '1.37', [widgetDefinition(spec)]))).toEqual([
      'spec.constructor: missing required field "constructor"',
    ])
  })
  it('code in names stays text', () => {
    const name = '"];globalThis.pwned=1;//'
    const spec = { type: 'object', properties: { [name]: { type: 'integer' } } }
    expect(lines(check(widget({ [name]: 'x' }), '1.37', [widgetDefinition(spec)]))).toEqual([
      `spec[${name}]: expected integer, got string "x"`,
    ])
    expect('pwned' in globalThis).toBe(false)
  })
  it('anything may stand where a definition is expected', () => {
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), fc.jsonValue(), (spec, schema, value) => {
        const whole = { ...widgetDefinition({}), spec } as JsonObject
        readCustomResources([whole])
        const outcome = check(widget(value as Json), '1.37', [widgetDefinition(schema as Json)])
        return typeof outcome.status === 'string'
      }),
      { numRuns: 300 },
    )
  })
})
