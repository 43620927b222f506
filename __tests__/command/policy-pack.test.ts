/** `preadmit policy pack`: the same bytes for the same files, and the content that directories and git give too. */
import { chmodSync, readFileSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { contentHash } from '../../src/judge/policy/content-hash.ts'
import { directoryTree } from '../../src/source/directory-tree.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { unpackArchive } from '../../src/source/remote/archive.ts'
import { defaultRemoteLimits } from '../../src/source/remote/limits.ts'
import { admissionPolicy, policy, policySet, Sets } from './policy-command.ts'

const sets = new Sets()
afterAll(() => {
  sets.remove()
})
const files = {
  'policyset.yaml': policySet('team/a', 'policies/a.yaml'),
  'policies/a.yaml': admissionPolicy('a', 'true'),
  'tests/a.yaml': 'a: ä\r\n',
  '.policyset.sig': 'signature\n',
  '.github/workflows/x.yaml': 'a: b\n',
}

describe('preadmit policy pack', () => {
  it('gives the same bytes whoever packs the files, and the content that users will see', async () => {
    const [one, other] = [sets.write(files), sets.write(files)]
    chmodSync(join(other, 'policies/a.yaml'), 0o600)
    utimesSync(join(other, 'policyset.yaml'), 1, 1)
    const told = []
    for (const directory of [one, other])
      told.push(await policy('pack', directory, '--out', join(directory, 'set.tgz')))
    expect(told.map(({ status }) => status)).toEqual([0, 0])
    const bytes = readFileSync(join(one, 'set.tgz'))
    expect(readFileSync(join(other, 'set.tgz')).equals(bytes)).toBe(true)

    const unpacked = await unpackArchive(bytes, 'set.tgz', defaultRemoteLimits)
    expect([...unpacked.keys()]).toEqual([
      '.policyset.sig',
      'policies/a.yaml',
      'policyset.yaml',
      'tests/a.yaml',
    ])
    const content = await contentHash(memoryTree(Object.fromEntries(unpacked)), '')
    expect(told[0]?.out).toContain(`team 1.0.0, content ${content}`)
    expect(await contentHash(await directoryTree(sets.write(files), 'set'), '')).toBe(content)

    // The archive of before lies in the set now, and is no part of it.
    await policy('pack', one, '--out', join(one, 'set.tgz'))
    expect(readFileSync(join(one, 'set.tgz')).equals(bytes)).toBe(true)
    writeFileSync(join(one, 'policies/a.yaml'), admissionPolicy('a', 'false'))
    await policy('pack', one, '--out', join(one, 'set.tgz'))
    expect(readFileSync(join(one, 'set.tgz')).equals(bytes)).toBe(false)
  })

  it('packs nothing that its users would refuse', async () => {
    const linked = sets.write(files)
    symlinkSync('a.yaml', join(linked, 'policies/b.yaml'))
    const link = await policy('pack', linked, '--out', join(linked, 'set.tgz'))
    expect([link.status, link.err]).toEqual([2, expect.stringContaining('policies/b.yaml is a symlink')])
    const broken = sets.write({ ...files, 'policyset.yaml': 'apiVersion: x\n' })
    const set = await policy('pack', broken, '--out', join(broken, 'set.tgz'))
    expect([set.status, set.err]).toEqual([2, expect.stringContaining('policyset.yaml:1: ')])
  })
})
