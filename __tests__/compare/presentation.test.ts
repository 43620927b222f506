import { describe, expect, it } from 'vitest'
import { compare } from '../../src/compare/compare.ts'
import { unifiedHunks } from '../../src/compare/hunks.ts'
import { pathOfLine } from '../../src/compare/line-paths.ts'
import { yamlText } from '../../src/compare/yaml-text.ts'
import { imageMoves } from '../../src/compare/images.ts'
import { parseImage } from '../../src/compare/image-reference.ts'
import { generatedNames, noiseOf } from '../../src/compare/noise.ts'
import { vaultOf } from '../../src/compare/secrets.ts'
import type { JsonObject } from '../../src/model/json.ts'
import { configMap, deployment, pair } from './objects.ts'

const labelled = (chart: string, more: JsonObject = {}): JsonObject =>
  configMap('c', {}, { labels: { 'helm.sh/chart': chart, ...more } })

const noise: readonly {
  name: string
  base: readonly JsonObject[]
  head: readonly JsonObject[]
  told: (string | null)[]
}[] = [
  {
    name: 'the label of the chart',
    base: [labelled('ingress-nginx-4.11.2')],
    head: [labelled('ingress-nginx-4.12.0')],
    told: ['only the label helm.sh/chart 4.11.2 → 4.12.0'],
  },
  {
    name: 'chart and application version',
    base: [labelled('a-1', { 'app.kubernetes.io/version': '1.0' })],
    head: [labelled('a-2', { 'app.kubernetes.io/version': '2.0' })],
    told: ['only the label app.kubernetes.io/version 1.0 → 2.0 and the label helm.sh/chart 1 → 2'],
  },
  {
    name: 'a label of somebody else',
    base: [labelled('a-1', { team: 'x' })],
    head: [labelled('a-2', { team: 'y' })],
    told: [null],
  },
  {
    name: 'a selector is no noise',
    base: [
      deployment('a', {}),
      { ...deployment('b', {}), spec: { selector: { matchLabels: { 'helm.sh/chart': 'a-1' } } } },
    ],
    head: [
      deployment('a', {}),
      { ...deployment('b', {}), spec: { selector: { matchLabels: { 'helm.sh/chart': 'a-2' } } } },
    ],
    told: [null, null],
  },
  {
    name: 'a generated name and what refers to it',
    base: [
      configMap('env-2m8tk5hbf9', { a: '1' }),
      deployment('api', {
        containers: [{ name: 'a', envFrom: [{ configMapRef: { name: 'env-2m8tk5hbf9' } }] }],
      }),
    ],
    head: [
      configMap('env-g4f6c7d8h2', { a: '2' }),
      deployment('api', {
        containers: [{ name: 'a', envFrom: [{ configMapRef: { name: 'env-g4f6c7d8h2' } }] }],
      }),
    ],
    told: [null, 'only the generated name of env'],
  },
  {
    name: 'a checksum on the pods',
    base: [
      {
        ...deployment('a', {}),
        spec: { template: { metadata: { annotations: { 'checksum/config': 'x' } } } },
      },
    ],
    head: [
      {
        ...deployment('a', {}),
        spec: { template: { metadata: { annotations: { 'checksum/config': 'y' } } } },
      },
    ],
    told: ['only the annotation checksum/config'],
  },
]

describe('noise', () => {
  it.each(noise)('$name', ({ base, head, told }) => {
    const changes = compare([pair('a', base, head)])
    expect(changes.map((change) => noiseOf(change, generatedNames(changes)))).toEqual(told)
  })
})

const container = (image: string): JsonObject => deployment('api', { containers: [{ name: 'api', image }] })

