import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Ajv } from 'ajv'
import { describe, expect, it } from 'vitest'
import { schemaTexts } from '../../scripts/docs.ts'
import { ConfigurationError } from '../../src/config/errors.ts'
import { configurationSchemaText, explainConfiguration } from '../../src/config/explain.ts'
import { loadConfiguration, readConfigurationFile } from '../../src/config/load.ts'
import { configurationSchema } from '../../src/config/schema.ts'
import type { Configuration } from '../../src/model/configuration.ts'
import { memoryTree } from '../../src/source/memory-tree.ts'

const root = join(import.meta.dirname, '../..')

/** Every key of the type, so that the schema can forget none. */
const defaults: Configuration = {
  file: null,
  kubernetes: '1.37',
  clusters: [],
  inputs: [],
  production: ['{prod,prd,production,live}', '{prod,prd,production,live}-*', '*-{prod,prd,production,live}'],
  repositories: [],
  artifacts: [],
  exclude: [],
  argocd: { namespaces: ['argocd', 'argo-cd', 'openshift-gitops'] },
  kustomize: { enableHelm: false, loadRestrictions: 'root' },
  policies: [],
  exemptions: { files: [], warnDays: 14, maxDays: 365, podSecurityNamespaces: [] },
  trust: [],
  podSecurity: null,
  schemas: { locations: [], skip: [], crds: [] },
  remote: { allow: [], private: [], credentials: [], limits: { megabytes: 20, seconds: 30 } },
  webhooks: [],
  gate: 'new',
  limits: { minutes: 9, renderSeconds: 30 },
  incomplete: 'fail',
  comment: { name: 'preadmit' },
}

function problemsOf(text: string): string[] {
  try {
    readConfigurationFile(text, 'c.yaml')
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message.split('\n')
    throw error
  }
  return []
}

