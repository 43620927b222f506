import fc from 'fast-check'
import { afterAll, describe, expect, it } from 'vitest'
import { compare } from '../../src/compare/compare.ts'
import { unifiedHunks } from '../../src/compare/hunks.ts'
import { vaultOf } from '../../src/compare/secrets.ts'
import { judgeChanges } from '../../src/judge/judge-changes.ts'
import { loadPolicies } from '../../src/judge/policy/source.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'
import { deployment, pair, secret } from '../compare/objects.ts'
import { configuration } from './configuration.ts'
import { shippedEngines } from './engines.ts'
import { schemas } from './schema/support.ts'

const engines = shippedEngines()
afterAll(() => engines.close())
const canary = 'Canary-4711/x y'

/** Places that the API server, the schema or a policy quotes when something is wrong with them. */
const places: readonly ((value: string) => JsonObject)[] = [
  (value) => deployment('api', { containers: [{ name: value, image: 'x:1' }] }),
  (value) => deployment('api', { containers: [{ name: 'a', image: 'x:1', imagePullPolicy: value }] }),
  (value) => deployment('api', { containers: [{ name: 'a', image: 'x:1', env: [{ name: 'A', value }] }] }),
  (value) => deployment('api', { containers: [{ name: 'a', image: 'x:1', ports: value }] }),
  (value) => deployment('api', {}, { labels: { a: value } }),
  (value) => deployment('api', {}, { annotations: { 'last-applied': JSON.stringify({ a: value }) } }),
  (value) => ({ ...deployment('api', {}), [value]: 1 }),
  (value) => ({ ...secret('other', {}), data: { A: value } }),
  (value) => ({ ...secret('other', {}), type: value, stringData: { A: value } }),
]
const writings: readonly ((value: string) => string)[] = [
  (value) => value,
  (value) => `https://user:${value}@host/`,
  (value) => `a ${value} b`,
  (value) => Buffer.from(value).toString('base64'),
]

describe('no secret leaves compare and judge', () => {
  it('wherever a copy stands, on either side', async () => {
    const tree = memoryTree({})
    const settings = configuration()
    const policies = await loadPolicies(tree, settings, engines)
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...places),
        fc.constantFrom(...places),
        fc.constantFrom(...writings),
        fc.boolean(),
        async (before, after, write, keep) => {
          const holder = secret('keys', { TOKEN: canary })
          const pairs = [
            pair(
              'app',
              [before(write('harmless-value')), holder],
              [after(write(canary)), ...(keep ? [holder] : [])],
            ),
          ]
          const changes = compare(pairs)
          const vault = vaultOf(pairs)
          const judgement = await judgeChanges({
            pairs,
            changes,
            policies,
            configuration: settings,
            engines,
            schemas,
            base: tree,
            exemptions: { exemptions: [], problems: [] },
            shipped: [],
            everything: false,
            now: 0,
            repository: { base: [], head: [], notChecked: [] },
            locate: (queries) => Promise.resolve(queries.map(() => undefined)),
          })
          const out = JSON.stringify([
            judgement,
            changes.map((change) => [unifiedHunks(change, vault), vault.maskDifferences(change)]),
          ])
          expect(out).not.toContain('Canary-4711')
          expect(out).not.toContain(Buffer.from(canary).toString('base64').slice(0, 12))
        },
      ),
      { numRuns: 60 },
    )
  })
})