describe('image moves', () => {
  it.each([
    {
      name: 'a tag',
      from: 'ghcr.io/acme/api:1.4.1',
      to: 'ghcr.io/acme/api:1.5.0',
      rows: ['ghcr.io/acme/api 1.4.1 1.5.0'],
    },
    { name: 'no tag', from: 'api', to: 'api:2', rows: ['api latest 2'] },
    {
      name: 'a digest',
      from: `api:1@sha256:${'a'.repeat(64)}`,
      to: `api:1@sha256:${'b'.repeat(64)}`,
      rows: [`api 1@sha256:${'a'.repeat(64)} 1@sha256:${'b'.repeat(64)}`],
    },
    {
      name: 'another repository',
      from: 'acme/api:1',
      to: 'localhost:5000/acme/api:1',
      rows: ['acme/api 1 null', 'localhost:5000/acme/api null 1'],
    },
    { name: 'nothing', from: 'api:1', to: 'api:1', rows: [] },
  ])('$name', ({ from, to, rows }) => {
    const moves = imageMoves(compare([pair('a', [container(from)], [container(to)])]))
    expect(moves.map((move) => `${move.image} ${move.from} ${move.to}`)).toEqual(rows)
  })

  it('names all targets of one move', () => {
    const changes = compare(['a', 'b'].map((id) => pair(id, [container('api:1')], [container('api:2')])))
    expect(imageMoves(changes)).toEqual([{ image: 'api', from: '1', to: '2', targets: ['a', 'b'] }])
  })

  it('finds images in custom resources and in the values of a HelmRelease', () => {
    const release = (tag: string): JsonObject => ({
      apiVersion: 'helm.toolkit.fluxcd.io/v2',
      kind: 'HelmRelease',
      metadata: { name: 'x' },
      spec: { values: { image: { repository: 'acme/web', tag } } },
    })
    const custom = (tag: string): JsonObject => ({
      apiVersion: 'a.example/v1',
      kind: 'X',
      metadata: { name: 'x' },
      spec: { image: `acme/x:${tag}` },
    })
    const moves = imageMoves(compare([pair('a', [release('1'), custom('1')], [release('2'), custom('2')])]))
    expect(moves.map(({ image }) => image)).toEqual(['acme/web', 'acme/x'])
  })

  it.each([
    ['api', { repository: 'api' }],
    ['registry.example:5000/a/b_c:1.0', { repository: 'registry.example:5000/a/b_c', tag: '1.0' }],
    ['A/b', { repository: 'A/b' }],
    ['UPPER', undefined],
    ['a b', undefined],
    ['a:', undefined],
    ['a@sha256:zz', undefined],
    ['${image}', undefined],
    ['', undefined],
  ])('parses %j', (text, expected) => {
    expect(parseImage(text)).toEqual(expected)
  })
})

describe('hunks', () => {
  const hunksOf = (base: readonly JsonObject[], head: readonly JsonObject[]): string => {
    const pairs = [pair('a', base, head)]
    return compare(pairs)
      .map((change) => unifiedHunks(change, vaultOf(pairs)))
      .join('\n')
  }

  it('names the field of each hunk and keeps three lines around', () => {
    const pod = (image: string): JsonObject => ({
      containers: [
        { name: 'web', image: 'web:1', args: ['a', 'b', 'c', 'd', 'e'] },
        { name: 'api', image, args: ['x'] },
      ],
    })
    expect(hunksOf([deployment('api', pod('api:1'))], [deployment('api', pod('api:2'))]).split('\n')).toEqual(
      [
        '@@ -24,4 +24,4 @@ spec.template.spec.containers[api]',
        '         - name: api',
        '           args:',
        '             - x',
        '-          image: api:1',
        '+          image: api:2',
      ],
    )
  })

  it.each([
    { line: 'apiVersion: v1', path: '' },
    { line: '    a/b: c', path: 'metadata.labels' },
    { line: '    - name: web', path: 'spec.containers[web]' },
    { line: '        - containerPort: 53', path: 'spec.containers[web].ports[53/UDP]' },
    { line: '          protocol: UDP', path: 'spec.containers[web].ports[53/UDP]' },
    { line: '        - --a', path: 'spec.containers[web].args' },
    { line: '    - - 1', path: 'spec.matrix' },
    { line: '      key: nothing', path: 'data[a b]' },
    { line: '      list:', path: 'data[a b]' },
    { line: '        - item: |', path: 'data[a b]' },
    { line: '    last', path: 'data.z' },
  ])('line $line stands in $path', ({ line, path }) => {
    const object: JsonObject = {
      apiVersion: 'v1',
      metadata: { labels: { 'a/b': 'c' } },
      spec: {
        containers: [{ name: 'web', ports: [{ containerPort: 53, protocol: 'UDP' }], args: ['--a'] }],
        matrix: [[1]],
      },
      data: { 'a b': 'top:\n  key: nothing\n  list:\n    - item: |\n        x\n', z: 'first\nlast\n' },
    }
    const lines = yamlText(object).split('\n')
    expect(lines).toContain(line)
    expect(pathOfLine(lines, lines.indexOf(line), object)).toBe(path)
  })

  it('shows a new object as a whole', () => {
    expect(hunksOf([], [configMap('c', { a: '1' })])).toBe(
      [
        '@@ -0,0 +1,7 @@',
        '+apiVersion: v1',
        '+kind: ConfigMap',
        '+metadata:',
        '+  name: c',
        '+  namespace: shop',
        '+data:',
        '+  a: "1"',
      ].join('\n'),
    )
  })

  it('loses no line: every line of both texts that is not common stands in it', () => {
    const lines = Array.from({ length: 60 }, (_, index) => `line ${index}`)
    const text = hunksOf(
      [configMap('c', { a: lines.join('\n') })],
      [configMap('c', { a: lines.filter((_, index) => index % 7 > 0).join('\n') })],
    )
    expect(text.split('\n').filter((line) => line.startsWith('-'))).toHaveLength(
      lines.filter((_, index) => index % 7 === 0).length,
    )
  })
})
