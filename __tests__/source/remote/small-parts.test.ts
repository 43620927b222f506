import { readFileSync } from 'node:fs'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { createAccess, parseHostPattern } from '../../../src/source/remote/access.ts'
import { addressKind } from '../../../src/source/remote/address.ts'
import { gitUrl, isReferenceName } from '../../../src/source/remote/git-url.ts'
import { lineOf, parseLock, printLock, type LockEntry } from '../../../src/source/remote/lock.ts'
import {
  compareVersions,
  isExactVersion,
  parseConstraint,
} from '../../../src/source/remote/version-constraint.ts'

describe('constraints, against the answers of Masterminds/semver v3 (fixtures/masterminds-constraints.json)', () => {
  // Printed by a Go program that asks semver.NewConstraint and Check for every pair; null: no constraint.
  const facts = JSON.parse(
    readFileSync(new URL('./fixtures/masterminds-constraints.json', import.meta.url), 'utf8'),
  ) as { versions: string[]; constraints: Record<string, string[] | null> }

  it.each(Object.entries(facts.constraints))('%j', (constraint, expected) => {
    const allows = parseConstraint(constraint)
    expect(allows === undefined ? null : facts.versions.filter(allows)).toEqual(expected)
  })

  it('tells exact versions from what can move', () => {
    for (const exact of ['1.2.3', 'v1.2.3', '1.2.3-rc.1', '1.2.3+b'])
      expect(isExactVersion(exact), exact).toBe(true)
    for (const moving of ['', '1', '1.2', '1.x', '^1.2.3', '1.2.3 ', '>=1.2.3', 'latest', '1.2.3.4'])
      expect(isExactVersion(moving), moving).toBe(false)
  })

  it('orders versions as the specification does', () => {
    const sorted = [
      '1.0.0-alpha',
      '1.0.0-alpha.1',
      '1.0.0-alpha.beta',
      '1.0.0-beta.2',
      '1.0.0-beta.11',
      '1.0.0-rc.1',
      '1.0.0',
      '1.2',
      '2.0.0',
    ]
    expect([...sorted].reverse().sort(compareVersions)).toEqual(sorted)
  })

  it('never throws, and answers fast, whatever the text is', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 300 }), fc.string(), (constraint, candidate) => {
        parseConstraint(constraint)?.(candidate)
      }),
    )
    const start = performance.now()
    parseConstraint(`${'1.2.3-'.repeat(40)}!`)
    parseConstraint('9'.repeat(250))
    expect(performance.now() - start).toBeLessThan(200)
  })
})

describe('lock file', () => {
  const digest = `sha256:${'a'.repeat(64)}`
  const entries: LockEntry[] = [
    {
      kind: 'chart',
      url: 'https://charts.example.com/',
      name: 'podinfo',
      wanted: '>=6.5 <7',
      resolved: '6.5.4',
      digest,
    },
    {
      kind: 'chart',
      url: 'https://charts.example.com',
      name: 'podinfo',
      wanted: '',
      resolved: '6.5.4',
      digest,
    },
    { kind: 'oci', url: 'oci://ghcr.io/acme/podinfo', wanted: '6.5.4', resolved: '6.5.4', digest },
    {
      kind: 'git',
      url: 'https://github.com/acme/base',
      wanted: 'main',
      resolved: 'b'.repeat(40),
      digest: '',
    },
    { kind: 'file', url: 'https://example.com/x.yaml', resolved: '', digest },
  ]

  it('is one sorted line for each source, and reads back', () => {
    const text = printLock(entries)
    expect(text).toBe(
      [
        '# What remote sources were when `preadmit lock --update` last looked. One line each, sorted.',
        `chart https://charts.example.com podinfo "" 6.5.4 ${digest}`,
        `chart https://charts.example.com podinfo ">=6.5 <7" 6.5.4 ${digest}`,
        `file https://example.com/x.yaml ${digest}`,
        `git https://github.com/acme/base main ${'b'.repeat(40)}`,
        `oci oci://ghcr.io/acme/podinfo 6.5.4 6.5.4 ${digest}`,
        '',
      ].join('\n'),
    )
    const { lock, problems } = parseLock(text)
    expect(problems).toEqual([])
    expect(lock.entries).toHaveLength(5)
    for (const entry of entries) expect(lock.find(entry)?.digest).toBe(entry.digest)
    expect(
      lock.find({ kind: 'chart', url: 'https://CHARTS.example.com/', name: 'podinfo', wanted: '' })?.resolved,
    ).toBe('6.5.4')
    expect(
      lock.find({ kind: 'chart', url: 'https://charts.example.com', name: 'other', wanted: '' }),
    ).toBeUndefined()
  })

  it('tells the line of what it does not understand, and keeps the rest', () => {
    const { lock, problems } = parseLock(
      [
        '# x',
        '',
        'chart a b',
        lineOf(entries[2]!),
        lineOf(entries[2]!),
        `oci oci://x 1 1 sha256:zz`,
        'git u main abc',
        '"open',
      ].join('\r\n'),
    )
    expect(lock.entries).toHaveLength(1)
    expect(problems.map(({ line }) => line)).toEqual([3, 5, 6, 7, 8])
  })

  it('reads back whatever it prints', () => {
    const word = fc.string({ minLength: 0, maxLength: 20 }).filter((text) => !/[\r\n]/.test(text))
    fc.assert(
      fc.property(word, word, (name, wanted) => {
        const entry: LockEntry = { kind: 'chart', url: 'https://h', name, wanted, resolved: '1.0.0', digest }
        expect(parseLock(printLock([entry])).lock.find(entry)).toEqual(entry)
      }),
    )
  })
})