describe('readConfigurationFile', () => {
  it.each<[name: string, text: string, expected: Partial<Configuration>]>([
    ['nothing', '', {}],
    ['only a comment', '# later\n', {}],
    ['null', 'null\n', {}],
    ['an empty mapping', '{}', {}],
    [
      'CRLF and a byte order mark',
      '\uFEFFgate: all\r\nincomplete: notice\r\n',
      { gate: 'all', incomplete: 'notice' },
    ],
    ['JSON', '{"kubernetes": "1.30"}', { kubernetes: '1.30' }],
    ['a quoted version', "kubernetes: '1.30'", { kubernetes: '1.30' }],
    [
      'an alias',
      'exclude: &x [a]\nclusters: [{name: c, paths: *x}]',
      { exclude: ['a'], clusters: [{ name: 'c', paths: ['a'], destinations: [], apiVersions: [] }] },
    ],
    [
      'part of a mapping',
      'kustomize: {enableHelm: true}',
      { kustomize: { enableHelm: true, loadRestrictions: 'root' } },
    ],
    [
      'an empty Pod Security',
      'podSecurity: {}',
      { podSecurity: { enforce: null, warn: null, version: 'latest' } },
    ],
    [
      'Pod Security',
      'podSecurity: {enforce: baseline, version: v1.34}',
      { podSecurity: { enforce: 'baseline', warn: null, version: 'v1.34' } },
    ],
    [
      'paths in another spelling',
      'exclude: [./a/, b//c]\npolicies: [{path: ./p/}]\nschemas: {locations: ["./s/{{.ResourceKind}}.json"]}',
      {
        exclude: ['a', 'b/c'],
        policies: [{ path: 'p' }],
        schemas: { locations: ['s/{{.ResourceKind}}.json'], skip: [], crds: [] },
      },
    ],
    ['the whole repository as policies', 'policies: [{path: .}]', { policies: [{ path: '' }] }],
    [
      'kinds to skip',
      'schemas: {skip: [acme.example/*, Foo, x/v1/Bar]}',
      { schemas: { locations: [], skip: ['acme.example/*', 'Foo', 'x/v1/Bar'], crds: [] } },
    ],
  ])('%s', (_, text, expected) => {
    expect(readConfigurationFile(text, 'c.yaml')).toEqual({ ...defaults, ...expected, file: 'c.yaml' })
  })

  it.each<[name: string, text: string, problems: string[]]>([
    ['an unknown key', 'polices: []', ['c.yaml:1:1: unknown key "polices"; did you mean policies?']],
    [
      'an unknown key below',
      'kustomize:\n  enablehelm: true',
      ['c.yaml:2:3: unknown key "enablehelm" in kustomize; did you mean enableHelm?'],
    ],
    ['a key like none', 'zzzzzzzzzzz: 1', ['c.yaml:1:1: unknown key "zzzzzzzzzzz"']],
    ['a key of the prototype', '__proto__: {gate: all}', ['c.yaml:1:1: unknown key "__proto__"']],
    ['a key with control characters', '"\\e[2J": 1', ['c.yaml:1:1: unknown key "\\u001b[2J"']],
    [
      'a merge key, which YAML 1.2 does not know',
      'kustomize:\n  <<: {}',
      ['c.yaml:2:3: unknown key "<<" in kustomize'],
    ],
    [
      'the trap of 1.30',
      'kubernetes: 1.30',
      ['c.yaml:1:13: kubernetes must be in quotes: "1.30"; YAML reads 1.30 as the number 1.3'],
    ],
    [
      'a version without quotes',
      'clusters:\n  - name: a\n    kubernetes: 1.36',
      ['c.yaml:3:17: clusters[0].kubernetes must be in quotes: "1.36"'],
    ],
    [
      'a version with a patch',
      'kubernetes: "1.30.2"',
      ['c.yaml:1:13: kubernetes must be a minor version in quotes, such as "1.37" (no v, no patch)'],
    ],
    ['a wrong type', 'clusters: prod', ['c.yaml:1:11: clusters must be a list, not a string']],
    [
      'a wrong type of an item',
      'exclude: [a, 1]',
      ['c.yaml:1:14: exclude[1] must be a string, not a number'],
    ],
    ['a key without a value', 'gate:', ['c.yaml:1:6: gate must be a string, not null']],
    ['a list at the root', '- a', ['c.yaml:1:1: the file must be a mapping, not a list']],
    [
      'a bad choice',
      'gate: changes',
      ['c.yaml:1:7: gate must be one of new, changed, all; did you mean changed?'],
    ],
    ['a cluster without a name', 'clusters:\n  - paths: [a]', ['c.yaml:2:5: clusters[0] has no name']],
    [
      'a cluster name like a path',
      'clusters: [{name: ../x}]',
      [
        'c.yaml:1:19: clusters[0].name must be 1 to 63 letters, digits, dots, dashes and underscores, first and last a letter or digit',
      ],
    ],
    [
      'two clusters of one name',
      'clusters:\n  - name: a\n  - name: b\n  - name: a',
      ['c.yaml:4:11: clusters[2].name repeats clusters[0].name: "a"'],
    ],
    [
      'two clusters of one destination',
      'clusters:\n  - {name: a, destinations: [x, y]}\n  - {name: b, destinations: [y]}',
      ['c.yaml:3:30: clusters[1].destinations[0] repeats clusters[0].destinations[1]: "y"'],
    ],
    [
      'two policies of one path',
      'policies: [{path: p}, {path: p}]',
      ['c.yaml:1:30: policies[1].path repeats policies[0].path: "p"'],
    ],
    [
      'paths that leave',
      'policies: [{path: ../p}]\nschemas: {locations: [/etc/x]}',
      [
        'c.yaml:1:19: policies[0].path leaves the repository',
        'c.yaml:2:23: schemas.locations[0] starts with /: paths are relative to the root of the repository',
      ],
    ],
    [
      'a schema on the network',
      'schemas: {locations: ["https://example.com/s"]}',
      [
        'c.yaml:1:23: schemas.locations[0] is a URL, and nothing is fetched: commit the schemas and name their path',
      ],
    ],
    [
      'bad globs',
      'exclude: ["a**"]\nproduction: ["["]',
      [
        'c.yaml:1:11: exclude[0] has ** inside a name: ** stands alone between slashes',
        'c.yaml:2:14: production[0] uses [ ]: write ? or {a,b} instead, or \\[ for the character',
      ],
    ],
    ['an empty text', 'repositories: [""]', ['c.yaml:1:16: repositories[0] is empty']],
    [
      'a comment name that ends a comment',
      'comment: {name: "a-->b"}',
      [expect.stringMatching(/^c.yaml:1:17: comment.name must be 1 to 63/) as string],
    ],
    [
      'several at once, in the order of the file',
      'gat: new\nkubernetes: v1\nincomplete: no\n',
      [
        'c.yaml:1:1: unknown key "gat"; did you mean gate?',
        expect.stringMatching(/^c.yaml:2:13: kubernetes must be a minor version/) as string,
        expect.stringMatching(/^c.yaml:3:13: incomplete must be one of fail, notice/) as string,
      ],
    ],
    ['a key twice', 'gate: new\ngate: all', ['c.yaml:2:1: this key stands twice in its mapping']],
    ['two documents', 'gate: new\n---\ngate: all', [expect.stringMatching(/several documents/) as string]],
    [
      'broken YAML',
      'gate: [new\nexclude: }',
      [
        expect.stringMatching(/^c.yaml:2:1: not valid YAML: flow sequence/) as string,
        expect.stringMatching(/^c.yaml:2:10: not valid YAML: unexpected/) as string,
      ],
    ],
    [
      'a tab',
      'kustomize:\n\tenableHelm: true',
      [expect.stringMatching(/^c.yaml:2:1: not valid YAML: tabs are not allowed/) as string],
    ],
    ['an unknown tag', 'gate: !new x', [expect.stringMatching(/not valid YAML: unresolved tag/) as string]],
    ['an alias to nothing', 'exclude: *x', ['c.yaml:1:10: this alias has no anchor before it']],
    [
      'a file that is too large',
      `# ${'x'.repeat(300_000)}`,
      [expect.stringMatching(/larger than 262144 characters/) as string],
    ],
  ])('says what is wrong: %s', (_, text, problems) => {
    expect(problemsOf(text)).toEqual(problems)
  })

  it.each<[name: string, text: string]>([
    [
      'an alias bomb (Y01)',
      `a: &a [x]\n${'bcdefghij'
        .split('')
        .map((c, n) => `${c}: &${c} [${`*${'abcdefghi'[n]},`.repeat(9)}]`)
        .join('\n')}`,
    ],
    ['ten thousand nested lists (Y05)', `exclude: ${'['.repeat(10_000)}`],
    ['a hundred thousand nested mappings', '{"a":'.repeat(40_000)],
  ])('ends early on %s', (_, text) => {
    const started = performance.now()
    expect(problemsOf(text).length).toBeGreaterThan(0)
    expect(performance.now() - started).toBeLessThan(5000)
  })

  it('keeps the parts of each problem', () => {
    const error = ((): unknown => {
      try {
        return readConfigurationFile('\ngat: x', 'c.yaml')
      } catch (thrown) {
        return thrown
      }
    })()
    expect((error as ConfigurationError).problems).toEqual([
      { file: 'c.yaml', line: 2, column: 1, message: 'unknown key "gat"', nearest: 'gate' },
    ])
  })
})

