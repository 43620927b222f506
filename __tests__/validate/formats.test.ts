import { createRequire } from 'node:module'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { Ajv } from 'ajv'
import type { Log } from 'sarif'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { element } from '../../src/report/xml.ts'
import { folder, preadmit, validatedText } from './harness.ts'
import { parseXml, type XmlNode } from './xml-reader.ts'

const manifests = `apiVersion: v1
kind: ConfigMap
metadata: {name: fine}
---
apiVersion: v1
kind: Service
metadata: {name: wrong, namespace: shop}
spec: {ports: [{port: 0, targetPort: 80}]}
---
apiVersion: example.com/v1
kind: Widget
metadata: {name: unknown}
---
replicas: 2
---
apiVersion: v1
kind: Pod
metadata: {name: warned}
spec: {containers: [{name: a, image: a, env: [{name: A, value: a}, {name: A, value: a}]}]}
---
apiVersion: v1
kind: Secret
metadata: {name: skipped}
---
kind: [
`
/** One document of every kind of answer. */
const print = async (...args: string[]): Promise<string> => {
  const { out, status } = await preadmit(['validate', '-', '-skip', 'Secret', ...args], { input: manifests })
  expect(status).toBe(1)
  return out
}

describe('terminal', () => {
  it('says everything, the verdict last', async () => {
    const out = await print()
    expect(out).toMatch(/^-: Service shop\/wrong\n {2}✗ -:8 spec\.ports\[0\]\.port: Invalid value: 0/m)
    expect(out).toMatch(/Could not check\n- neither Kubernetes[\s\S]*-: Widget unknown/)
    expect(out).toMatch(/Skipped\n- has neither[\s\S]*-: document 4[\s\S]*left out by --skip/)
    expect(out).toMatch(/Warnings\n-: Pod warned\n {2}! /)
    expect(out).not.toContain('ConfigMap fine')
    expect(out.trimEnd().split('\n').at(-1)).toMatch(/Kubernetes 1\.\d+$/)
    expect(out).toContain('2 of 7 documents rejected')
    expect(await print('-verbose')).toContain('- -: ConfigMap fine')
  })
  it('shows controls of a stranger instead of sending them', async () => {
    const input = `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "a\\e[31m\\u202e"}\n`
    const { out } = await preadmit(['validate', '-'], { input, colors: true })
    expect(out).toContain('\\u{1B}[31m\\u{202E}')
    expect(out).not.toContain('\u202e')
  })
})

describe('sarif', () => {
  // The schema of the standard (2.1.0, rtm.5), as Microsoft's own tools ship it.
  const path = createRequire(fileURLToPath(import.meta.url)).resolve(
    '@microsoft/jest-sarif/lib/schemas/sarif-2.1.0-rtm.5.json',
  )
  const schema = JSON.parse(readFileSync(path, 'utf8')) as Record<string, unknown>
  // It calls itself draft 4; all that draft 7 reads otherwise is the name of its own id.
  delete schema['$schema']
  delete schema['id']
  const isSarif = new Ajv({ strict: false, validateFormats: false, unicodeRegExp: false }).compile(schema)

  it('keeps the standard', async () => {
    const log = JSON.parse(await print('--format', 'sarif')) as Log
    expect(isSarif(log), JSON.stringify(isSarif.errors)).toBe(true)
    const [run] = log.runs
    const levels = run?.results?.map(({ level }) => level)
    expect(levels).toContain('error')
    expect(levels).toContain('warning')
    for (const { ruleId, ruleIndex } of run?.results ?? [])
      expect(run?.tool.driver.rules?.[ruleIndex ?? -1]?.id).toBe(ruleId)
    expect(run?.results?.[0]).toMatchObject({
      ruleId: 'admission/FieldValueInvalid',
      partialFingerprints: { 'preadmit/v1': expect.stringMatching(/^[0-9a-f]{64}$/) as string },
      locations: [{ physicalLocation: { artifactLocation: { uri: 'stdin' }, region: { startLine: 8 } } }],
    })
    expect(run?.invocations).toMatchObject([{ executionSuccessful: false }])
    expect(run?.invocations?.[0]?.toolExecutionNotifications).toHaveLength(1)
  })
  it('keeps it when there is nothing, and with names that are no URI', async () => {
    const directory = folder({
      'a b/#?%.yaml': 'apiVersion: v1\nkind: Service\nmetadata: {name: a}\nspec: {ports: [{port: 0}]}\n',
    })
    for (const args of [['./a b'], ['a b', '-skip', 'Service'], [directory]]) {
      const { out } = await preadmit(['validate', ...args, '--format', 'sarif'], { directory })
      const log = JSON.parse(out) as Log
      expect(isSarif(log), JSON.stringify(isSarif.errors)).toBe(true)
      const uri = log.runs[0]?.results?.[0]?.locations?.[0]?.physicalLocation?.artifactLocation?.uri
      if (uri !== undefined) expect(new URL(uri, 'file:///base/').pathname).toMatch(/a%20b\/%23%3F%25\.yaml$/)
    }
  })
})