describe('addresses', () => {
  it.each([
    ['8.8.8.8', 'public'],
    ['2606:4700::1111', 'public'],
    ['::ffff:8.8.8.8', 'public'],
    ['10.1.2.3', 'private'],
    ['172.31.0.1', 'private'],
    ['172.32.0.1', 'public'],
    ['192.168.1.1', 'private'],
    ['100.64.0.1', 'private'],
    ['127.0.0.1', 'private'],
    ['127.255.255.254', 'private'],
    ['::1', 'private'],
    ['fd12::1', 'private'],
    ['::ffff:10.0.0.1', 'private'],
    ['::ffff:7f00:1', 'private'],
    ['64:ff9b::a00:1', 'private'],
    ['2002:a00:1::', 'private'],
    ['169.254.169.254', 'forbidden'],
    ['::ffff:169.254.169.254', 'forbidden'],
    ['::ffff:a9fe:a9fe', 'forbidden'],
    ['64:ff9b::a9fe:a9fe', 'forbidden'],
    ['fd00:ec2::254', 'forbidden'],
    ['fe80::1%eth0', 'forbidden'],
    ['0.0.0.0', 'forbidden'],
    ['::', 'forbidden'],
    ['224.0.0.1', 'forbidden'],
    ['255.255.255.255', 'forbidden'],
    ['ff02::1', 'forbidden'],
    ['no address', 'forbidden'],
  ])('%s is %s', (address, kind) => {
    expect(addressKind(address)).toBe(kind)
  })
})

describe('allowed hosts', () => {
  const allows = (pattern: string, url: string): boolean =>
    createAccess({ allow: [pattern], private: [], credentials: [], environment: {} }).allows(new URL(url))
  it.each([
    ['charts.example.com', 'https://charts.example.com/x', true],
    ['charts.example.com', 'https://CHARTS.example.com./x', true],
    ['charts.example.com', 'https://charts.example.com:8443/x', false],
    ['charts.example.com', 'http://charts.example.com/x', false],
    ['charts.example.com', 'https://evil-charts.example.com/x', false],
    ['charts.example.com', 'https://charts.example.com.evil.org/x', false],
    ['charts.example.com', 'https://charts.example.com@evil.org/x', false],
    ['*.example.com', 'https://a.b.example.com/x', true],
    ['*.example.com', 'https://example.com/x', false],
    ['*.example.com', 'https://evilexample.com/x', false],
    ['ghcr.io/acme', 'https://ghcr.io/acme/x', true],
    ['ghcr.io/acme', 'https://ghcr.io/acme', true],
    ['ghcr.io/acme', 'https://ghcr.io/acme-evil/x', false],
    ['ghcr.io/acme', 'https://ghcr.io/acme/../evil', false],
    ['ghcr.io/acme', 'https://ghcr.io/acme/%2e%2e/evil', false],
    ['ghcr.io/acme', 'https://ghcr.io/acme/x%2f..%2fevil', false],
    ['http://localhost:5000', 'http://localhost:5000/x', true],
    ['http://localhost:5000', 'https://localhost:5000/x', false],
  ])('%s and %s: %s', (pattern, url, expected) => {
    expect(allows(pattern, url)).toBe(expected)
  })

  it.each(['', '*', '*.*', 'ftp://x', 'a b', 'x?y', 'user@host', '*.'])('%j is no pattern', (text) => {
    expect(parseHostPattern(text)).toBeUndefined()
  })
})

describe('URLs of repositories', () => {
  it.each([
    ['https://github.com/acme/base.git', 'https://github.com/acme/base.git'],
    ['git@github.com:acme/base', 'https://github.com/acme/base'],
    ['ssh://git@ssh.github.com:443/acme/base.git', 'https://github.com/acme/base.git'],
    ['git::https://github.com/acme/base', 'https://github.com/acme/base'],
    ['https://git@host/acme/base/?x=y#z', 'https://host/acme/base'],
  ])('%s is fetched from %s', (text, url) => {
    expect(gitUrl(text).href).toBe(url)
  })

  it('takes names that git takes, and none that is an option', () => {
    for (const name of ['main', 'v1.2.3', 'release/1.0', 'feature_x', '1.0'])
      expect(isReferenceName(name), name).toBe(true)
    for (const name of [
      '',
      '-x',
      '--upload-pack=x',
      'a..b',
      'a b',
      'a:b',
      'a~1',
      'a^',
      'x.lock',
      '/a',
      'a/',
      '@',
      'a\n',
      'a@{1}',
    ])
      expect(isReferenceName(name), name).toBe(false)
  })
})