describe('loadConfiguration', () => {
  const load = (files: Parameters<typeof memoryTree>[0]): Promise<Configuration> =>
    loadConfiguration(memoryTree(files))

  it('has every default without a file', async () => {
    expect(await load({})).toEqual(defaults)
  })
  it('reads .preadmit.yaml', async () => {
    expect(await load({ '.preadmit.yaml': 'gate: all' })).toEqual({
      ...defaults,
      file: '.preadmit.yaml',
      gate: 'all',
    })
  })
  it('follows a link inside the repository', async () => {
    const files = { '.preadmit.yaml': { symlink: 'tools/x.yaml' }, 'tools/x.yaml': 'gate: all' }
    expect(await load(files)).toMatchObject({ file: '.preadmit.yaml', gate: 'all' })
  })
  it('takes the file that was named instead', async () => {
    const tree = memoryTree({ '.preadmit.yaml': 'gate: all' })
    expect(await loadConfiguration(tree, { name: 'x.yaml', text: 'gate: changed' })).toMatchObject({
      file: 'x.yaml',
      gate: 'changed',
    })
  })
  it.each<[name: string, files: Parameters<typeof memoryTree>[0], message: RegExp]>([
    [
      'another ending',
      { '.preadmit.yml': '' },
      /^\.preadmit\.yml:1:1: the configuration is not read: rename it to \.preadmit\.yaml/,
    ],
    ['another folder', { '.github/preadmit.yaml': '' }, /rename it/],
    ['a directory', { '.preadmit.yaml/x': '' }, /is a directory/],
    ['a link out', { '.preadmit.yaml': { symlink: '../x' } }, /leaves the repository/],
    ['a dangling link', { '.preadmit.yaml': { symlink: 'x' } }, /something that is not there/],
    [
      'Git LFS',
      { '.preadmit.yaml': 'version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n' },
      /Git LFS/,
    ],
    ['Latin-1', { '.preadmit.yaml': Uint8Array.from([0x23, 0xe9]) }, /not UTF-8/],
    ['UTF-16', { '.preadmit.yaml': new Uint8Array(Buffer.from('\uFEFFgate: all', 'utf16le')) }, /not UTF-8/],
  ])('is never silent about %s', async (_, files, message) => {
    await expect(load(files)).rejects.toThrow(message)
    await expect(load(files)).rejects.toBeInstanceOf(ConfigurationError)
  })
})

