import { describe, expect, it } from 'vitest'
import { quantityOf } from '../../src/model/quantity.ts'

const one = 10n ** 9n

describe('quantities', () => {
  it.each<[unknown, bigint | undefined]>([
    ['1', one],
    [2, 2n * one],
    ['0.5', one / 2n],
    ['.5', one / 2n],
    ['5.', 5n * one],
    ['-1', -one],
    ['1Ki', 1024n * one],
    ['1.5Gi', 1536n * 1024n * 1024n * one],
    ['500m', one / 2n],
    ['1e3', 1000n * one],
    ['1E3', 1000n * one],
    ['1E', 10n ** 18n * one],
    ['5e-1', one / 2n],
    ['0.0000000001', 1n],
    ['', undefined],
    ['1 Gi', undefined],
    ['1gi', undefined],
    ['Gi', undefined],
    [true, undefined],
    ['9'.repeat(1000), undefined],
  ])('%s', (text, amount) => {
    expect(quantityOf(text)).toBe(amount)
  })
})
