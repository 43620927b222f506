import { describe, expect, it } from 'vitest'
import { folder, validated, validatedText } from './harness.ts'

const fine = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: fine}\n'

describe('what no parser reads', () => {
  it.each<[string, string, RegExp, number]>([
    ['no YAML', `${fine}---\nkind: [\n`, /line \d+/, 5],
    ['a duplicate key', 'apiVersion: v1\nkind: ConfigMap\nkind: Secret\n', /already set/, 3],
    ['a tab', 'kind: A\n\tb: c\n', /tab|cannot start/, 2],
    ['a NUL byte', 'kind: A\u0000\n', /NUL/, 1],
  ])('%s is rejected with its line', async (_, text, says, line) => {
    const { documents, status } = await validatedText(text)
    const broken = documents.find(({ verdict }) => verdict === 'rejected')
    expect(status).toBe(1)
    expect(broken?.object).toBeNull()
    expect(broken?.findings).toMatchObject([{ rule: 'render/invalid', location: { file: '-' } }])
    expect(broken?.findings[0]?.message).toMatch(says)
    expect(Math.abs((broken?.findings[0]?.location?.line ?? 0) - line)).toBeLessThanOrEqual(1)
  })

  it('costs the neighbours nothing', async () => {
    const { documents } = await validatedText(`${fine}---\nkind: [\n---\n${fine.replace('fine', 'last')}`)
    expect(documents.map(({ index, verdict }) => [index, verdict])).toEqual([
      [0, 'accepted'],
      [1, 'rejected'],
      [2, 'accepted'],
    ])
  })
})

describe('what is too much', () => {
  it('an alias bomb is a limit, not an answer', async () => {
    const levels = Array.from({ length: 12 }, (_, i) =>
      i === 0
        ? 'a0: &a0 [x,x,x,x,x,x,x,x,x,x]'
        : `a${i}: &a${i} [${Array(10)
            .fill(`*a${i - 1}`)
            .join(',')}]`,
    )
    const directory = folder({
      'bomb.yaml': `${fine}data:\n${levels.map((line) => `  ${line}\n`).join('')}`,
      'fine.yaml': fine,
    })
    const { documents, status } = await validated(['.'], { directory })
    expect(status).toBe(2)
    expect(documents).toMatchObject([
      { file: './bomb.yaml', verdict: 'unknown', reason: { code: 'limit' } },
      { file: './fine.yaml', verdict: 'accepted' },
    ])
  })
  it('anchors and aliases of ordinary size are expanded', async () => {
    const { documents } = await validatedText(
      'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: &n app, labels: {app: *n}}\ndata: {a: *n}\n',
    )
    expect(documents[0]).toMatchObject({ verdict: 'accepted', object: { name: 'app' } })
  })
  it('a ConfigMap over 1 MiB is refused as the server does', async () => {
    const { documents } = await validatedText(`${fine}data: {a: ${'x'.repeat(1_100_000)}}\n`)
    expect(documents[0]?.findings[0]?.message).toMatch(/Too long/)
    expect(JSON.stringify(documents).length).toBeLessThan(5000)
  })
  it('a list of 10,000 elements is judged', async () => {
    const ports = Array.from({ length: 10_000 }, (_, i) => `{name: p${i}, port: ${i + 1}}`).join(', ')
    const { documents } = await validatedText(
      `apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [${ports}]}\n`,
    )
    expect(documents[0]?.verdict).toBe('accepted')
  })
  it('thousands of mistakes are counted and a hundred are shown', async () => {
    const ports = Array.from({ length: 500 }, () => '    - {port: 0, wrong: 1}\n').join('')
    const { documents } = await validatedText(
      `apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec:\n  ports:\n${ports}`,
    )
    expect(documents[0]?.verdict).toBe('rejected')
    expect(documents[0]?.findings).toHaveLength(100)
    expect(documents[0]?.omitted).toBeGreaterThan(1000)
  })
  it('nesting a hundred levels deep is a limit', async () => {
    const { documents } = await validatedText(`${fine}data: ${'{a: '.repeat(150)}1${'}'.repeat(150)}\n`)
    expect(documents[0]).toMatchObject({ verdict: 'unknown', reason: { code: 'limit' } })
  })
})

describe('what has the wrong type everywhere', () => {
  it.each([
    'apiVersion: 1\nkind: []\nmetadata: x\n',
    'apiVersion: v1\nkind: Pod\nmetadata: []\nspec: text\n',
    'apiVersion: v1\nkind: Pod\nmetadata: {name: [a]}\n',
    'apiVersion: apps/v1\nkind: Deployment\nmetadata: null\nspec: null\n',
    'apiVersion: "a/b/c"\nkind: Pod\nmetadata: {name: a}\n',
    'apiVersion: ""\nkind: ""\n',
    'apiVersion: v1\nkind: List\nitems: {a: b}\n',
    'apiVersion: v1\nkind: List\nitems: [null, 1, [], {kind: Pod}]\n',
    'null\n',
  ])('%j has an answer', async (text) => {
    const { documents } = await validatedText(text)
    expect(documents.every(({ verdict }) => verdict !== 'accepted')).toBe(true)
  })
})
