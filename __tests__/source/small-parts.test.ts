import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createBatchParser, type GitObject } from '../../src/source/batch-parser.ts'
import { parseCommit } from '../../src/source/commit-object.ts'
import { SourceError } from '../../src/source/errors.ts'
import { failureOf } from '../../src/source/git.ts'
import { fetchEnvironment, gitEnvironment, withSettings } from '../../src/source/git-environment.ts'
import { isLfsPointer } from '../../src/source/lfs-pointer.ts'
import { comparePaths, decodePath, encodePath } from '../../src/source/path-bytes.ts'
import { withoutCredentials } from '../../src/source/remote-url.ts'

describe('paths as strings', () => {
  it.each<[name: string, bytes: number[], text: string]>([
    ['plain', [0x61, 0x2f, 0x62], 'a/b'],
    ['two bytes', [0xc3, 0xa9], 'é'],
    ['a byte order mark', [0xef, 0xbb, 0xbf, 0x61], '\uFEFFa'],
    ['Latin-1', [0x61, 0xe9], 'a\udce9'],
    ['overlong', [0xc0, 0xaf], '\udcc0\udcaf'],
    ['a surrogate in UTF-8', [0xed, 0xa0, 0x80], '\udced\udca0\udc80'],
    ['a cut sequence', [0xf0, 0x9f, 0x98], '\udcf0\udc9f\udc98'],
  ])('%s', (_, bytes, text) => {
    expect(decodePath(Uint8Array.from(bytes))).toBe(text)
    expect([...encodePath(text)]).toEqual(bytes)
  })
  it('come back as the same bytes', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
        expect([...encodePath(decodePath(bytes))]).toEqual([...bytes])
      }),
    )
  })
  it('are ordered as their bytes are', () => {
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.string({ unit: 'grapheme', maxLength: 4 }).map((text) => new Uint8Array(Buffer.from(text))),
    )
    fc.assert(
      fc.property(bytes, bytes, (a, b) => {
        expect(Math.sign(comparePaths(decodePath(a), decodePath(b)))).toBe(Buffer.compare(a, b))
      }),
    )
  })
})

describe('createBatchParser', () => {
  const id = 'a'.repeat(40)
  const output = Buffer.from(
    `${id} blob 5\nhello\n${id} missing\n${id} blob 0\n\n${id} blob 11\nover\nlimit!\n${id} commit 3\nx\n\n\n${id} tree 2\n\n\n\n`,
  )
  const expected = [
    { type: 'blob', content: 'hello' },
    { refused: 'missing-object' },
    { type: 'blob', content: '' },
    { refused: 'too-large' },
    { type: 'commit', content: 'x\n\n' },
    { type: 'tree', content: '\n\n' },
  ]
  const parse = (chunks: readonly Uint8Array[]): unknown[] => {
    const found: GitObject[] = []
    const feed = createBatchParser(
      () => 10,
      (object) => found.push(object),
    )
    for (const chunk of chunks) feed(chunk)
    return found.map((object) =>
      'refused' in object ? object : { ...object, content: Buffer.from(object.content).toString() },
    )
  }
  it('takes the output apart', () => {
    expect(parse([output])).toEqual(expected)
  })
  it('takes it in any chunks', () => {
    fc.assert(
      fc.property(fc.array(fc.nat({ max: output.length }), { maxLength: 30 }), (cuts) => {
        const edges = [0, ...cuts.sort((a, b) => a - b), output.length]
        expect(parse(edges.slice(1).map((edge, n) => output.subarray(edges[n], edge)))).toEqual(expected)
      }),
    )
  })
})

describe('parseCommit', () => {
  const t = '1'.repeat(40)
  it.each<[name: string, text: string, expected: object]>([
    [
      'a root',
      `tree ${t}\nauthor A <a@b> 5 +0000\ncommitter C <c@d> 1700000100 +0200\n\nmessage\nparent x\n`,
      { tree: t, parents: [], time: 1_700_000_100 },
    ],
    [
      'a merge',
      `tree ${t}\nparent ${'2'.repeat(40)}\nparent ${'3'.repeat(40)}\ncommitter C <c> 7 -0100\n\n`,
      { tree: t, parents: ['2'.repeat(40), '3'.repeat(40)], time: 7 },
    ],
    [
      'a signed one',
      `tree ${t}\ncommitter C <c> 7 +0000\ngpgsig -----BEGIN\n parent x\n committer y 9 +0000\n\nm`,
      { tree: t, parents: [], time: 7 },
    ],
    [
      'a name that looks like a time',
      `tree ${t}\ncommitter 99 +0000 <1 +0000> 8 +0000\n\n`,
      { tree: t, parents: [], time: 8 },
    ],
    ['before 1970', `tree ${t}\ncommitter C <c> -5 +0000\n\n`, { tree: t, parents: [], time: -5 }],
    ['without a time', `tree ${t}\ncommitter C <c>\n\n`, { tree: t, parents: [], time: 0 }],
  ])('%s', (_, text, expected) => {
    expect(parseCommit(Buffer.from(text))).toEqual(expected)
  })
})

