import { afterAll, describe, expect, it } from 'vitest'
import type { Json, JsonObject } from '../../../src/model/json.ts'
import { checkFiles } from '../../check/harness.ts'
import { shippedEngines } from '../engines.ts'
import { widgetDefinition } from '../schema/support.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

const nested = (rule: string): Json => ({
  type: 'object',
  properties: {
    names: {
      type: 'array',
      items: { type: 'string' },
      'x-kubernetes-validations': [{ rule }],
    },
  },
})
const dear = nested('self.all(x, self.all(y, x == y))')
/** Each within its limit, all of them together not. */
const many: JsonObject = {
  type: 'object',
  properties: {
    names: {
      type: 'array',
      maxItems: 600,
      items: { type: 'string', maxLength: 10 },
      'x-kubernetes-validations': Array.from({ length: 60 }, (_, i) => ({
        rule: `self.all(x, self.all(y, x == y || x != '${i}'))`,
      })),
    },
  },
}

async function told(spec: Json): Promise<string[]> {
  const head = { 'crd/crd.yaml': JSON.stringify(widgetDefinition(spec)) }
  const { findings } = await checkFiles({ 'a.txt': '' }, head, engines)
  return findings.map(({ path, message }) => `${path}: ${message.replace(/ by factor.*/, '')}`)
}

describe('rules of a definition that cost too much', () => {
  it('are told once each', async () => {
    expect(await told(dear)).toEqual([
      expect.stringMatching(/x-kubernetes-validations\[0\]\.rule: Forbidden: estimated rule cost exceeds/),
    ])
  })
  it('are told with their sum where each is allowed', async () => {
    const said = await told(many)
    expect(said.filter((one) => one.includes('estimated rule cost total for entire'))).toHaveLength(1)
    expect(said.filter((one) => one.includes('contributed to')).length).toBeGreaterThan(0)
    expect(said.filter((one) => one.includes('rule cost exceeds'))).toEqual([])
  })
})