describe('junit', () => {
  it('counts what it shows', async () => {
    const suites = parseXml(await print('--format', 'junit'))
    expect(suites.name).toBe('testsuites')
    const [suite] = suites.children
    const cases = suite?.children ?? []
    const holding = (name: string): number =>
      cases.filter(({ children }) => children.some((child) => child.name === name)).length
    expect(cases).toHaveLength(7)
    expect([holding('failure'), holding('error'), holding('skipped')]).toEqual([2, 1, 2])
    for (const node of [suites, suite])
      expect(node?.attributes).toMatchObject({ tests: '7', failures: '2', errors: '1' })
    expect(cases[1]).toMatchObject({
      attributes: { name: 'Service shop/wrong', classname: 'Service@v1', file: '-' },
      children: [{ name: 'failure', attributes: { type: 'admission/FieldValueInvalid' } }],
    })
    expect(cases[1]?.children[0]?.text).toMatch(
      /^spec\.ports\[0\]\.port: Invalid value[\s\S]*\n-:8\nuse a number from 1 to 65535$/,
    )
  })
  it('lets no text out of its place', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' }), (attribute, text) => {
        const node: XmlNode = parseXml(element('a', { b: attribute }, [element('c', {}, text)]).join('\n'))
        expect(Object.keys(node.attributes)).toEqual(['b'])
        expect(node.children.map(({ name, children }) => [name, children])).toEqual([['c', []]])
      }),
    )
  })
})

describe('as kubeconform prints', () => {
  it('text', async () => {
    const out = await print('-output', 'text')
    expect(out.split('\n').map((line) => line.slice(0, 45))).toEqual([
      expect.stringMatching(/^stdin - Service wrong is invalid: spec\.ports/),
      expect.stringMatching(/^stdin - Widget unknown failed validation: nei/),
      expect.stringMatching(/^stdin - failed validation: line/),
      '',
    ])
    const whole = await print('-output', 'text', '-summary', '-verbose')
    expect(whole).toContain('stdin - ConfigMap fine is valid\n')
    expect(whole).toContain('stdin - skipped Secret skipped\n')
    expect(whole).toMatch(
      /Summary: 7 resources found parsing stdin - Valid: 2, Invalid: 1, Errors: 2, Skipped: 2\n$/,
    )
  })
  it('json', async () => {
    const { resources, summary } = JSON.parse(await print('-output', 'json', '-summary')) as {
      resources: Record<string, unknown>[]
      summary: unknown
    }
    expect(summary).toEqual({ valid: 2, invalid: 1, errors: 2, skipped: 2 })
    expect(resources.map(({ status }) => status)).toEqual(['statusInvalid', 'statusError', 'statusError'])
    expect(resources[0]).toMatchObject({
      filename: 'stdin',
      kind: 'Service',
      name: 'wrong',
      version: 'v1',
      validationErrors: [{ path: '/spec/ports/0/port' }],
    })
    const verbose = JSON.parse(await print('-output', 'json', '-verbose')) as { resources: object[] }
    expect(verbose.resources).toHaveLength(7)
    expect(verbose).not.toHaveProperty('summary')
  })
  it('tap', async () => {
    const lines = (await print('-output', 'tap')).trimEnd().split('\n')
    expect(lines[0]).toBe('TAP version 13')
    expect(lines[1]).toBe('ok 1 - stdin (v1/ConfigMap//fine)')
    expect(lines[2]).toMatch(/^not ok 2 - stdin \(v1\/Service\/shop\/wrong\): /)
    expect(lines.at(-1)).toBe('1..7')
    expect(lines.filter((line) => line.startsWith('not ok'))).toHaveLength(3)
  })
  it('pretty', async () => {
    expect(await print('-output', 'pretty')).toContain(
      '\u001b[31m✖\u001b[0m stdin: \u001b[31mService wrong is invalid',
    )
  })
  it('junit', async () => {
    expect(await print('-output', 'junit')).toBe(await print('--format', 'junit'))
  })
})

describe('json', () => {
  it('gives the same bytes for the same input', async () => {
    const [first, second] = [await validatedText(manifests), await validatedText(manifests)]
    expect(first.out).toBe(second.out)
  })
  it('puts what rejects before what warns', async () => {
    const { documents } = await validatedText(
      'apiVersion: v1\nkind: Pod\nmetadata: {name: A_}\nspec: {containers: [{name: a, image: a, env: [{name: A}, {name: A}]}]}\n',
    )
    const levels = documents[0]?.findings.map(({ level }) => level) ?? []
    expect(levels).toEqual([...levels].sort().reverse())
  })
})