describe('isLfsPointer', () => {
  it.each<[name: string, text: string, expected: boolean]>([
    ['the specification', 'version https://git-lfs.github.com/spec/v1\noid sha256:x\nsize 1\n', true],
    ['its first name', 'version http://git-media.io/v/2\noid sha256:x\nsize 1\n', true],
    ['CRLF', 'version https://git-lfs.github.com/spec/v1\r\noid x\r\n', true],
    ['another version', 'version https://git-lfs.github.com/spec/v10\noid x\n', false],
    ['only the beginning', 'version https://git-lfs.github.com/spec/v1', false],
    ['1,024 bytes', 'version https://git-lfs.github.com/spec/v1\n'.padEnd(1024, 'x'), false],
    ['1,023 bytes', 'version https://git-lfs.github.com/spec/v1\n'.padEnd(1023, 'x'), true],
    ['a manifest', 'kind: Pod\n', false],
    ['nothing', '', false],
  ])('%s', (_, text, expected) => {
    expect(isLfsPointer(Buffer.from(text))).toBe(expected)
  })
})

describe('gitEnvironment', () => {
  const outside = {
    PATH: '/bin',
    HOME: '/h',
    LANG: 'de',
    GIT_DIR: '.git',
    GIT_TRACE: '1',
    GIT_EXTERNAL_DIFF: 'x',
    GIT_CONFIG_COUNT: '1',
    GIT_CONFIG_KEY_0: 'safe.directory',
    GIT_CONFIG_VALUE_0: '*',
    GIT_ATTR_SOURCE: 'x',
    GIT_ALLOW_PROTOCOL: 'ext',
  }
  const clean = gitEnvironment(outside, undefined)
  it('keeps what tells git about its user and drops the rest', () => {
    expect(clean).toMatchObject({
      PATH: '/bin',
      HOME: '/h',
      GIT_CONFIG_COUNT: '1',
      GIT_CONFIG_KEY_0: 'safe.directory',
      LC_ALL: 'C',
      GIT_TERMINAL_PROMPT: '0',
      GIT_NO_LAZY_FETCH: '1',
      GIT_ALLOW_PROTOCOL: 'none',
    })
    for (const name of ['GIT_DIR', 'GIT_TRACE', 'GIT_EXTERNAL_DIFF', 'GIT_ATTR_SOURCE'])
      expect(clean).not.toHaveProperty(name)
  })
  it('keeps where a hook says the repository is, made absolute', () => {
    expect(gitEnvironment(outside, '/repo')['GIT_DIR']).toBe('/repo/.git')
  })
  it('never allows ext', () => {
    expect(fetchEnvironment(clean)['GIT_ALLOW_PROTOCOL']?.split(':')).not.toContain('ext')
  })
  it('adds settings to those that are there', () => {
    expect(withSettings(clean, [['filter.a=b.clean', '']])).toMatchObject({
      GIT_CONFIG_COUNT: '2',
      GIT_CONFIG_KEY_0: 'safe.directory',
      GIT_CONFIG_KEY_1: 'filter.a=b.clean',
      GIT_CONFIG_VALUE_1: '',
    })
  })
})

describe('withoutCredentials', () => {
  it.each([
    ['https://u:p@h/x', 'https://h/x'],
    ['https://p@h/x', 'https://h/x'],
    ['https://u:p@ss@h/x', 'https://h/x'],
    ['https://h/x@y', 'https://h/x@y'],
    ['https://h?x=a@b', 'https://h?x=a@b'],
    ['git@h:x/y', 'git@h:x/y'],
    ['ssh://git@h/x', 'ssh://git@h/x'],
  ])('%s', (url, expected) => {
    expect(withoutCredentials(url)).toBe(expected)
  })
})

describe('failureOf', () => {
  it.each<[name: string, errors: string, code: string, text: RegExp]>([
    ['anything', 'warning: x\nfatal: bad thing\n', 'git-failed', /git ls-tree failed: fatal: bad thing/],
    ['nothing', '', 'git-failed', /git ls-tree failed/],
    ['control characters', 'fatal: \u001b[31m\u0007x', 'git-failed', /fatal: \?\[31m\?x/],
    ['a partial clone', 'fatal: could not fetch x from promisor remote', 'missing-object', /--no-filter/],
    [
      'ownership',
      "fatal: detected dubious ownership in repository at '/x'",
      'dubious-ownership',
      /safe\.directory \/here/,
    ],
  ])('%s', (_, errors, code, text) => {
    const failure = failureOf(['ls-tree', '-r'], errors, '/here')
    expect(failure).toBeInstanceOf(SourceError)
    expect(failure.code).toBe(code)
    expect(failure.message).toMatch(text)
  })
})
