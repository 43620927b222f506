import fc from 'fast-check'
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

/** A definition of one kind whose spec has this schema, as JSON, which is YAML. */
function definition(kind: string, spec: object): string {
  const plural = `${kind.toLowerCase()}s`
  return JSON.stringify({
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.bad.example` },
    spec: {
      group: 'bad.example',
      scope: 'Namespaced',
      names: { plural, singular: kind.toLowerCase(), kind },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: { type: 'object', properties: { spec } } },
        },
      ],
    },
  })
}
const resource = (kind: string, spec: unknown): string =>
  JSON.stringify({ apiVersion: 'bad.example/v1', kind, metadata: { name: 'a' }, spec })

describe('definitions that ask too much', () => {
  it('a rule over its budget is refused, and says so', async () => {
    const costly = definition('Costly', {
      type: 'object',
      properties: {
        numbers: { type: 'array', maxItems: 2000, items: { type: 'integer' } },
      },
      'x-kubernetes-validations': [
        // The estimate passes only because the outer list is read once; the evaluation does not.
        { rule: 'self.numbers.all(a, self.numbers.all(b, self.numbers.exists(c, a + b + c >= 0)))' },
      ],
    })
    const numbers = Array.from({ length: 2000 }, (_, i) => i)
    const { documents } = await validatedText(`${costly}\n---\n${resource('Costly', { numbers })}`)
    const [own, object] = documents
    expect(own?.verdict).toBe('rejected')
    expect(own?.findings.map(({ message }) => message).join('\n')).toMatch(
      /estimated rule cost exceeds budget/,
    )
    expect(object?.verdict).toBe('rejected')
    expect(object?.findings.map(({ message }) => message).join('\n')).toMatch(
      /cost budget|call cost exceeds limit/,
    )
  })
  it('a schema that refers to itself is refused', async () => {
    const spec = { type: 'object', properties: { next: { $ref: '#/properties/spec' } } }
    const { documents } = await validatedText(
      `${definition('Recursive', spec)}\n---\n${resource('Recursive', { next: { next: {} } })}`,
    )
    expect(documents[0]?.verdict).toBe('rejected')
    expect(documents[0]?.findings[0]?.path).toMatch(/properties\[next\]\.\$ref$/)
    expect(documents[1]?.verdict).not.toBe('accepted')
  })
  it('a definition of two megabytes is judged, and what it defines', async () => {
    const properties = Object.fromEntries(
      Array.from({ length: 4000 }, (_, i) => [
        `field${i}`,
        { type: 'string', description: 'x'.repeat(430), maxLength: 10 },
      ]),
    )
    const text = definition('Large', { type: 'object', properties })
    expect(text.length).toBeGreaterThan(2_000_000)
    const { documents } = await validatedText(
      `${text}\n---\n${resource('Large', { field3999: 'y'.repeat(11) })}\n---\n${resource('Large', { field3999: 'y' })}`,
    )
    expect(documents.map(({ verdict }) => verdict)).toEqual(['accepted', 'rejected', 'accepted'])
    expect(documents[1]?.findings.map(({ path }) => path)).toEqual(['spec.field3999'])
  })
  it('ten thousand entries of a set and of a map are told apart', async () => {
    const lists = definition('Lists', {
      type: 'object',
      properties: {
        set: { type: 'array', 'x-kubernetes-list-type': 'set', items: { type: 'string' } },
        map: {
          type: 'array',
          'x-kubernetes-list-type': 'map',
          'x-kubernetes-list-map-keys': ['name'],
          items: { type: 'object', required: ['name'], properties: { name: { type: 'string' } } },
        },
      },
    })
    const names = Array.from({ length: 10_000 }, (_, i) => `n${i}`)
    const entries = names.map((name) => ({ name }))
    const { documents } = await validatedText(
      [
        lists,
        resource('Lists', { set: names, map: entries }),
        resource('Lists', { set: [...names, 'n7'], map: [...entries, { name: 'n8' }] }),
      ].join('\n---\n'),
    )
    expect(documents.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted', 'rejected'])
    expect(documents[2]?.findings.map(({ path }) => path)).toEqual(['spec.map[10000]', 'spec.set[10000]'])
  })
  it('ninety levels of what keeps unknown fields are judged', async () => {
    const open = definition('Open', { type: 'object', 'x-kubernetes-preserve-unknown-fields': true })
    const deep = Array.from({ length: 90 }).reduce<unknown>((inner) => ({ a: inner }), 'end')
    const { documents } = await validatedText(`${open}\n---\n${resource('Open', deep)}`)
    expect(documents.map(({ verdict }) => verdict)).toEqual(['accepted', 'accepted'])
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

describe('any value anywhere', () => {
  const valid: readonly object[] = [
    {
      apiVersion: 'apps/v1',
      kind: 'Deployment',
      metadata: { name: 'a', labels: { app: 'a' } },
      spec: {
        selector: { matchLabels: { app: 'a' } },
        template: {
          metadata: { labels: { app: 'a' } },
          spec: { containers: [{ name: 'a', image: 'a:1', ports: [{ containerPort: 80 }] }], volumes: [] },
        },
      },
    },
    { apiVersion: 'v1', kind: 'Service', metadata: { name: 'a' }, spec: { ports: [{ port: 80 }] } },
    { apiVersion: 'v1', kind: 'Secret', metadata: { name: 'a' }, data: { a: 'YQ==' } },
    {
      apiVersion: 'policy/v1',
      kind: 'PodDisruptionBudget',
      metadata: { name: 'a' },
      spec: { minAvailable: 1, selector: { matchLabels: { app: 'a' } } },
    },
    {
      apiVersion: 'networking.k8s.io/v1',
      kind: 'NetworkPolicy',
      metadata: { name: 'a' },
      spec: { podSelector: {}, ingress: [{ from: [{ ipBlock: { cidr: '10.0.0.0/8' } }] }] },
    },
  ]

  it('is accepted or rejected, and never breaks the engine', async () => {
    const paths = valid.map((object) => placesOf(object))
    const mutation = fc
      .tuple(fc.nat(valid.length - 1), fc.nat(), fc.jsonValue({ maxDepth: 2 }))
      .map(([which, place, value]) => {
        const object = structuredClone(valid[which]) as object
        const all = paths[which] ?? []
        const path = all[place % all.length] ?? []
        const holder = path
          .slice(0, -1)
          .reduce((at: unknown, step) => Reflect.get(at as object, step), object)
        Reflect.set(holder as object, path.at(-1) ?? '', value)
        return object
      })
    const objects = fc.sample(mutation, { numRuns: 300, seed: 4 })
    const { documents } = await validatedText(objects.map((one) => JSON.stringify(one)).join('\n---\n'))
    const open = documents.filter(({ verdict, skipped }) => verdict === 'unknown' && !skipped)
    // A kind that became another one is nobody's.
    expect(open.filter(({ reason }) => reason?.code !== 'unknown-kind')).toEqual([])
    const verdicts = new Set(documents.map(({ verdict }) => verdict))
    expect(verdicts.has('accepted') && verdicts.has('rejected')).toBe(true)
  })
})

function placesOf(value: unknown, path: readonly string[] = []): (readonly string[])[] {
  if (typeof value !== 'object' || value === null) return []
  return Object.entries(value).flatMap(([key, inner]) => [[...path, key], ...placesOf(inner, [...path, key])])
}
