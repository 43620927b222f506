import { afterAll, describe, expect, it } from 'vitest'
import { checkFiles, shippedEngines, type Files } from './harness.ts'

const engines = shippedEngines()
afterAll(() => engines.close())

/** A good target that stands beside every bad one: it has to be checked all the same. */
const good = (level: string): Files => ({
  'good/kustomization.yaml': 'resources: [settings.yaml]\n',
  'good/settings.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: settings}\ndata: {LEVEL: ${level}}\n`,
})
const chart = (templates: Files): Files => ({
  'bad/Chart.yaml': 'apiVersion: v2\nname: bad\nversion: 1.0.0\n',
  'bad/values.yaml': 'unused: true\n',
  ...Object.fromEntries(Object.entries(templates).map(([name, text]) => [`bad/templates/${name}`, text])),
})
const kustomization = (text: string, files: Files = {}): Files => ({
  'bad/kustomization.yaml': text,
  ...files,
})
const configMap = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n'

/** `broken`: the cluster's tool would fail too; `not checked`: a limit of ours or something that is not there. */
const cases: readonly { name: string; bad: Files; verdict: 'fail' | 'incomplete'; says: RegExp }[] = [
  {
    name: 'broken YAML',
    bad: kustomization('resources: [a.yaml]\n', {
      'bad/a.yaml': 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n',
    }),
    verdict: 'fail',
    says: /a\.yaml/,
  },
  {
    name: 'duplicate keys',
    bad: kustomization('resources: [a.yaml]\n', {
      'bad/a.yaml': `${configMap}data: {x: "1"}\ndata: {x: "2"}\n`,
    }),
    verdict: 'fail',
    says: /data/,
  },
  {
    name: 'missing file',
    bad: kustomization('resources: [nowhere.yaml]\n'),
    verdict: 'fail',
    says: /nowhere\.yaml/,
  },
  {
    name: 'cyclic kustomization',
    bad: {
      'bad/kustomization.yaml': 'resources: [../other]\n',
      'other/kustomization.yaml': 'resources: [../bad]\n',
    },
    verdict: 'fail',
    says: /cycle/i,
  },
  {
    name: 'resource above the repository',
    bad: kustomization('resources: [../../outside.yaml]\n'),
    verdict: 'fail',
    says: /outside/,
  },
  {
    name: 'manifest over 10 MB',
    bad: { 'bad/big.yaml': `${configMap}data:\n  text: "${'x'.repeat(11_000_000)}"\n` },
    verdict: 'incomplete',
    says: /10 MB|limit|large/i,
  },
  {
    name: 'template that never ends',
    bad: chart({
      'a.yaml':
        '{{- define "x" }}{{ range until 100000 }}{{ range until 100000 }}{{ end }}{{ end }}{{ end }}{{ include "x" . }}',
    }),
    verdict: 'incomplete',
    says: /time/i,
  },
  {
    name: 'template that includes itself',
    bad: chart({ 'a.yaml': '{{- define "x" }}{{ include "x" . }}{{ end }}{{ include "x" . }}' }),
    verdict: 'fail',
    says: /recursion|nested|depth/i,
  },
  {
    name: 'chart that eats memory',
    bad: chart({ 'a.yaml': `${configMap}data: {x: {{ repeat 2000000000 "x" | quote }}}\n` }),
    verdict: 'incomplete',
    says: /memory/i,
  },
  { name: 'alias bomb', bad: { 'bad/a.yaml': aliasBomb() }, verdict: 'incomplete', says: /alias|limit/i },
  {
    name: 'deep nesting',
    bad: { 'bad/a.yaml': `${configMap}data: ${'['.repeat(10_000)}${']'.repeat(10_000)}\n` },
    verdict: 'incomplete',
    says: /depth|nest|limit/i,
  },
  {
    name: 'container function',
    bad: kustomization('generators: [g.yaml]\n', {
      'bad/g.yaml':
        'apiVersion: x/v1\nkind: X\nmetadata:\n  name: g\n  annotations:\n    config.kubernetes.io/function: |\n      container: {image: example/x}\n',
    }),
    verdict: 'incomplete',
    says: /plugin|container|function/i,
  },
  {
    name: 'remote base',
    bad: kustomization('resources: ["https://github.com/acme/elsewhere//base?ref=v1"]\n'),
    verdict: 'incomplete',
    says: /github\.com\/acme\/elsewhere/,
  },
]

describe('bad input ends in a finding or in "could not check", and the next target is still checked', () => {
  it.each(cases)('$name', async ({ bad, verdict, says }) => {
    const report = await checkFiles(good('info'), { ...good('debug'), ...bad }, engines)
    const text = JSON.stringify([
      report.targets.map((target) => target.reason),
      report.notChecked,
      report.findings.map((finding) => finding.message),
    ])
    expect(text).toMatch(says)
    expect(report.verdict).toBe(verdict)
    expect(report.changes).toContainEqual(
      expect.objectContaining({ target: 'kustomize/good', operation: 'UPDATE' }),
    )
  })

  it('a Namespace in a file that no API server can read is told to whom writes into it, and to nobody else', async () => {
    const broken = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop, annotations: {keep: 3}}\n'
    const write = (namespace: string, v: string): Files => ({
      'app/c.yaml': `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: ${namespace}}\ndata: {v: ${v}}\n`,
    })
    const told = async (namespace: string) => {
      const files = { 'namespaces.yaml': broken }
      const [base, head] = [write(namespace, 'a'), write(namespace, 'b')]
      return (await checkFiles({ ...files, ...base }, { ...files, ...head }, engines)).notChecked.map(
        ({ what }) => what,
      )
    }
    expect(await told('shop')).toEqual(['Namespace shop'])
    expect(await told('cart')).toEqual([])
  })

  it('unknown kinds are counted, once per kind', async () => {
    const unknown = (name: string): string =>
      `apiVersion: acme.example/v1\nkind: Gadget\nmetadata: {name: ${name}}\n`
    const report = await checkFiles(
      good('info'),
      { ...good('info'), 'gadgets/two.yaml': `${unknown('a')}---\n${unknown('b')}` },
      engines,
    )
    expect(report.notChecked).toContainEqual(
      expect.objectContaining({
        code: 'unknown-kind',
        count: 2,
        what: expect.stringContaining('acme.example/Gadget') as string,
      }),
    )
  })
})

function aliasBomb(): string {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]']
  for (let i = 1; i < 10; i++)
    lines.push(`a${i}: &a${i} [${Array.from({ length: 10 }, () => `*a${i - 1}`).join(', ')}]`)
  return `${configMap}data:\n${lines.map((line) => `  ${line}\n`).join('')}`
}
