import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { compare } from '../../src/compare/compare.ts'
import { unifiedHunks } from '../../src/compare/hunks.ts'
import { secretKeys, vaultOf } from '../../src/compare/secrets.ts'
import type { JsonObject } from '../../src/model/json.ts'
import type { RenderedPair } from '../../src/model/rendering.ts'
import { configMap, deployment, pair, secret } from './objects.ts'

const canary = 'hunter2-canary'
const base64 = (text: string): string => Buffer.from(text).toString('base64')

/** Everything that the room lets out of a pair. */
function shown(pairs: readonly RenderedPair[]): string {
  const vault = vaultOf(pairs)
  return compare(pairs)
    .map((change) =>
      [
        unifiedHunks(change, vault),
        JSON.stringify(vault.maskDifferences(change)),
        JSON.stringify(secretKeys(change, vault)),
        ...[change.old, change.new].map((side) => side && JSON.stringify(vault.maskObject(side.object))),
      ].join('\n'),
    )
    .join('\n')
}

const holder = secret('keys', { TOKEN: canary })
const app = (env: JsonObject): JsonObject => deployment('api', { containers: [{ name: 'api', env: [env] }] })

const cases: readonly { name: string; base: readonly JsonObject[]; head: readonly JsonObject[] }[] = [
  { name: 'data', base: [], head: [holder] },
  { name: 'stringData', base: [], head: [{ ...holder, data: {}, stringData: { TOKEN: canary } }] },
  { name: 'on the removed side only', base: [holder], head: [] },
  {
    name: 'a look-alike kind',
    base: [],
    head: [{ ...holder, apiVersion: 'acme.example/v1', kind: 'VaultSecret' }],
  },
  { name: 'a kind in odd case', base: [], head: [{ ...holder, kind: 'SECRET' }] },
  {
    name: 'within a List',
    base: [],
    head: [{ apiVersion: 'v1', kind: 'List', metadata: { name: 'x' }, items: [holder] }],
  },
  {
    name: 'a copy in a variable',
    base: [holder, app({ name: 'A', value: 'x' })],
    head: [holder, app({ name: 'A', value: canary })],
  },
  {
    name: 'a copy in the userinfo of a URL',
    base: [app({ name: 'A', value: 'x' })],
    head: [app({ name: 'A', value: `postgres://u:${canary}@db/x` })],
  },
  {
    name: 'a copy in base64, within a longer text',
    base: [holder],
    head: [holder, configMap('c', { auth: base64(`user:${canary}!`), plain: base64(canary) })],
  },
  {
    name: 'last-applied-configuration',
    base: [],
    head: [
      {
        ...holder,
        metadata: {
          name: 'keys',
          namespace: 'shop',
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': JSON.stringify(holder) },
        },
      },
    ],
  },
  {
    name: 'last-applied-configuration that is no JSON',
    base: [],
    head: [
      {
        ...holder,
        metadata: {
          name: 'keys',
          namespace: 'shop',
          annotations: { 'kubectl.kubernetes.io/last-applied-configuration': `{"data": "${base64(canary)}` },
        },
      },
    ],
  },
  {
    name: 'a Secret that becomes a ConfigMap',
    base: [holder],
    head: [configMap('keys', { TOKEN: canary })],
  },
  {
    name: 'a value of several lines',
    base: [secret('keys', { file: `${canary}\nline two\n` })],
    head: [secret('keys', { file: 'x' }), configMap('c', { copy: `${canary}\nline two\n` })],
  },
  {
    name: 'a private key in a ConfigMap',
    base: [],
    head: [
      configMap('c', { pem: `-----BEGIN RSA PRIVATE KEY-----\n${canary}\n-----END RSA PRIVATE KEY-----\n` }),
    ],
  },
]

describe('no secret value leaves the room', () => {
  it.each(cases)('$name', ({ base, head }) => {
    const text = shown([pair('app', base, head)])
    expect(text).not.toContain(canary)
    expect(text).not.toContain(base64(canary).slice(0, 12))
    expect(text).toContain('(masked)')
  })

  it('short values of a Secret that becomes a ConfigMap', () => {
    const text = shown([pair('app', [secret('pin', { PIN: '1357' })], [configMap('pin', { PIN: '1357' })])])
    expect(text).not.toContain('1357')
  })

  it('a value changes, the key says so, of the same length', () => {
    const pairs = [
      pair('app', [secret('s', { A: 'one-one-one', B: 'x' })], [secret('s', { A: 'two-two-two', C: 'x' })]),
    ]
    const [change] = compare(pairs)
    expect(secretKeys(change!, vaultOf(pairs))).toEqual([
      { key: 'A', change: 'changed' },
      { key: 'B', change: 'removed' },
      { key: 'C', change: 'added' },
    ])
  })

  it('a masked copy that changes still shows that it changed', () => {
    const pairs = [
      pair(
        'app',
        [secret('s', { A: 'first-value', B: 'other-value' }), app({ name: 'A', value: 'first-value' })],
        [secret('s', { A: 'first-value', B: 'other-value' }), app({ name: 'A', value: 'other-value' })],
      ),
    ]
    const hunks = compare(pairs).map((change) => unifiedHunks(change, vaultOf(pairs)))
    expect(hunks.join('\n')).toMatch(/-\s+value: \(masked\)\n\+\s+value: \(masked\) \(changed\)/)
  })

  it('anywhere, in any form', () => {
    fc.assert(
      fc.property(
        fc
          .string({ minLength: 6, maxLength: 40 })
          .filter((text) => text.trim().length >= 6 && !/^[\s"\\()a-z -]+$/.test(text)),
        fc.constantFrom<(text: string) => string>(
          (text) => text,
          (text) => `before ${text} after`,
          (text) => JSON.stringify({ a: text }),
          (text) => base64(text),
          (text) => base64(`x${text}y`),
          (text) => encodeURIComponent(text.trim()),
        ),
        (value, write) => {
          const copy = write(value)
          const text = JSON.stringify(
            vaultOf([pair('a', [secret('s', { value })], [])]).mask({ at: [{ b: copy }] }),
          )
          expect(text).toContain('(masked)')
          expect(text).not.toContain(JSON.stringify(value).slice(1, -1))
        },
      ),
      { numRuns: 500 },
    )
  })

  it.each([
    [
      'SealedSecret',
      {
        apiVersion: 'bitnami.com/v1alpha1',
        kind: 'SealedSecret',
        metadata: { name: 's' },
        spec: { encryptedData: { A: 'AgBciphertext' } },
      },
    ],
    [
      'ExternalSecret',
      {
        apiVersion: 'external-secrets.io/v1',
        kind: 'ExternalSecret',
        metadata: { name: 's' },
        spec: { data: [{ secretKey: 'AgBciphertext' }] },
      },
    ],
  ])('what holds no value is shown: %s', (_, object) => {
    expect(shown([pair('app', [], [object])])).toContain('AgBciphertext')
  })
})
