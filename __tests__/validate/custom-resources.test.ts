/** Custom resources with rules, against small definitions of ours: bench/custom-resources takes the real ones. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { folder, validated } from './harness.ts'

const fixtures = join(import.meta.dirname, 'fixtures/custom-resources')
const definitions = join(fixtures, 'definitions.yaml')

describe('definitions with rules', () => {
  it('are accepted as objects', async () => {
    const { documents } = await validated([definitions])
    expect(documents.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted'])
  })
})

describe('samples', async () => {
  const file = join(fixtures, 'samples.yaml')
  const expected = readFileSync(file, 'utf8')
    .split(/^---\n/m)
    .map((part, index) => ({ index, wanted: /^# (.*)$/m.exec(part)?.[1] ?? '' }))
  const { documents } = await validated([file, '--crds', definitions])

  it('are all judged', () => {
    expect(documents).toHaveLength(expected.length)
  })
  it.each(expected)('$index $wanted', ({ index, wanted }) => {
    const { verdict, findings = [] } = documents[index] ?? {}
    const said = findings.map(({ path, message }) => `${path}: ${message}`)
    if (wanted.startsWith('accepted')) {
      expect([verdict, said]).toEqual(['accepted', []])
      return
    }
    const [, path = '', words = ''] = /^refused: (\S+): (.*)$/.exec(wanted) ?? []
    expect(verdict).toBe('rejected')
    // One fault, one finding.
    expect(said).toEqual([expect.stringContaining(words)])
    expect(said[0]?.startsWith(`${path}: `)).toBe(true)
  })
})

describe('updates', () => {
  const release = (spec: string): string =>
    `apiVersion: apps.example.com/v1\nkind: Release\nmetadata: {name: shop}\nspec: {${spec}}\n`
  const update = async (old: string, next: string) => {
    const directory = folder({ 'old.yaml': release(old), 'new.yaml': release(next) })
    const { documents } = await validated(['new.yaml', '--old', 'old.yaml', '--crds', definitions], {
      directory,
    })
    const [document] = documents
    return [document?.verdict, document?.findings.map(({ path, message }) => `${path}: ${message}`)]
  }

  it('obey rules about the old value', async () => {
    expect(
      await update('interval: 5m, chart: a, storage: ssd', 'interval: 5m, chart: a, storage: hdd'),
    ).toEqual(['rejected', [expect.stringMatching(/^spec\.storage: .*storage is immutable/)]])
  })
  it('may set what was not set', async () => {
    expect(await update('interval: 5m, chart: a', 'interval: 5m, chart: a, storage: hdd')).toEqual([
      'accepted',
      [],
    ])
  })
  it('tolerate a fault that was there and did not change', async () => {
    expect(await update('interval: soon, chart: a', 'interval: soon, chart: b')).toEqual(['accepted', []])
  })
  it('do not tolerate one that changed', async () => {
    expect(await update('interval: soon, chart: a', 'interval: later, chart: a')).toEqual([
      'rejected',
      [expect.stringMatching(/^spec\.interval: .*should match/)],
    ])
  })
})
