import { describe, expect, it } from 'vitest'
import {
  compileGlob,
  compileNameGlob,
  coveredByAny,
  globProblem,
  nameGlobProblem,
} from '../../src/config/glob.ts'

describe('compileGlob', () => {
  it.each<[pattern: string, path: string, matches: boolean, covers: boolean]>([
    ['apps', 'apps', true, true],
    ['apps', 'apps/a.yaml', false, true],
    ['apps', 'apps-old/a.yaml', false, false],
    ['apps', 'x/apps', false, false],
    ['./apps/', 'apps/a', false, true],
    ['.', 'a.yaml', false, true],
    ['.', 'a/b.yaml', false, true],
    ['*', 'a', true, true],
    ['*', 'a/b', false, true],
    ['*.yaml', 'a.yaml', true, true],
    ['*.yaml', '.yaml', true, true],
    ['*.yaml', 'a/b.yaml', false, false],
    ['*.yaml', 'a.yaml.bak', false, false],
    ['apps/*', 'apps/web/a.yaml', false, true],
    ['apps/*', 'apps', false, false],
    ['apps/*/prod', 'apps/web/prod/x', false, true],
    ['apps/*/prod', 'apps/web/eu/prod', false, false],
    ['a*b*c', 'a-b-b-c', true, true],
    ['a*b*c', 'a-b-b-', false, false],
    ['a?c', 'abc', true, true],
    ['a?c', 'a/c', false, false],
    ['a?c', 'a\u{1F600}c', true, true],
    ['**', 'a/b/c', true, true],
    ['**/testdata', 'testdata', true, true],
    ['**/testdata', 'a/b/testdata/x', false, true],
    ['**/testdata', 'a/mytestdata', false, false],
    ['**/*.yaml', 'a.yaml', true, true],
    ['**/*.yaml', 'a/b/c.yaml', true, true],
    ['a/**/b', 'a/b', true, true],
    ['a/**/b', 'a/x/y/b', true, true],
    ['a/**/b', 'ab', false, false],
    ['a/**', 'a/x/y', true, true],
    ['a/**', 'a', false, false],
    ['a/**/b/**/c', 'a/b/b/x/c', true, true],
    ['{a,b}', 'a', true, true],
    ['{a,b}/x', 'b/x', true, true],
    ['{a,b}/x', 'c/x', false, false],
    ['{a,{b,c}d}/x', 'cd/x', true, true],
    ['{a/b,c}/x', 'a/b/x', true, true],
    ['x{,y}', 'x', true, true],
    ['x{,y}', 'xy', true, true],
    ['\\*', '*', true, true],
    ['\\*', 'a', false, false],
    ['\\{a,b\\}', '{a,b}', true, true],
    ['\\[x\\]', '[x]', true, true],
    ['a.b', 'axb', false, false],
    ['(a|b)+', 'a', false, false],
    ['A', 'a', false, false],
  ])('%s on %s', (pattern, path, matches, covers) => {
    const glob = compileGlob(pattern)
    expect(glob.matches(path)).toBe(matches)
    expect(glob.covers(path)).toBe(covers)
  })

  it('takes time in proportion on what makes others explode (T40)', () => {
    const forty = compileGlob('a*'.repeat(40) + 'b')
    const deep = compileGlob('**/a/'.repeat(40) + 'b')
    const started = performance.now()
    expect(forty.matches('a'.repeat(1024))).toBe(false)
    expect(deep.matches('a/'.repeat(500) + 'a')).toBe(false)
    expect(forty.matches('a'.repeat(1024) + 'b')).toBe(true)
    // A backtracking matcher needs longer than the age of the universe; this one a few milliseconds.
    expect(performance.now() - started).toBeLessThan(2000)
  })
})

describe('compileNameGlob', () => {
  it.each([
    ['prod*', 'prod-eu', true],
    ['prod*', 'preprod', false],
    ['*-{prod,live}', 'eu-live', true],
    ['https://*', 'https://10.0.0.1:6443/x', true],
    ['arn:*/prod?', 'arn:aws:eks:eu-west-1:1:cluster/prod1', true],
  ])('%s on %s', (pattern, name, expected) => {
    expect(compileNameGlob(pattern).matches(name)).toBe(expected)
  })
})

describe('coveredByAny', () => {
  it('is true for any of them and false for none', () => {
    expect(coveredByAny(['a', 'b/*'])('b/c/d')).toBe(true)
    expect(coveredByAny(['a', 'b/*'])('b')).toBe(false)
    expect(coveredByAny([])('a')).toBe(false)
  })
})

describe('globProblem', () => {
  it.each<[pattern: string, problem: RegExp | undefined]>([
    ['apps/**/x', undefined],
    ['', /is empty/],
    ['/apps', /starts with \//],
    ['../x', /leaves the repository/],
    ['a/../../x', /leaves the repository/],
    ['{a,..}/x', /leaves the repository/],
    ['a**', /stands alone/],
    ['{a,b*}*', /stands alone/],
    ['a[bc]', /\[ \]/],
    ['a\\', /ends in a lone/],
    ['a\\/b', /before a slash/],
    ['a\\\\', undefined],
    ['{a', /without its/],
    ['a}', /without its/],
    ['{a,b}'.repeat(6), undefined],
    ['{a,b}'.repeat(7), /64 alternatives/],
    ['{a,b}'.repeat(200), /64 alternatives/],
    ['x'.repeat(1025), /longer than 1024/],
  ])('%s', (pattern, problem) => {
    const found = globProblem(pattern)
    if (problem === undefined) expect(found).toBeUndefined()
    else {
      expect(found).toMatch(problem)
      expect(() => compileGlob(pattern)).toThrow(RangeError)
    }
  })
  it('takes any slash in names', () => {
    expect(nameGlobProblem('/x/../y')).toBeUndefined()
    expect(nameGlobProblem('')).toMatch(/is empty/)
  })
})
