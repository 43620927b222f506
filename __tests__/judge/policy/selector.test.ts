import { describe, expect, it } from 'vitest'
import { selects } from '../../../src/judge/policy/selector.ts'
import { wildcard } from '../../../src/judge/policy/kyverno-levels.ts'
import type { JsonObject } from '../../../src/model/json.ts'

describe('label selectors', () => {
  const labels = { team: 'shop', tier: 'web' }
  const by = (key: string, operator: string, values?: string[]): JsonObject => ({
    matchExpressions: [{ key, operator, ...(values && { values }) }],
  })
  it.each<[string, JsonObject | undefined, boolean]>([
    ['nothing', {}, true],
    ['no selector', undefined, false],
    ['a label', { matchLabels: { team: 'shop' } }, true],
    ['one of two labels', { matchLabels: { team: 'shop', tier: 'db' } }, false],
    ['a name of the language', { matchLabels: { constructor: 'x' } }, false],
    ['In', by('team', 'In', ['a', 'shop']), true],
    ['In of a missing label', by('zone', 'In', ['a']), false],
    ['NotIn', by('team', 'NotIn', ['shop']), false],
    ['NotIn of a missing label', by('zone', 'NotIn', ['a']), true],
    ['Exists', by('team', 'Exists'), true],
    ['DoesNotExist', by('team', 'DoesNotExist'), false],
    ['an unknown operator', by('team', 'Near', ['shop']), false],
  ])('%s', (_, selector, expected) => {
    expect(selects(selector, labels)).toBe(expected)
  })
})

describe("Kyverno's wildcards", () => {
  it.each<[string, string, boolean]>([
    ['*', '', true],
    ['*', 'shop', true],
    ['sh*', 'shop', true],
    ['s?op', 'shop', true],
    ['s?op', 'sop', false],
    ['*-prod', 'shop-prod', true],
    ['*-prod', 'shop-production', false],
    ['shop', 'shopping', false],
    [`${'*a'.repeat(30)}b`, 'a'.repeat(200), false],
  ])('%s on %s', (pattern, text, expected) => {
    expect(wildcard(pattern, text)).toBe(expected)
  })
})
