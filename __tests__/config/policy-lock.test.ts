import { describe, expect, it } from 'vitest'
import {
  moveProblem,
  parseLockedSet,
  parsePolicyLock,
  printPolicyLock,
} from '../../src/config/policy-lock.ts'

const git = (tag: string, digit = '1'): string =>
  `https://git.example/acme/policies:${tag}@${digit.repeat(40)}`
const oci = (tag: string, digit = '1'): string =>
  `oci://r.example:5000/acme/policies:${tag}@sha256:${digit.repeat(64)}`

describe('the lock of policy sets', () => {
  it('is read as it is written', () => {
    const { sets, problems } = parsePolicyLock(`# head\n${oci('1.3.0')}\r\n\n${git('v1.0.0')}\n`)
    expect(problems).toEqual([])
    expect(sets.map(({ source, tag, line }) => [source, tag, line])).toEqual([
      ['oci://r.example:5000/acme/policies', '1.3.0', 2],
      ['https://git.example/acme/policies', 'v1.0.0', 4],
    ])
    expect(parsePolicyLock(printPolicyLock(sets)).sets).toHaveLength(2)
  })
  it.each([
    'x',
    'https://git.example/p:v1@main',
    `oci://r/p:1@${'1'.repeat(40)}`,
    `ssh://git.example/p:v1@${'1'.repeat(40)}`,
    `https://git.example/p:-x@${'1'.repeat(40)}`,
    `https://git.example/p@${'1'.repeat(40)}`,
  ])('%s is no line', (line) => {
    expect(parseLockedSet(line)).toBeUndefined()
    expect(parsePolicyLock(line).problems).toEqual([{ line: 1, message: 'is no name:tag@digest' }])
  })
  it('one source has one line', () => {
    expect(parsePolicyLock(`${git('v1.0.0')}\n${git('v1.1.0', '2')}\n`).problems).toHaveLength(1)
  })
  it.each([
    ['v1.0.0', '1', 'v1.1.0', '2', undefined],
    ['v1.1.0', '1', 'v1.0.9', '2', 'back'],
    ['v1.0.0', '1', 'v1.0.0', '2', 'swapped'],
    ['v1.0.0', '1', 'v1.0.0', '1', undefined],
    ['1.0.0', '1', 'v1.0.0', '2', 'swapped'],
    ['1.0.0', '1', '1.0.0-rc.1', '2', 'back'],
    ['nightly', '1', 'stable', '2', undefined],
    ['nightly', '1', 'v1.0.0', '2', undefined],
    ['v1.0.0', '1', 'nightly', '2', 'unordered'],
    ['v1.0.0', '1', 'x-9.9', '2', 'unordered'],
    ['release-1.0', '1', 'release-0.9', '2', 'back'],
  ] as const)('%s@%s to %s@%s: %s', (from, a, to, b, expected) => {
    const [before, after] = [parseLockedSet(git(from, a)), parseLockedSet(git(to, b))]
    if (before === undefined || after === undefined) throw new Error('no line')
    expect(moveProblem(before, after)).toBe(expected)
  })
})
