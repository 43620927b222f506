import { describe, expect, it } from 'vitest'
import { isIdentifying, isOrdinary } from '../../src/compare/ordinary-words.ts'
import { vaultOf } from '../../src/compare/secrets.ts'
import { pair, secret } from './objects.ts'

const vault = (values: Readonly<Record<string, string>>) => vaultOf([pair('a', [], [secret('s', values)])])

describe('ordinary words among the values of Secrets', () => {
  it.each([
    ['postgres', true],
    ['change-me', true],
    ['hunter2', false],
    ['Tr0ub4dor', false],
    ['correct-horse-battery', false],
    ['abcdef_x', false],
    ['two words', false],
  ])('%s: %s', (value, expected) => {
    expect(isOrdinary(value)).toBe(expected)
  })

  it.each([
    ['value: changeme', 'value: (masked)'],
    ['docker.io/library/changeme:15', 'docker.io/library/(masked):15'],
    ['{"a":"x\\nchangeme"}', '{"a":"x\\n(masked)"}'],
    ['user:changeme@db', 'user:(masked)@db'],
  ])('may be passwords and are masked wherever they stand: %s', (text, expected) => {
    expect(vault({ PASSWORD: 'changeme' }).maskText(text)).toBe(expected)
  })
  it('under a key that names who or where are no secret elsewhere', () => {
    for (const key of ['POSTGRES_USER', 'dbName', 'database', 'redis.host'])
      expect(vault({ [key]: 'postgres' }).maskText('image: postgres:15')).toBe('image: postgres:15')
    expect(isIdentifying('userPassword')).toBe(false)
  })
  it('in base64 are masked anywhere', () => {
    const text = Buffer.from('user:postgres!').toString('base64')
    expect(vault({ PASSWORD: 'postgres' }).maskText(`auth ${text}`)).toContain('(masked)')
  })
  it('anything else is masked within longer texts', () => {
    expect(vault({ USER: 'hunter2' }).maskText('xhunter2x')).toBe('x(masked)x')
    expect(vault({ KEY: 'correct-horse-battery' }).maskText('my-correct-horse-battery')).toBe('my-(masked)')
  })
})
