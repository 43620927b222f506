import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root, validated } from './harness.ts'

const directory = join(root, 'engines/admission/testdata/faults')
const crds = join(directory, 'crds.json')

interface Case {
  readonly id: string
  readonly files: readonly string[]
  readonly verdict: 'accepted' | 'rejected'
  readonly field: string | null
}
const cases = JSON.parse(readFileSync(join(directory, 'index.json'), 'utf8')) as Case[]

describe('what a real API server said', () => {
  it('creates, all in one run', async () => {
    const creates = cases.filter(({ files }) => files.length === 1)
    expect(creates.length).toBeGreaterThan(20)
    const { documents } = await validated([
      ...creates.map(({ files }) => join(directory, files[0] ?? '')),
      '--crds',
      crds,
    ])
    expect(documents.map(({ file, verdict }) => [file, verdict])).toEqual(
      creates.map(({ files, verdict }) => [join(directory, files[0] ?? ''), verdict]),
    )
    expect(documents.every(({ operation }) => operation === 'CREATE')).toBe(true)
  })

  const updates = cases.filter(({ files }) => files.length === 2)
  it.each(updates)('update $id', async ({ files, verdict }) => {
    const [old = '', next = ''] = files.map((file) => join(directory, file))
    const { documents } = await validated([next, '--old', old, '--crds', crds])
    expect(documents.map((document) => [document.verdict, document.operation])).toEqual([[verdict, 'UPDATE']])
  })
})

describe('the pull request of the sample', () => {
  it('accepts the manifests of the base and tells fragments from objects', async () => {
    const { documents, validation } = await validated(['examples/fleet/base/apps'])
    expect(documents.filter(({ verdict }) => verdict === 'rejected')).toEqual([])
    expect(validation.counts.accepted).toBeGreaterThan(0)
    const kustomization = documents.find(({ file }) => file.endsWith('overlays/prod-eu/kustomization.yaml'))
    expect(kustomization).toMatchObject({
      verdict: 'unknown',
      skipped: true,
      reason: { code: 'not-an-object' },
    })
  })
})