describe('the published schema', () => {
  it('is the one that validates', () => {
    const published: unknown = JSON.parse(readFileSync(join(root, 'docs/configuration.schema.json'), 'utf8'))
    expect(published).toEqual(JSON.parse(configurationSchemaText()))
  })
  it.each(Object.entries(schemaTexts))('%s too', (name, text) => {
    expect(JSON.parse(readFileSync(join(root, 'docs', name), 'utf8'))).toEqual(JSON.parse(text))
  })
  it.each(Object.entries(schemaTexts))('%s is a schema, which no run checks again', (_, text) => {
    const ajv = new Ajv()
    expect([ajv.validateSchema(JSON.parse(text) as object), ajv.errors ?? []]).toEqual([true, []])
  })
  it('has the keys of the type', () => {
    expect(Object.keys(configurationSchema.properties ?? {}).sort()).toEqual(
      Object.keys(defaults)
        .filter((key) => key !== 'file')
        .sort(),
    )
  })
  it('describes every key', () => {
    const undescribed: string[] = []
    const visit = (schema: typeof configurationSchema, path: string): void => {
      for (const [key, property] of Object.entries(schema.properties ?? {})) {
        if (!property.description) undescribed.push(`${path}${key}`)
        visit(property, `${path}${key}.`)
        if (property.items !== undefined) visit(property.items, `${path}${key}[].`)
      }
    }
    visit(configurationSchema, '')
    expect(undescribed).toEqual([])
  })
  it('accepts the example of the repository', () => {
    const text = readFileSync(join(root, 'examples/fleet/base/.preadmit.yaml'), 'utf8')
    expect(readConfigurationFile(text, 'x').clusters.map(({ name }) => name)).toEqual([
      'dev',
      'staging',
      'prod-eu',
      'prod-us',
    ])
  })
  it('makes a table with a row for every key', () => {
    const table = explainConfiguration().split('\n')
    expect(table.slice(0, 3)).toEqual([
      '| key | what | default |',
      '|:--|:--|:--|',
      '| `kubernetes` | Kubernetes minor version for everything that no cluster below claims, in quotes. | `"1.37"` |',
    ])
    expect(table.some((row) => row.startsWith('| `clusters[].destinations` |'))).toBe(true)
    // Every row has the same three cells; bars inside cells are escaped.
    for (const row of table) expect(row.replaceAll('\\|', '').split('|')).toHaveLength(5)
  })
})
