import { describe, expect, it } from 'vitest'
import { isIdentifying, isOrdinary, replaceWords } from '../../src/compare/ordinary-words.ts'
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
    'image: postgres:15',
    'docker.io/library/postgres:15',
    'Deployment shop/postgres-exporter',
    'postgres.shop.svc',
    'postgres://db/x',
    'mypostgres',
  ])('leave readable what only holds their letters: %s', (text) => {
    expect(vault({ PASSWORD: 'postgres' }).maskText(text)).toBe(text)
  })
  it.each([
    ['value: postgres', 'value: (masked)'],
    ['password=postgres', 'password=(masked)'],
    ['Invalid value: "postgres": no', 'Invalid value: "(masked)": no'],
    ['it is postgres.', 'it is (masked).'],
    ['{"a":"x\\npostgres"}', '{"a":"x(masked)"}'],
    ['user:postgres@db', 'user:(masked)@db'],
  ])('are masked where they stand alone: %s', (text, expected) => {
    expect(vault({ PASSWORD: 'postgres' }).maskText(text)).toBe(expected)
  })
  it('under a key that names who or where are no secret elsewhere', () => {
    for (const key of ['POSTGRES_USER', 'dbName', 'database', 'redis.host'])
      expect(vault({ [key]: 'postgres' }).maskText('value: postgres')).toBe('value: postgres')
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
  it('nothing without words', () => {
    expect(replaceWords('a b', new Set(), '-')).toBe('a b')
  })
})
