/** The patterns for Renovate in docs/policy-sets.md, on what `preadmit policy lock` writes. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { policyLockPath, printPolicyLock } from '../../src/config/policy-lock.ts'

interface Manager {
  readonly managerFilePatterns: readonly string[]
  readonly matchStrings: readonly string[]
  readonly datasourceTemplate: string
}

const page = readFileSync(join(import.meta.dirname, '../../docs/policy-sets.md'), 'utf8')
const block = /```json\n(?<json>[\s\S]*?)```/.exec(page)?.groups?.['json'] ?? '{}'
const { customManagers } = JSON.parse(block) as { customManagers: readonly Manager[] }
const digest = `sha256:${'a'.repeat(64)}`
const commit = 'b'.repeat(40)

it('find every line of a lock, and change one version', () => {
  const lock = printPolicyLock([
    { source: 'oci://ghcr.io/acme/policies', tag: '1.3.0', digest },
    { source: 'oci://registry.example:5000/acme/policies', tag: '1.4.0-rc.1', digest },
    { source: 'https://git.example:8443/acme/policies.git', tag: 'v2.0.1', digest: commit },
  ])
  const found = customManagers.flatMap(({ matchStrings, datasourceTemplate }) =>
    matchStrings.flatMap((pattern) =>
      [...lock.matchAll(new RegExp(pattern, 'g'))].map(({ groups = {} }) => [
        datasourceTemplate,
        groups['depName'],
        groups['currentValue'],
        groups['currentDigest'],
      ]),
    ),
  )
  expect(found).toEqual([
    ['docker', 'ghcr.io/acme/policies', '1.3.0', digest],
    ['docker', 'registry.example:5000/acme/policies', '1.4.0-rc.1', digest],
    ['git-tags', 'https://git.example:8443/acme/policies.git', 'v2.0.1', commit],
  ])
  for (const { managerFilePatterns } of customManagers)
    for (const pattern of managerFilePatterns)
      expect(new RegExp(pattern.slice(1, -1)).test(policyLockPath)).toBe(true)
})
