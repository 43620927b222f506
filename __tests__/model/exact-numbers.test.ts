import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { compare } from '../../src/compare/compare.ts'
import { differences } from '../../src/compare/difference.ts'
import { canonicalJson, equalJson } from '../../src/compare/equal.ts'
import { yamlText } from '../../src/compare/yaml-text.ts'
import { exactOf, parseExact, stringifyExact } from '../../src/model/exact-numbers.ts'
import type { Json, JsonObject } from '../../src/model/json.ts'
import { shippedEngines } from '../check/harness.ts'
import { renderFiles } from '../discover/harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const read = (text: string): JsonObject => parseExact(text) as JsonObject

describe('large integers', () => {
  it.each([
    '{"a":12345678901234567}',
    '{"a":[9223372036854775807,-9007199254740993,1],"b":{"c":18446744073709551615}}',
    '{"t":"12345678901234567","q":"\\\\\\"12345678901234567","n":1152921504606846976}',
    '{"exact-integer:":"exact-integer:12345678901234567","v":12345678901234567}',
    '[12345678901234567]',
  ])('%s keeps its digits', (text) => {
    const value = parseExact(text)
    expect(stringifyExact(value)).toBe(text)
    expect(value).toEqual(JSON.parse(text))
  })

  it('are written as numbers, whatever texts stand beside them', () => {
    fc.assert(
      fc.property(
        fc.dictionary(
          fc.string(),
          fc.oneof(fc.string(), fc.bigInt({ min: -(2n ** 63n), max: 2n ** 64n - 1n })),
        ),
        (values) => {
          // toEqual does not look at a member of that name.
          const members = Object.entries(values).filter(([key]) => key !== '__proto__')
          const text = `{${members
            .map(
              ([key, value]) =>
                `${JSON.stringify(key)}:${typeof value === 'bigint' ? value : JSON.stringify(value)}`,
            )
            .join(',')}}`
          const written = stringifyExact(parseExact(text))
          expect(JSON.parse(written)).toEqual(JSON.parse(text))
          for (const [, value] of members)
            if (typeof value === 'bigint') expect(written).toContain(`:${value}`)
        },
      ),
    )
  })

  it('fractions, exponents and numbers beyond every double stay what JSON.parse makes of them', () => {
    const text = `{"a":0.12345678901234567890,"b":1.2345678901234567e+29,"c":1${'0'.repeat(400)}}`
    expect(read(text)).toEqual(JSON.parse(text))
    expect(exactOf(read(text), 'a')).toBeUndefined()
  })

  it('differ when their last digits do', () => {
    const [a, b] = [read('{"x":[12345678901234567],"y":1}'), read('{"y":1,"x":[12345678901234568]}')]
    expect((a['x'] as readonly Json[])[0]).toBe((b['x'] as readonly Json[])[0])
    expect(equalJson(a, b)).toBe(false)
    expect(canonicalJson(a)).not.toBe(canonicalJson(b))
    expect(differences(a, b)).toEqual([
      { path: ['x', 0], old: '12345678901234567', new: '12345678901234568' },
    ])
    expect(equalJson(a, read('{"x":[12345678901234567],"y":1}'))).toBe(true)
    expect(yamlText(a)).toBe('x:\n  - 12345678901234567\ny: 1\n')
  })

  it('come through kustomize and the API server', async () => {
    const files = (last: string) => ({
      'kustomization.yaml': 'resources: [a.yaml]\n',
      'a.yaml': `apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: a}\nspec: {id: 922337203685477580${last}}\n`,
    })
    const { pairs } = await renderFiles(files('6'), files('7'), engines)
    const [change] = compare(pairs)
    expect(change?.differences).toEqual([
      { path: ['spec', 'id'], old: '9223372036854775806', new: '9223372036854775807' },
    ])
    const opened = await engines.admission.open({ kubernetes: '1.37' })
    if ('error' in opened) throw new Error(opened.error.message)
    const pod = read(
      '{"apiVersion":"v1","kind":"Pod","metadata":{"name":"p"},"spec":{"containers":[{"name":"c","image":"i"}],"terminationGracePeriodSeconds":9223372036854775807}}',
    )
    const answer = await opened.admit([{ operation: 'CREATE', object: pod, namespace: 'default' }])
    expect(answer.ok ? answer.result.writes[0] : answer.error).toEqual({ verdict: 'accepted', findings: [] })
  })
})
